#include "machinery/controller/leader_election.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_api.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const ResourceRef kLeases{"coordination.k8s.io", "v1", "leases", true};
const ObjectKey kLease{"noizy-system", "noizy-controllers"};

class LeaderElectionTest : public testing::Test {
 protected:
  // One process that stands for election.
  struct Candidate {
    Candidate(LeaderElectionTest& test, const std::string& identity)
        : client(test.api_.Transport()),
          elector(client, test.executor_, test.clock_, test.random_, Options(identity),
                  {[this, &test, identity] {
                     test.Started(identity);
                     ++started;
                   },
                   [this, &test, identity] {
                     test.Stopped(identity);
                     ++stopped;
                   },
                   [this](const std::string& leader) { leaders.push_back(leader); }}) {}
    static LeaderElectionOptions Options(const std::string& identity) {
      LeaderElectionOptions options;
      options.identity = identity;
      return options;
    }
    Client client;
    int started = 0;
    int stopped = 0;
    std::vector<std::string> leaders;
    LeaderElector elector;
  };

  LeaderElectionTest() { api_.AddKind({kLeases, "Lease", false}); }

  // Two at once would be the one failure that counts.
  void Started(const std::string& identity) {
    EXPECT_EQ(leading_, "") << identity << " started while another led";
    leading_ = identity;
  }
  void Stopped(const std::string& identity) {
    EXPECT_EQ(leading_, identity);
    leading_.clear();
  }
  std::string Holder() {
    return std::string(StringAt(api_.Find(kLeases, kLease), {"spec", "holderIdentity"}));
  }
  // Refuses the requests of writers whose claim names `identity`.
  void CutOff(const std::string& identity) {
    api_.SetFault([identity](const HttpRequest& request) {
      return request.body.find("\"" + identity + "\"") == std::string::npos
                 ? Status::Ok()
                 : Unavailable("cut off");
    });
  }

  FakeClock clock_;
  FakeExecutor executor_{clock_};
  SeededRandom random_{1};
  FakeApi api_{clock_};
  std::string leading_;
};

TEST_F(LeaderElectionTest, TheFirstLeadsAndRenews) {
  Candidate a(*this, "a");
  a.elector.Start();
  executor_.RunUntilIdle();
  EXPECT_TRUE(a.elector.IsLeader());
  EXPECT_EQ(Holder(), "a");
  const Value first = api_.Find(kLeases, kLease);
  EXPECT_EQ(IntAt(first, {"spec", "leaseDurationSeconds"}), 15);
  EXPECT_EQ(IntAt(first, {"spec", "leaseTransitions"}), 0);
  executor_.Advance(seconds(60));
  const Value later = api_.Find(kLeases, kLease);
  EXPECT_EQ(StringAt(later, {"spec", "acquireTime"}), StringAt(first, {"spec", "acquireTime"}));
  EXPECT_GT(StringAt(later, {"spec", "renewTime"}), StringAt(first, {"spec", "renewTime"}));
  EXPECT_EQ(a.started, 1);
  EXPECT_EQ(a.stopped, 0);
}

TEST_F(LeaderElectionTest, OnlyOneLeadsAndTheOthersKnowWho) {
  Candidate a(*this, "a");
  Candidate b(*this, "b");
  Candidate c(*this, "c");
  for (Candidate* each : {&a, &b, &c}) each->elector.Start();
  executor_.Advance(seconds(120));
  EXPECT_EQ(a.started + b.started + c.started, 1);
  for (Candidate* each : {&a, &b, &c}) EXPECT_EQ(each->leaders, std::vector<std::string>{Holder()});
}

TEST_F(LeaderElectionTest, ASilentLeaderStopsBeforeItsSuccessorStarts) {
  Candidate a(*this, "a");
  a.elector.Start();
  executor_.Advance(seconds(5));
  Candidate b(*this, "b");
  b.elector.Start();
  executor_.Advance(seconds(5));
  CutOff("a");
  executor_.Advance(seconds(9));
  EXPECT_FALSE(b.elector.IsLeader());
  executor_.Advance(seconds(3));
  EXPECT_FALSE(a.elector.IsLeader());
  EXPECT_EQ(a.stopped, 1);
  executor_.Advance(seconds(10));
  EXPECT_TRUE(b.elector.IsLeader());
  EXPECT_EQ(IntAt(api_.Find(kLeases, kLease), {"spec", "leaseTransitions"}), 1);
  // The first comes back as a candidate.
  api_.SetFault(nullptr);
  executor_.Advance(seconds(60));
  EXPECT_FALSE(a.elector.IsLeader());
  EXPECT_EQ(a.leaders.back(), "b");
}

TEST_F(LeaderElectionTest, StopLetsGoSoThatAnotherNeedNotWait) {
  Candidate a(*this, "a");
  Candidate b(*this, "b");
  a.elector.Start();
  executor_.RunUntilIdle();
  b.elector.Start();
  executor_.Advance(seconds(5));
  a.elector.Stop();
  EXPECT_EQ(a.stopped, 1);
  EXPECT_EQ(Holder(), "");
  executor_.Advance(milliseconds(2400));
  EXPECT_TRUE(b.elector.IsLeader());
  a.elector.Stop();
  EXPECT_EQ(a.stopped, 1);
}

TEST_F(LeaderElectionTest, AHoldersClockDoesNotMatter) {
  // A Lease renewed, by its own words, years ago or ahead is respected for its duration from when
  // it was seen.
  for (const char* time : {"2001-01-01T00:00:00.000000Z", "2050-01-01T00:00:00.000000Z"}) {
    api_.Put(Object{
        {"apiVersion", "coordination.k8s.io/v1"},
        {"kind", "Lease"},
        {"metadata", Object{{"namespace", kLease.ns}, {"name", kLease.name}}},
        {"spec",
         Object{{"holderIdentity", "z"}, {"leaseDurationSeconds", 15}, {"renewTime", time}}}});
    Candidate a(*this, "a");
    a.elector.Start();
    executor_.Advance(seconds(14));
    EXPECT_FALSE(a.elector.IsLeader());
    executor_.Advance(seconds(4));
    EXPECT_TRUE(a.elector.IsLeader());
  }
}

TEST_F(LeaderElectionTest, ALeaseTakenByAnotherEndsLeadingAtOnce) {
  Candidate a(*this, "a");
  a.elector.Start();
  executor_.RunUntilIdle();
  Value lease = api_.Find(kLeases, kLease);
  Set(lease, {"spec", "holderIdentity"}, "thief");
  api_.Put(lease);
  executor_.Advance(seconds(3));
  EXPECT_FALSE(a.elector.IsLeader());
  EXPECT_EQ(a.leaders.back(), "thief");
}

TEST_F(LeaderElectionTest, AServerAwayIsTriedAgain) {
  api_.SetFault([](const HttpRequest&) { return Unavailable("not now"); });
  Candidate a(*this, "a");
  a.elector.Start();
  executor_.Advance(seconds(30));
  EXPECT_FALSE(a.elector.IsLeader());
  api_.SetFault(nullptr);
  executor_.Advance(seconds(3));
  EXPECT_TRUE(a.elector.IsLeader());
}

TEST_F(LeaderElectionTest, ACallbackMayStopTheElection) {
  Client client(api_.Transport());
  LeaderElector* self = nullptr;
  LeaderElector elector(client, executor_, clock_, random_, Candidate::Options("a"),
                        {[&] { self->Stop(); }, {}, {}});
  self = &elector;
  elector.Start();
  executor_.Advance(seconds(60));
  EXPECT_FALSE(elector.IsLeader());
  EXPECT_EQ(Holder(), "");
}

}  // namespace
}  // namespace noizy
