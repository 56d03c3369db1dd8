#include <signal.h>
#include <unistd.h>

#include "machinery/os/signals.h"

namespace noizy {
namespace {

TEST(TerminationSignalsTest, WaitsForEitherSignal) {
  TerminationSignals signals;
  EXPECT_EQ(signals.WaitFor(std::chrono::milliseconds(1)), std::nullopt);
  ::kill(::getpid(), SIGTERM);
  EXPECT_EQ(signals.Wait(), SIGTERM);
  ::kill(::getpid(), SIGINT);
  EXPECT_EQ(signals.WaitFor(std::chrono::seconds(30)), SIGINT);
}

}  // namespace
}  // namespace noizy
