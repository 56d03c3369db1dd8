#include <signal.h>
#include <unistd.h>

#include <array>

#include "machinery/os/signals.h"

namespace noizy {
namespace {

TEST(TerminationSignalsTest, WaitsForEitherSignal) {
  TerminationSignals signals;
  EXPECT_EQ(signals.WaitFor(std::chrono::milliseconds(1)), std::nullopt);
  EXPECT_FALSE(AwaitReadable(std::array{signals.fd()}, Duration::zero())[0]);
  ::kill(::getpid(), SIGTERM);
  EXPECT_TRUE(AwaitReadable(std::array{signals.fd()}, std::chrono::seconds(30))[0]);
  EXPECT_EQ(signals.Wait(), SIGTERM);
  ::kill(::getpid(), SIGINT);
  EXPECT_EQ(signals.WaitFor(std::chrono::seconds(30)), SIGINT);
}

TEST(TerminationSignalsTest, WaitsForMoreWhereAsked) {
  TerminationSignals signals({SIGUSR1});
  ::kill(::getpid(), SIGUSR1);
  EXPECT_EQ(signals.Wait(), SIGUSR1);
}

}  // namespace
}  // namespace noizy
