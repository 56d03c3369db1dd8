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
          return true;
        },
        [](const Status& status) { ASSERT_TRUE(status.ok()); });
  }

  NodeLease Written() { return ReadNode("a").status.lease.value_or(NodeLease{}); }
  std::function<void(Grant)> Record() {
    return [this](Grant grant) { grants_.push_back(grant); };
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
  leases_.Hold("a", 1, kLease);
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
  leases_.Hold("a", 1, kLease);
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
  leases_.Hold("a", 1, kLease);
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
  leases_.Hold("a", 1, kLease);
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
  leases_.Hold("a", 1, kLease);
  executor_.Advance(seconds(10));
  LeaseTable restarted(grid_, executor_, clock_);
  restarted.Adopt(ReadNode("a"));
  EXPECT_FALSE(restarted.IsHeld("a"));
}

TEST_F(LeasesTest, AnotherDurationCountsFromTheNextRenewal) {
  leases_.Hold("a", 1, kLease);
  leases_.SetDuration("a", seconds(60));
  executor_.Advance(seconds(4));
  EXPECT_TRUE(leases_.IsHeld("a"));
  leases_.Renew("a", Record());
  EXPECT_EQ(grants_.back().duration, seconds(60));
  executor_.Advance(seconds(60));
  EXPECT_TRUE(leases_.IsHeld("a"));
  executor_.Advance(seconds(1));
  EXPECT_FALSE(leases_.IsHeld("a"));
}

TEST_F(LeasesTest, AHelloDuringTheEndWins) {
  leases_.Hold("a", 1, kLease);
  store_.SetHealth(Unavailable("disk full"));
  executor_.Advance(seconds(5));
  store_.SetHealth(Status::Ok());
  WriteLease("a", 2);
  leases_.Hold("a", 2, kLease);
  executor_.Advance(seconds(2));
  EXPECT_TRUE(leases_.IsHeld("a"));
  EXPECT_EQ(Written().epoch, 2);
  EXPECT_EQ(Written().expired_time, "");
  executor_.Advance(seconds(5));
  EXPECT_NE(Written().expired_time, "");
}

TEST_F(LeasesTest, AControlPlaneThatStoodStillGivesOneMoreLifetimeOnce) {
  leases_.Hold("a", 1, kLease);
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

TEST_F(LeasesTest, AForgottenNodeIsNotWrittenAbout) {
  leases_.Hold("a", 1, kLease);
  leases_.Forget("a");
  const auto before = Writes();
  executor_.Advance(seconds(10));
  leases_.Renew("a", Record());
  EXPECT_EQ(Writes(), before);
  EXPECT_TRUE(grants_.empty());
}

}  // namespace
}  // namespace noizy::apiserver
