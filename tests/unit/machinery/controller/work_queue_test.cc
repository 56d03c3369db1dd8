#include "machinery/controller/work_queue.h"

#include <gtest/gtest.h>

namespace noizy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class WorkQueueTest : public testing::Test {
 protected:
  FakeClock clock_;
  SeededRandom random_{7};
  WorkQueue queue_{clock_, random_, "work-queue-test"};
  const ObjectKey a_{"default", "a"};
  const ObjectKey b_{"default", "b"};
};

TEST_F(WorkQueueTest, HandsOutInTheOrderOfAdding) {
  queue_.Add(b_);
  queue_.Add(a_);
  EXPECT_EQ(queue_.Take(), b_);
  EXPECT_EQ(queue_.Take(), a_);
  EXPECT_EQ(queue_.Take(), std::nullopt);
}

TEST_F(WorkQueueTest, AKeyStandsOnlyOnce) {
  queue_.Add(a_);
  queue_.Add(a_);
  EXPECT_EQ(queue_.Depth(), 1U);
  EXPECT_EQ(queue_.Take(), a_);
  EXPECT_EQ(queue_.Take(), std::nullopt);
}

TEST_F(WorkQueueTest, AKeyBeingProcessedWaitsUntilDone) {
  queue_.Add(a_);
  EXPECT_EQ(queue_.Take(), a_);
  queue_.Add(a_);
  queue_.Add(a_);
  EXPECT_EQ(queue_.Take(), std::nullopt);
  queue_.Done(a_);
  EXPECT_EQ(queue_.Take(), a_);
  queue_.Done(a_);
  EXPECT_EQ(queue_.Take(), std::nullopt);
}

TEST_F(WorkQueueTest, DelayedKeysComeWhenDue) {
  queue_.AddAfter(a_, seconds(2));
  queue_.AddAfter(b_, seconds(1));
  EXPECT_EQ(queue_.Take(), std::nullopt);
  EXPECT_EQ(queue_.NextDue(), clock_.Monotonic() + seconds(1));
  clock_.Advance(seconds(1));
  EXPECT_EQ(queue_.Take(), b_);
  EXPECT_EQ(queue_.Take(), std::nullopt);
  clock_.Advance(seconds(1));
  EXPECT_EQ(queue_.Take(), a_);
  EXPECT_EQ(queue_.NextDue(), std::nullopt);
}

TEST_F(WorkQueueTest, TheEarlierDelayWins) {
  queue_.AddAfter(a_, seconds(5));
  queue_.AddAfter(a_, seconds(1));
  queue_.AddAfter(a_, seconds(3));
  clock_.Advance(seconds(1));
  EXPECT_EQ(queue_.Take(), a_);
  queue_.Done(a_);
  clock_.Advance(seconds(10));
  EXPECT_EQ(queue_.Take(), std::nullopt);
}

TEST_F(WorkQueueTest, AddingCancelsTheDelay) {
  queue_.AddAfter(a_, seconds(5));
  queue_.Add(a_);
  EXPECT_EQ(queue_.Take(), a_);
  queue_.Done(a_);
  EXPECT_EQ(queue_.NextDue(), std::nullopt);
}

TEST_F(WorkQueueTest, ADelayThatEndsWhileProcessingBringsTheKeyBack) {
  queue_.Add(a_);
  EXPECT_EQ(queue_.Take(), a_);
  queue_.AddAfter(a_, milliseconds(1));
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(queue_.Take(), std::nullopt);
  queue_.Done(a_);
  EXPECT_EQ(queue_.Take(), a_);
}

TEST_F(WorkQueueTest, ZeroDelayIsNow) {
  queue_.AddAfter(a_, Duration::zero());
  EXPECT_EQ(queue_.Take(), a_);
}

TEST_F(WorkQueueTest, FailuresBackOffPerKey) {
  Duration last = Duration::zero();
  for (int failure = 0; failure < 6; ++failure) {
    EXPECT_EQ(queue_.Failures(a_), failure);
    queue_.AddFailed(a_);
    const Duration wait = *queue_.NextDue() - clock_.Monotonic();
    EXPECT_GT(wait, last);  // doubling outgrows ±25 %
    last = wait;
    clock_.Advance(wait);
    ASSERT_EQ(queue_.Take(), a_);
    queue_.Done(a_);
  }
  EXPECT_EQ(queue_.Failures(b_), 0);
  queue_.Forget(a_);
  queue_.AddFailed(a_);
  EXPECT_LE(*queue_.NextDue() - clock_.Monotonic(), kFirstBackoff * 5 / 4);
}

TEST_F(WorkQueueTest, AServersWishIsWaitedFor) {
  queue_.AddFailed(a_, seconds(3));
  EXPECT_EQ(*queue_.NextDue() - clock_.Monotonic(), seconds(3));
}

TEST_F(WorkQueueTest, MetricsCount) {
  const Gauge depth("workqueue_depth", "Keys ready to be reconciled",
                    {{"name", "work-queue-test"}});
  const Counter retries("workqueue_retries_total", "Keys put back after a failure",
                        {{"name", "work-queue-test"}});
  const Counter adds("workqueue_adds_total", "Keys that became ready",
                     {{"name", "work-queue-test"}});
  const double adds_before = adds.Value();
  const double retries_before = retries.Value();
  queue_.Add(a_);
  queue_.Add(b_);
  queue_.Add(b_);
  EXPECT_EQ(depth.Value(), 2);
  EXPECT_EQ(adds.Value() - adds_before, 2);
  ASSERT_EQ(queue_.Take(), a_);
  EXPECT_EQ(depth.Value(), 1);
  queue_.AddFailed(a_);
  EXPECT_EQ(retries.Value() - retries_before, 1);
}

TEST(BackoffAfterTest, StaysWithinItsBounds) {
  SeededRandom random(3);
  for (int round = 0; round < 200; ++round) {
    const Duration first = BackoffAfter(0, random);
    EXPECT_GE(first, kFirstBackoff * 3 / 4);
    EXPECT_LE(first, kFirstBackoff * 5 / 4);
    for (const int failures : {18, 19, 63, 64, 1'000'000}) {
      EXPECT_LE(BackoffAfter(failures, random), kLongestBackoff);
      EXPECT_GE(BackoffAfter(failures, random), kLongestBackoff / 2);
    }
  }
}

TEST(BackoffAfterTest, SpreadsKeysThatFailTogether) {
  SeededRandom random(3);
  std::set<Duration> waits;
  for (int key = 0; key < 100; ++key) waits.insert(BackoffAfter(8, random));
  EXPECT_GT(waits.size(), 90U);
}

}  // namespace
}  // namespace noizy
