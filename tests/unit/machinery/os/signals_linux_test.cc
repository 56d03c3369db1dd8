#include <signal.h>
#include <unistd.h>

#include <array>
#include <thread>

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
bool BlocksTermination() {
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return ::sigismember(&mask, SIGTERM) == 1;
}

TEST(ThreadsWithoutSignalsTest, StartWhileItLives) {
  sigset_t none;
  sigset_t before;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, &before);
  const auto started_now = [] {
    bool blocked = false;
    std::thread([&blocked] { blocked = BlocksTermination(); }).join();
    return blocked;
  };
  {
    const ThreadsWithoutSignals quiet;
    EXPECT_TRUE(started_now());
  }
  EXPECT_FALSE(started_now());
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace noizy
