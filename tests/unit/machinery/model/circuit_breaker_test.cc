#include "machinery/model/circuit_breaker.h"

#include <gtest/gtest.h>

namespace noizy::model {
namespace {

using std::chrono::seconds;
using State = CircuitBreaker::State;

MonotonicTime At(int second) {
  return MonotonicTime(seconds(second));
}

class CircuitBreakerTest : public ::testing::Test {
 protected:
  void FailTimes(int times, MonotonicTime now) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(circuit_.TryEnter(now));
      circuit_.Failed(now);
    }
  }
  CircuitBreaker circuit_{{.failure_threshold = 3, .open_for = seconds(30)}};
};

TEST_F(CircuitBreakerTest, OpensForTheVeryNextRequest) {
  FailTimes(2, At(0));
  EXPECT_EQ(circuit_.state(At(0)), State::kClosed);
  FailTimes(1, At(0));
  EXPECT_EQ(circuit_.state(At(0)), State::kOpen);
  EXPECT_FALSE(circuit_.TryEnter(At(0)));
  EXPECT_FALSE(circuit_.TryEnter(At(29)));
}

TEST_F(CircuitBreakerTest, CountsFailuresInARowOnly) {
  FailTimes(2, At(0));
  circuit_.Succeeded();
  FailTimes(2, At(0));
  EXPECT_EQ(circuit_.state(At(0)), State::kClosed);
}

TEST_F(CircuitBreakerTest, LetsOneProbeThrough) {
  FailTimes(3, At(0));
  EXPECT_EQ(circuit_.state(At(30)), State::kHalfOpen);
  EXPECT_TRUE(circuit_.TryEnter(At(30)));
  EXPECT_FALSE(circuit_.TryEnter(At(30)));
  circuit_.Succeeded();
  EXPECT_EQ(circuit_.state(At(30)), State::kClosed);
  EXPECT_TRUE(circuit_.TryEnter(At(30)));
}

TEST_F(CircuitBreakerTest, StaysOpenTwiceAsLongAfterAFailedProbe) {
  FailTimes(3, At(0));
  FailTimes(1, At(30));
  EXPECT_EQ(circuit_.opens_until(), At(90));
  FailTimes(1, At(90));
  EXPECT_EQ(circuit_.opens_until(), At(210));
  int now = 210;
  for (int i = 0; i < 10; ++i) {
    FailTimes(1, At(now));
    now = static_cast<int>(
        std::chrono::duration_cast<seconds>(circuit_.opens_until().time_since_epoch()).count());
  }
  FailTimes(1, At(now));
  EXPECT_EQ(circuit_.opens_until(), At(now) + kLongestOpen);
}

TEST_F(CircuitBreakerTest, IgnoresFailuresOfRequestsThatWereUnderWay) {
  FailTimes(3, At(0));
  circuit_.Failed(At(10));
  circuit_.Open(At(10));
  EXPECT_EQ(circuit_.opens_until(), At(30));
}

TEST_F(CircuitBreakerTest, LeavesAProviderAloneForAsLongAsItAsks) {
  circuit_.LeaveAlone(At(2));
  EXPECT_EQ(circuit_.state(At(1)), State::kOpen);
  ASSERT_TRUE(circuit_.TryEnter(At(2)));
  circuit_.Abandoned();
  ASSERT_TRUE(circuit_.TryEnter(At(2)));
  circuit_.LeaveAlone(At(4));
  EXPECT_EQ(circuit_.opens_until(), At(4));
}

TEST(CircuitStateTest, HasTheApisNames) {
  EXPECT_EQ(NameOf(State::kClosed), "Closed");
  EXPECT_EQ(NameOf(State::kOpen), "Open");
  EXPECT_EQ(NameOf(State::kHalfOpen), "HalfOpen");
}

}  // namespace
}  // namespace noizy::model
