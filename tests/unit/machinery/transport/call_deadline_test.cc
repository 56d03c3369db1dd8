#include "machinery/transport/call_deadline.h"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>

namespace noizy {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

TEST(CallDeadline, EndsACallWhoseTimeIsOverAgainAndAgain) {
  std::counting_semaphore<> aborted(0);
  const CallDeadline call(steady_clock::now(), [&] { aborted.release(); });
  EXPECT_TRUE(aborted.try_acquire_for(hours(1)));
  EXPECT_TRUE(aborted.try_acquire_for(hours(1)));
}

TEST(CallDeadline, ALaterCallDoesNotHideAnEarlierOne) {
  std::counting_semaphore<> aborted(0);
  const CallDeadline later(steady_clock::now() + hours(1), [] { ADD_FAILURE(); });
  const CallDeadline sooner(steady_clock::now() + milliseconds(5), [&] { aborted.release(); });
  EXPECT_TRUE(aborted.try_acquire_for(hours(1)));
}

TEST(CallDeadline, ACallThatEndedIsLeftAlone) {
  std::atomic<int> aborts = 0;
  std::counting_semaphore<> other(0);
  {
    const CallDeadline call(steady_clock::now() + milliseconds(2), [&] { ++aborts; });
  }
  const int before = aborts;
  const CallDeadline next(steady_clock::now() + milliseconds(4), [&] { other.release(); });
  EXPECT_TRUE(other.try_acquire_for(hours(1)));
  EXPECT_EQ(aborts, before);
}

}  // namespace
}  // namespace noizy
