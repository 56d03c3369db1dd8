#include "apiserver/agents/leases.h"

#include "tests/unit/apiserver/agents/agents_fixture.h"

namespace noizy::apiserver {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LeasesTest : public AgentsTest {
 protected:
  LeasesTest() {
    CreateNode("a");
    WriteLease("a", 1);
  }

  // What a Hello writes.
  void WriteLease(const std::string& node, std::int64_t epoch) {
    grid_.ChangeNodeStatus(
        node,
        [&](Node& object) -> Result<bool> {
          object.status.lease.emplace().epoch = epoch;
          SetGranted(*object.status.lease, LeaseDurationOf(object));
          return true;
        },
        [](const Status& status) { ASSERT_TRUE(status.ok()); });
  }

  NodeLease Written() { return ReadNode("a").status.lease.value_or(NodeLease{}); }
  std::function<void(Grant)> Record() {
    return [this](Grant grant) { grants_.push_back(grant); };
  }
  /// As it is read after somebody set its duration.
  Node Shortened() {
    Node node = ReadNode("a");
    node.spec.lease_duration_seconds = IntOrString("1");
    return node;
  }
  /// Node a's lease ends then, and not a millisecond earlier.
  void ExpectToEndIn(Duration time, const LeaseTable& leases) {
    executor_.Advance(time - milliseconds(1));
    EXPECT_TRUE(leases.IsHeld("a"));
    executor_.Advance(milliseconds(1));
    EXPECT_FALSE(leases.IsHeld("a"));
  }
  std::int64_t Writes() { return store_.Revision(); }

  LeaseTable leases_{grid_, executor_, clock_};
  std::vector<Grant> grants_;
};

constexpr Duration kLease = seconds(4);
// 4 s + 1 % + 250 ms
constexpr Duration kLifetime = milliseconds(4290);

TEST_F(LeasesTest, TheLifetimeCoversTheClocksRateAndTheKill) {
  EXPECT_EQ(LeaseLifetime(kLease), kLifetime);
  EXPECT_EQ(LeaseLifetime(milliseconds(500)), milliseconds(755));
}

TEST_F(LeasesTest, DurationsAreReadWithTheirFractions) {
  Node node;
  EXPECT_EQ(LeaseDurationOf(node), kLease);
  node.spec.lease_duration_seconds = "0.5";
  EXPECT_EQ(LeaseDurationOf(node), milliseconds(500));
  node.spec.lease_duration_seconds = "nonsense";
  EXPECT_EQ(LeaseDurationOf(node), kLease);
}

TEST_F(LeasesTest, ARenewedLeaseIsHeldAndNothingIsWritten) {
  leases_.Hold("a", 1, kLease, kLease);
  const auto before = Writes();
  for (int i = 0; i < 100; ++i) {
    executor_.Advance(seconds(1));
    leases_.Renew("a", Record());
  }
  EXPECT_EQ(grants_.size(), 100U);
  EXPECT_EQ(grants_.back().epoch, 1);
  EXPECT_EQ(grants_.back().duration, kLease);
  EXPECT_TRUE(leases_.IsHeld("a"));
  EXPECT_EQ(Writes(), before);
}

TEST_F(LeasesTest, SilenceEndsItAfterItsLifetimeWithOneWrite) {
  leases_.Hold("a", 1, kLease, kLease);
  executor_.Advance(seconds(2));
  leases_.Renew("a", Record());
  const auto before = Writes();
  executor_.Advance(kLifetime - milliseconds(1));
  EXPECT_TRUE(leases_.IsHeld("a"));
  EXPECT_EQ(Writes(), before);
  executor_.Advance(milliseconds(1));
  EXPECT_FALSE(leases_.IsHeld("a"));
  EXPECT_EQ(Writes(), before + 1);
  EXPECT_EQ(Written().expired_time, FormatMicroTime(clock_.Now()));
  EXPECT_EQ(Written().renew_time, FormatMicroTime(clock_.Now() - kLifetime));
  executor_.Advance(std::chrono::hours(1));
  EXPECT_EQ(Writes(), before + 1);
}

TEST_F(LeasesTest, ALateHeartbeatBeginsTheNextEpoch) {
  leases_.Hold("a", 1, kLease, kLease);
  executor_.Advance(seconds(10));
  leases_.Renew("a", Record());
  EXPECT_TRUE(grants_.empty());  // not before it is written
  executor_.RunUntilIdle();
  ASSERT_EQ(grants_.size(), 1U);
  EXPECT_EQ(grants_[0].epoch, 2);
  EXPECT_EQ(Written().epoch, 2);
  EXPECT_EQ(Written().expired_time, "");
  EXPECT_TRUE(leases_.IsHeld("a"));
  executor_.Advance(seconds(10));
  EXPECT_FALSE(leases_.IsHeld("a"));
  EXPECT_NE(Written().expired_time, "");
}

TEST_F(LeasesTest, NothingIsGrantedWhileTheEndCannotBeWritten) {
  leases_.Hold("a", 1, kLease, kLease);
  store_.SetHealth(Unavailable("disk full"));
  executor_.Advance(seconds(5));
  leases_.Renew("a", Record());
  executor_.Advance(seconds(5));
  leases_.Renew("a", Record());
  EXPECT_TRUE(grants_.empty());
  store_.SetHealth(Status::Ok());
  executor_.Advance(seconds(1));
  ASSERT_EQ(grants_.size(), 1U);  // the newest heartbeat alone is answered
  EXPECT_EQ(grants_[0].epoch, 2);
  EXPECT_EQ(Written().epoch, 2);
}

TEST_F(LeasesTest, ARestartedServerGivesEachHeldLeaseOneMoreLifetime) {
  leases_.Adopt(ReadNode("a"));
  EXPECT_TRUE(leases_.IsHeld("a"));
  leases_.Adopt(ReadNode("a"));  // told again by a later change: no second chance
  executor_.Advance(kLifetime - milliseconds(1));
  leases_.Adopt(ReadNode("a"));
  executor_.Advance(milliseconds(1));
  EXPECT_FALSE(leases_.IsHeld("a"));
  EXPECT_NE(Written().expired_time, "");
}

TEST_F(LeasesTest, ALeaseThatHadEndedOrNeverBeganIsNotAdopted) {
  CreateNode("fresh");
  leases_.Adopt(ReadNode("fresh"));
  EXPECT_FALSE(leases_.IsHeld("fresh"));
  leases_.Hold("a", 1, kLease, kLease);
  executor_.Advance(seconds(10));
  LeaseTable restarted(grid_, executor_, clock_);
  restarted.Adopt(ReadNode("a"));
  EXPECT_FALSE(restarted.IsHeld("a"));
}

TEST_F(LeasesTest, AnotherDurationCountsFromTheNextRenewal) {
  leases_.Hold("a", 1, kLease, kLease);
  leases_.SetDuration("a", seconds(60));
  executor_.RunUntilIdle();
  EXPECT_EQ(Written().granted_milliseconds, 60'000);
  executor_.Advance(seconds(4));
  EXPECT_TRUE(leases_.IsHeld("a"));
  leases_.Renew("a", Record());
  EXPECT_EQ(grants_.back().duration, seconds(60));
  executor_.Advance(seconds(60));
  EXPECT_TRUE(leases_.IsHeld("a"));
  executor_.Advance(seconds(1));
  EXPECT_FALSE(leases_.IsHeld("a"));
}

// The grant of the shorter one may be lost, and the agent keeps the longest that it had.
TEST_F(LeasesTest, AShorterDurationEndsNoLeaseThatWasGranted) {
  leases_.Hold("a", 1, kLease, kLease);
  leases_.Renew("a", Record());
  leases_.SetDuration("a", seconds(1));
  executor_.Advance(seconds(1));
  leases_.Renew("a", Record());
  EXPECT_EQ(grants_.back().duration, seconds(1));
  ExpectToEndIn(kLifetime - seconds(1), leases_);
}

TEST_F(LeasesTest, AShorterDurationHoldsOnceTheLongerGrantIsOver) {
  leases_.Hold("a", 1, kLease, kLease);
  leases_.SetDuration("a", seconds(1));
  for (int i = 0; i < 10; ++i) {
    executor_.Advance(milliseconds(500));
    leases_.Renew("a", Record());
  }
  ExpectToEndIn(LeaseLifetime(seconds(1)), leases_);
}

// What is granted and not written, a restarted server would not wait for.
TEST_F(LeasesTest, NothingLongerIsGrantedThanWhatIsWritten) {
  leases_.Hold("a", 1, kLease, kLease);
  store_.SetHealth(Unavailable("disk full"));
  leases_.SetDuration("a", seconds(60));
  leases_.Renew("a", Record());
  EXPECT_EQ(grants_.back().duration, kLease);
  store_.SetHealth(Status::Ok());
  executor_.Advance(seconds(1));
  leases_.Renew("a", Record());
  EXPECT_EQ(grants_.back().duration, seconds(60));
  EXPECT_EQ(Written().granted_milliseconds, 60'000);
}

TEST_F(LeasesTest, WhatIsWrittenIsLoweredOnceTheLongerGrantsAreOver) {
  leases_.Hold("a", 1, kLease, kLease);
  leases_.SetDuration("a", seconds(1));
  const auto before = Writes();
  for (int i = 0; i < 20; ++i) {
    executor_.Advance(milliseconds(250));
    leases_.Renew("a", Record());
    const bool over = (i + 1) * milliseconds(250) + LeaseLifetime(seconds(1)) >= kLifetime;
    EXPECT_EQ(Written().granted_milliseconds, over ? 1'000 : 4'000) << i;
  }
  EXPECT_EQ(Writes(), before + 1);
}

TEST_F(LeasesTest, ARestartAfterAShorteningWaitsForTheLongestGrant) {
  leases_.Hold("a", 1, kLease, kLease);
  leases_.SetDuration("a", seconds(1));
  leases_.Renew("a", Record());
  LeaseTable restarted(grid_, executor_, clock_);
  restarted.Adopt(Shortened());
  ExpectToEndIn(kLifetime, restarted);
}

TEST_F(LeasesTest, AHelloAfterTheRestartDoesNotShortenTheWait) {
  LeaseTable restarted(grid_, executor_, clock_);
  restarted.Adopt(Shortened());
  WriteLease("a", 2);
  restarted.Hold("a", 2, seconds(1), kLease);
  ExpectToEndIn(kLifetime, restarted);
}

TEST_F(LeasesTest, AHelloDuringTheEndWins) {
  leases_.Hold("a", 1, kLease, kLease);
  store_.SetHealth(Unavailable("disk full"));
  executor_.Advance(seconds(5));
  store_.SetHealth(Status::Ok());
  WriteLease("a", 2);
  leases_.Hold("a", 2, kLease, kLease);
  executor_.Advance(seconds(2));
  EXPECT_TRUE(leases_.IsHeld("a"));
  EXPECT_EQ(Written().epoch, 2);
  EXPECT_EQ(Written().expired_time, "");
  executor_.Advance(seconds(5));
  EXPECT_NE(Written().expired_time, "");
}

TEST_F(LeasesTest, AControlPlaneThatStoodStillGivesOneMoreLifetimeOnce) {
  leases_.Hold("a", 1, kLease, kLease);
  clock_.Advance(seconds(30));  // nothing runs meanwhile
  executor_.RunUntilIdle();
  EXPECT_TRUE(leases_.IsHeld("a"));
  EXPECT_EQ(Written().expired_time, "");
  clock_.Advance(seconds(30));
  executor_.RunUntilIdle();
  EXPECT_FALSE(leases_.IsHeld("a"));
  leases_.Renew("a", Record());
  executor_.RunUntilIdle();
  clock_.Advance(seconds(30));
  executor_.RunUntilIdle();
  EXPECT_TRUE(leases_.IsHeld("a"));  // heard in between: excused again
  executor_.Advance(kLifetime);
  EXPECT_FALSE(leases_.IsHeld("a"));
}

TEST_F(LeasesTest, AWallClockThatJumpsTwoYearsChangesNothing) {
  leases_.Hold("a", 1, kLease, kLease);
  const auto before = Writes();
  for (const Duration jump : {std::chrono::hours(2 * 8766), -std::chrono::hours(4 * 8766)}) {
    clock_.SetWall(clock_.Now() + jump);
    executor_.Advance(kLifetime - milliseconds(1));
    EXPECT_TRUE(leases_.IsHeld("a"));
    leases_.Renew("a", Record());
  }
  EXPECT_EQ(grants_.size(), 2U);
  EXPECT_EQ(grants_.back().epoch, 1);
  EXPECT_EQ(Writes(), before);
  executor_.Advance(kLifetime);
  EXPECT_FALSE(leases_.IsHeld("a")) << "and silence is still silence";
}

class CutOffTest : public LeasesTest {
 protected:
  CutOffTest() {
    CreateNode("b");
    WriteLease("b", 1);
    cut_off_leases_.Hold("a", 1, kLease, kLease);
    cut_off_leases_.Hold("b", 1, kLease, kLease);
  }

  bool cut_off_ = true;
  LeaseTable cut_off_leases_{grid_, executor_, clock_, [this] { return cut_off_; }};
};

TEST_F(CutOffTest, WithoutANetworkOfOurOwnNobodyIsGivenUp) {
  executor_.Advance(std::chrono::hours(1));
  EXPECT_TRUE(cut_off_leases_.IsHeld("a"));
  EXPECT_TRUE(cut_off_leases_.IsHeld("b"));
  EXPECT_NE(Written().held_since, "");
  EXPECT_EQ(Written().expired_time, "");
  cut_off_ = false;
  executor_.Advance(kLifetime - milliseconds(1));
  EXPECT_TRUE(cut_off_leases_.IsHeld("a")) << "it has the time to come back";
  EXPECT_EQ(Written().held_since, "");
  cut_off_leases_.Renew("a", Record());
  executor_.Advance(seconds(2));
  EXPECT_TRUE(cut_off_leases_.IsHeld("a"));
  EXPECT_EQ(grants_.at(0).epoch, 1) << "the lease never ended";
  EXPECT_FALSE(cut_off_leases_.IsHeld("b"));
}

TEST_F(CutOffTest, ANodeThatIsHeardProvesThatWeHear) {
  for (int i = 0; i < 10; ++i) {
    executor_.Advance(seconds(1));
    cut_off_leases_.Renew("b", Record());
  }
  EXPECT_FALSE(cut_off_leases_.IsHeld("a"));
  EXPECT_TRUE(cut_off_leases_.IsHeld("b"));
}

TEST_F(CutOffTest, AHeartbeatEndsIt) {
  executor_.Advance(seconds(10));
  cut_off_leases_.Renew("a", Record());
  executor_.RunUntilIdle();
  EXPECT_EQ(Written().held_since, "");
}

TEST_F(LeasesTest, ASleepIsWhatTheSuspendedTimeGrewBy) {
  EXPECT_FALSE(leases_.Slept("a", seconds(100))) << "nothing to compare with";
  EXPECT_FALSE(leases_.Slept("a", seconds(100) + milliseconds(1)));
  EXPECT_EQ(leases_.Slept("a", seconds(161)), seconds(61) - milliseconds(1));
  EXPECT_FALSE(leases_.Slept("a", seconds(2))) << "the machine was started anew";
}

TEST_F(LeasesTest, AForgottenNodeIsNotWrittenAbout) {
  leases_.Hold("a", 1, kLease, kLease);
  leases_.Forget("a");
  const auto before = Writes();
  executor_.Advance(seconds(10));
  leases_.Renew("a", Record());
  EXPECT_EQ(Writes(), before);
  EXPECT_TRUE(grants_.empty());
}

}  // namespace
}  // namespace noizy::apiserver
