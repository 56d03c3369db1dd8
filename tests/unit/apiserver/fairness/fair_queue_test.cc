#include "apiserver/fairness/fair_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace noizy::apiserver {
namespace {

using std::chrono::milliseconds;

// One thread with its own list of things to do, as a server's loop; requests take the time that the
// test gives them.
class FairQueueTest : public ::testing::Test {
 protected:
  void Make(FairQueueLimits limits) { queue_ = std::make_shared<FairQueue>(limits, clock_); }

  // A request that is answered as soon as it has been worked on.
  Status Ask(const std::string& who, Duration takes, bool limited = true) {
    return queue_->Submit(Request(who, limited, [this, who, takes](const FairQueue::Seat&) {
      clock_.Advance(takes);
      served_.push_back(who);
    }));
  }

  // A request whose answer comes later: its seat is held until the test lets go of it.
  Status AskAndHold(const std::string& who, RequestCost cost = RequestCost::kWrite,
                    bool limited = true) {
    FairQueue::Request request = Request(who, limited, [this, who](FairQueue::Seat seat) {
      served_.push_back(who);
      held_.push_back(std::move(seat));
    });
    request.cost = cost;
    return queue_->Submit(std::move(request));
  }

  FairQueue::Request Request(const std::string& who, bool limited,
                             std::function<void(FairQueue::Seat)> run) {
    return {who, RequestCost::kRead, limited, std::move(run),
            [this](std::function<void()> work) { loop_.push_back(std::move(work)); }};
  }

  void RunLoop() {
    while (!loop_.empty()) {
      const std::function<void()> work = std::move(loop_.front());
      loop_.pop_front();
      work();
    }
  }

  std::size_t PlaceOf(const std::string& who) {
    return static_cast<std::size_t>(std::ranges::find(served_, who) - served_.begin());
  }

  FakeClock clock_;
  std::shared_ptr<FairQueue> queue_ = std::make_shared<FairQueue>(FairQueueLimits{}, clock_);
  std::deque<std::function<void()>> loop_;
  std::vector<std::string> served_;
  std::vector<FairQueue::Seat> held_;
};

TEST_F(FairQueueTest, OneGreedyClientDoesNotHoldUpAnother) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Ask("greedy", milliseconds(5)).ok());
  ASSERT_TRUE(Ask("modest", milliseconds(1)).ok());
  RunLoop();
  EXPECT_EQ(served_.size(), 101U);
  EXPECT_LE(PlaceOf("modest"), 1U) << "it waits for one of the other's requests, not for 100";
}

TEST_F(FairQueueTest, TimeIsSharedNotTheNumberOfRequests) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(Ask("heavy", milliseconds(10)).ok());
    ASSERT_TRUE(Ask("light", milliseconds(1)).ok());
  }
  RunLoop();
  // By the time the heavy one has had its third turn, the light one has had about twenty.
  std::size_t light = 0;
  std::size_t heavy = 0;
  for (const std::string& who : served_) {
    ++(who == "light" ? light : heavy);
    if (heavy == 3) break;
  }
  EXPECT_GE(light, 18U);
}

TEST_F(FairQueueTest, WhoeverWasAwayIsOwedNothing) {
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(Ask("busy", milliseconds(10)).ok());
  RunLoop();
  served_.clear();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(Ask("busy", milliseconds(10)).ok());
    ASSERT_TRUE(Ask("newcomer", milliseconds(10)).ok());
  }
  RunLoop();
  std::size_t in_a_row = 0;
  std::size_t longest = 0;
  for (const std::string& who : served_) {
    in_a_row = who == "newcomer" ? in_a_row + 1 : 0;
    longest = std::max(longest, in_a_row);
  }
  EXPECT_LE(longest, 2U) << "they take turns";
}

TEST_F(FairQueueTest, AFullQueueTurnsItsOwnFlowAwayAlone) {
  Make({.reads = 400, .writes = 200, .flow_percent = 50, .waiting = 3});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Ask("greedy", milliseconds(1)).ok());
  const Status status = Ask("greedy", milliseconds(1));
  EXPECT_EQ(status.reason(), StatusReason::kTooManyRequests);
  EXPECT_EQ(status.details().retry_after_seconds, 1);
  EXPECT_TRUE(Ask("modest", milliseconds(1)).ok());
  EXPECT_TRUE(Ask("greedy", milliseconds(1), /*limited=*/false).ok());
  RunLoop();
  EXPECT_EQ(served_.size(), 5U);
}

TEST_F(FairQueueTest, OneFlowHoldsHalfTheSeatsAtMost) {
  Make({.reads = 4, .writes = 4, .flow_percent = 50, .waiting = 100});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(AskAndHold("greedy").ok());
  RunLoop();
  EXPECT_EQ(served_.size(), 2U);
  ASSERT_TRUE(AskAndHold("modest").ok());
  RunLoop();
  EXPECT_EQ(served_.back(), "modest");
  ASSERT_TRUE(AskAndHold("greedy", RequestCost::kRead).ok());
  RunLoop();
  EXPECT_EQ(served_.size(), 3U) << "a flow's requests stay in their order";
}

TEST_F(FairQueueTest, ASeatGivenBackIsTaken) {
  Make({.reads = 1, .writes = 1, .flow_percent = 100, .waiting = 100});
  ASSERT_TRUE(AskAndHold("a").ok());
  ASSERT_TRUE(AskAndHold("b").ok());
  ASSERT_TRUE(AskAndHold("c").ok());
  RunLoop();
  EXPECT_EQ(served_, std::vector<std::string>{"a"});
  held_.erase(held_.begin());
  RunLoop();
  EXPECT_EQ(served_.size(), 2U);
  held_.erase(held_.begin());
  RunLoop();
  EXPECT_EQ(served_.size(), 3U);
  held_.clear();
}

TEST_F(FairQueueTest, UnlimitedRequestsNeedNoSeat) {
  Make({.reads = 1, .writes = 1, .flow_percent = 100, .waiting = 1});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(AskAndHold("root", RequestCost::kWrite, false).ok());
  ASSERT_TRUE(AskAndHold("modest").ok());
  RunLoop();
  EXPECT_EQ(served_.size(), 11U);
  held_.clear();
}

}  // namespace
}  // namespace noizy::apiserver
