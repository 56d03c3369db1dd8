#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "gtest/gtest.h"
#include "machinery/os/deadman.h"

namespace noizy {
namespace {

MonotonicTime In(Duration time) {
  return RealClock::Instance().Monotonic() + time;
}

// Runs `body` in a child that then sleeps; the status it ended with.
int StatusOf(const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::poll(nullptr, 0, 60'000);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

void ExpectKilled(int status) {
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

TEST(DeadmanTest, KillsTheProcessInTime) {
  ExpectKilled(StatusOf([] {
    if (const auto deadman = Deadman::Arm(In(std::chrono::milliseconds(20))); deadman.ok())
      ::poll(nullptr, 0, 60'000);
  }));
}

TEST(DeadmanTest, KillsAStoppedProcess) {
  ExpectKilled(StatusOf([] {
    if (const auto deadman = Deadman::Arm(In(std::chrono::milliseconds(20))); deadman.ok())
      ::raise(SIGSTOP);
  }));
}

TEST(DeadmanTest, ATimeThatHasPassedKillsAtOnce) {
  ExpectKilled(StatusOf([] {
    if (const auto deadman = Deadman::Arm(MonotonicTime()); deadman.ok()) ::_exit(1);
  }));
}

TEST(DeadmanTest, MovedOrDroppedItDoesNotKill) {
  const int status = StatusOf([] {
    const auto deadman = Deadman::Arm(In(std::chrono::milliseconds(50)));
    {
      const auto dropped = Deadman::Arm(In(std::chrono::milliseconds(50)));
      if (!deadman.ok() || !dropped.ok()) ::_exit(1);
    }
    if (!deadman->Move(In(std::chrono::hours(1))).ok()) ::_exit(1);
    ::poll(nullptr, 0, 200);
    ::_exit(0);
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace noizy
