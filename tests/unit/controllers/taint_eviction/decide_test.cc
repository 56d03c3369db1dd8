#include "controllers/taint_eviction/decide.h"

#include <gtest/gtest.h>

namespace noizy::taint_eviction {
namespace {

using scheduling::TaintEffect;
using scheduling::Toleration;
using std::chrono::seconds;

Observed Tainted() {
  Observed seen;
  seen.now = FakeClock().Now();
  seen.taints = {{{"off", "yes", TaintEffect::kNoExecute}, seen.now - seconds(10)}};
  return seen;
}

BorneToleration Bears(std::optional<Duration> time) {
  return {{"off", Toleration::Operator::kExists, "", {}}, time};
}

TEST(TaintEvictionDecide, AtOnceWithoutAToleration) {
  EXPECT_EQ(Decide(Tainted()).leave_for, "off=yes");
  Observed clean = Tainted();
  clean.taints.clear();
  EXPECT_FALSE(Decide(clean).leave_for);
}

TEST(TaintEvictionDecide, NeverWithOneForEver) {
  Observed seen = Tainted();
  seen.tolerations = {Bears({})};
  EXPECT_FALSE(Decide(seen).leave_for);
  EXPECT_FALSE(Decide(seen).look_again);
}

TEST(TaintEvictionDecide, AfterTheShortestTime) {
  Observed seen = Tainted();
  seen.tolerations = {Bears(seconds(60)), Bears(seconds(15)), Bears({})};
  EXPECT_FALSE(Decide(seen).leave_for);
  EXPECT_EQ(Decide(seen).look_again, seen.now + seconds(5));
  seen.now += seconds(5);
  EXPECT_TRUE(Decide(seen).leave_for);
}

TEST(TaintEvictionDecide, EachTaintIsToBeBorne) {
  Observed seen = Tainted();
  seen.tolerations = {Bears({})};
  seen.taints.push_back({{"hot", "", TaintEffect::kNoExecute}, seen.now});
  EXPECT_EQ(Decide(seen).leave_for, "hot");
}

}  // namespace
}  // namespace noizy::taint_eviction
