#include "controllers/scheduler/filter.h"

#include <gtest/gtest.h>

#include "tests/unit/controllers/scheduler/grid.h"

namespace noizy::scheduler {
namespace {

struct FilterCase {
  std::string name;
  std::function<void(TaskView&, NodeView&)> change;
  std::string why_not;
};

class Filters : public ::testing::TestWithParam<FilterCase> {};

TEST_P(Filters, GiveTheirReason) {
  TaskView task = TaskNamed("t");
  NodeView node = NodeNamed("n");
  GetParam().change(task, node);
  EXPECT_EQ(WhyNot(task, node), GetParam().why_not);
}

const std::vector<FilterCase> kFilterCases = {
    {"Fits", [](TaskView&, NodeView&) {}, ""},
    {"OtherName", [](TaskView& t, NodeView&) { t.node_name = "m"; },
     "did not match the Task's node name \"m\""},
    {"SameName", [](TaskView& t, NodeView&) { t.node_name = "n"; }, ""},
    {"NotReady", [](TaskView&, NodeView& n) { n.ready = false; }, "were not ready"},
    {"Cordoned", [](TaskView&, NodeView& n) { n.unschedulable = true; }, "were unschedulable"},
    {"NotReadyComesFirst", [](TaskView&, NodeView& n) { n.ready = false, n.unschedulable = true; },
     "were not ready"},
    {"NoSchedule",
     [](TaskView&, NodeView& n) {
       n.taints = {{"gpu", "true", TaintEffect::kNoSchedule}};
     },
     "had untolerated taint {gpu: true}"},
    {"NoExecute",
     [](TaskView&, NodeView& n) {
       n.taints = {{"off", "", TaintEffect::kNoExecute}};
     },
     "had untolerated taint {off: }"},
    {"PreferNoSchedule",
     [](TaskView&, NodeView& n) {
       n.taints = {{"gpu", "", TaintEffect::kPreferNoSchedule}};
     },
     ""},
    {"SelectorMisses",
     [](TaskView& t, NodeView&) {
       t.node_selector = {{"a", "1"}};
     },
     "did not match the Task's node selector"},
    {"SelectorHits",
     [](TaskView& t, NodeView& n) {
       t.node_selector = {{"a", "1"}}, n.labels = {{"a", "1"}, {"b", "2"}};
     },
     ""},
    {"OtherLabelValue",
     [](TaskView& t, NodeView& n) {
       t.node_selector = {{"a", "1"}}, n.labels = {{"a", "2"}};
     },
     "did not match the Task's node selector"},
    {"AffinityMisses",
     [](TaskView& t, NodeView&) {
       t.required_terms = {{Selector({In("a", {"1"})}), {}}};
     },
     "did not match the Task's node affinity"},
    {"OneTermIsEnough",
     [](TaskView& t, NodeView&) {
       t.required_terms = {{Selector({In("a", {"1"})}), {}},
                           {{}, Selector({In("metadata.name", {"n"})})}};
     },
     ""},
    {"EmptyTermMatchesNothing", [](TaskView& t, NodeView&) { t.required_terms = {{}}; },
     "did not match the Task's node affinity"},
    {"BothPartsOfATerm",
     [](TaskView& t, NodeView& n) {
       n.labels = {{"a", "1"}};
       t.required_terms = {{Selector({In("a", {"1"})}), Selector({In("metadata.name", {"m"})})}};
     },
     "did not match the Task's node affinity"},
    {"Capability", [](TaskView& t, NodeView&) { t.type = "gpu"; },
     "did not offer capability \"gpu\""},
    {"Pinned", [](TaskView& t, NodeView&) { t.pinned_to = "m"; },
     "were not the node the Task is pinned to, \"m\""},
    {"PinnedHere", [](TaskView& t, NodeView&) { t.pinned_to = "n"; }, ""},
    {"TooLittleCpu",
     [](TaskView& t, NodeView&) {
       t.requests = {{"cpu", 4 * kCore + 1}};
     },
     "had insufficient cpu"},
    {"JustEnough",
     [](TaskView& t, NodeView& n) {
       t.requests = {{"cpu", kCore}}, n.requested = {{"cpu", 3 * kCore}};
     },
     ""},
    {"UsedUp",
     [](TaskView& t, NodeView& n) {
       t.requests = {{"cpu", kCore}}, n.requested = {{"cpu", 3 * kCore + 1}};
     },
     "had insufficient cpu"},
    {"UnknownResource",
     [](TaskView& t, NodeView&) {
       t.requests = {{"noizy.dev/gpu", kCore}};
     },
     "had insufficient noizy.dev/gpu"},
    {"ZeroOfAnUnknownResource",
     [](TaskView& t, NodeView&) {
       t.requests = {{"noizy.dev/gpu", 0}};
     },
     ""},
    {"OverfullForNothing",
     [](TaskView& t, NodeView& n) {
       t.requests = {{"cpu", 0}}, n.requested = {{"cpu", 9 * kCore}};
     },
     ""},
};

INSTANTIATE_TEST_SUITE_P(Cases, Filters, ::testing::ValuesIn(kFilterCases),
                         [](const auto& info) { return info.param.name; });

TEST(Tolerates, AsAPodDoes) {
  const Taint taint{"gpu", "true", TaintEffect::kNoSchedule};
  using Operator = Toleration::Operator;
  EXPECT_FALSE(Tolerates({}, taint));
  EXPECT_TRUE(Tolerates({{"gpu", Operator::kEqual, "true", {}}}, taint));
  EXPECT_FALSE(Tolerates({{"gpu", Operator::kEqual, "false", {}}}, taint));
  EXPECT_TRUE(Tolerates({{"gpu", Operator::kExists, "", {}}}, taint));
  EXPECT_FALSE(Tolerates({{"cpu", Operator::kExists, "", {}}}, taint));
  EXPECT_TRUE(Tolerates({{"", Operator::kExists, "", {}}}, taint));
  EXPECT_FALSE(Tolerates({{"", Operator::kEqual, "true", {}}}, taint));
  EXPECT_TRUE(Tolerates({{"gpu", Operator::kExists, "", TaintEffect::kNoSchedule}}, taint));
  EXPECT_FALSE(Tolerates({{"gpu", Operator::kExists, "", TaintEffect::kNoExecute}}, taint));
}

TEST(Summarise, CountsEachReasonOnce) {
  EXPECT_EQ(
      Summarise({"were unschedulable", "did not offer capability \"gpu\"",
                 "did not offer capability \"gpu\""}),
      "0/3 nodes are available: 1 node(s) were unschedulable, 2 did not offer capability \"gpu\".");
  EXPECT_EQ(Summarise({"were not ready"}), "0/1 nodes are available: 1 node(s) were not ready.");
  EXPECT_EQ(Summarise({}), "0/0 nodes are available: no node has joined the grid.");
}

}  // namespace
}  // namespace noizy::scheduler
