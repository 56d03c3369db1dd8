#include "machinery/scheduling/filters.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "tests/unit/machinery/scheduling/grids.h"

namespace noizy::scheduling {
namespace {

/// The first filter's reason, peers aside.
std::string WhyNot(const TaskView& task, const NodeView& node, const Usage& usage) {
  const PeerIndex nobody;
  const PeerTerms none;
  const PeerSight sight{nobody, none, 0};
  for (const Filter& filter : Filters()) {
    if (std::string reason = filter.why_not({task, node, usage, sight}); !reason.empty())
      return reason;
  }
  return {};
}

struct FilterCase {
  std::string name;
  std::function<void(TaskView&, NodeView&, Usage&)> change;
  std::string why_not;
};

class FiltersTest : public ::testing::TestWithParam<FilterCase> {};

TEST_P(FiltersTest, GiveTheirReason) {
  TaskView task = TaskNamed("t");
  NodeView node = NodeNamed("n");
  Usage usage;
  GetParam().change(task, node, usage);
  EXPECT_EQ(WhyNot(task, node, usage), GetParam().why_not);
}

const std::vector<FilterCase> kFilterCases = {
    {"Fits", [](TaskView&, NodeView&, Usage&) {}, ""},
    {"OtherName", [](TaskView& t, NodeView&, Usage&) { t.node_name = "m"; },
     "did not match the Task's node name \"m\""},
    {"SameName", [](TaskView& t, NodeView&, Usage&) { t.node_name = "n"; }, ""},
    {"NotReady", [](TaskView&, NodeView& n, Usage&) { n.ready = false; }, "were not ready"},
    {"Cordoned", [](TaskView&, NodeView& n, Usage&) { n.unschedulable = true; },
     "were unschedulable"},
    {"NotReadyComesFirst",
     [](TaskView&, NodeView& n, Usage&) { n.ready = false, n.unschedulable = true; },
     "were not ready"},
    {"NoSchedule",
     [](TaskView&, NodeView& n, Usage&) {
       n.taints = {{"gpu", "true", TaintEffect::kNoSchedule}};
     },
     "had untolerated taint {gpu: true}"},
    {"NoExecute",
     [](TaskView&, NodeView& n, Usage&) {
       n.taints = {{"off", "", TaintEffect::kNoExecute}};
     },
     "had untolerated taint {off: }"},
    {"PreferNoSchedule",
     [](TaskView&, NodeView& n, Usage&) {
       n.taints = {{"gpu", "", TaintEffect::kPreferNoSchedule}};
     },
     ""},
    {"SelectorMisses",
     [](TaskView& t, NodeView&, Usage&) {
       t.node_selector = {{"a", "1"}};
     },
     "did not match the Task's node selector"},
    {"SelectorHits",
     [](TaskView& t, NodeView& n, Usage&) {
       t.node_selector = {{"a", "1"}}, n.labels = {{"a", "1"}, {"b", "2"}};
     },
     ""},
    {"OtherLabelValue",
     [](TaskView& t, NodeView& n, Usage&) {
       t.node_selector = {{"a", "1"}}, n.labels = {{"a", "2"}};
     },
     "did not match the Task's node selector"},
    {"AffinityMisses",
     [](TaskView& t, NodeView&, Usage&) {
       t.required_terms = {{Selector({In("a", {"1"})}), {}}};
     },
     "did not match the Task's node affinity"},
    {"OneTermIsEnough",
     [](TaskView& t, NodeView&, Usage&) {
       t.required_terms = {{Selector({In("a", {"1"})}), {}},
                           {{}, Selector({In("metadata.name", {"n"})})}};
     },
     ""},
    {"EmptyTermMatchesNothing", [](TaskView& t, NodeView&, Usage&) { t.required_terms = {{}}; },
     "did not match the Task's node affinity"},
    {"BothPartsOfATerm",
     [](TaskView& t, NodeView& n, Usage&) {
       n.labels = {{"a", "1"}};
       t.required_terms = {{Selector({In("a", {"1"})}), Selector({In("metadata.name", {"m"})})}};
     },
     "did not match the Task's node affinity"},
    {"Capability", [](TaskView& t, NodeView&, Usage&) { t.type = "gpu"; },
     "did not offer capability \"gpu\""},
    {"NoModel", [](TaskView& t, NodeView&, Usage&) { t.model = "m:1b", t.type = "ai_inference"; },
     "did not offer model \"m:1b\""},
    {"AnotherModel",
     [](TaskView& t, NodeView& n, Usage&) { t.model = "m:1b", n.capabilities.insert("model/m"); },
     "did not offer model \"m:1b\""},
    {"TheModel",
     [](TaskView& t, NodeView& n, Usage&) {
       t.model = "m:1b", n.capabilities.insert("model/m:1b");
     },
     ""},
    {"NoFencing", [](TaskView& t, NodeView&, Usage&) { t.fenced = true; },
     "could not fence an AtMostOnce Task (they lack PID namespaces)"},
    {"CanFence",
     [](TaskView& t, NodeView& n, Usage&) { t.fenced = true, n.capabilities.insert("fencing"); },
     ""},
    {"Pinned", [](TaskView& t, NodeView&, Usage&) { t.pinned_to = "m"; },
     "were not the node the Task is pinned to, \"m\""},
    {"PinnedHere", [](TaskView& t, NodeView&, Usage&) { t.pinned_to = "n"; }, ""},
    {"TooLittleCpu",
     [](TaskView& t, NodeView&, Usage&) {
       t.requests = {{"cpu", 4 * kCore + 1}};
     },
     "had insufficient cpu"},
    {"JustEnough",
     [](TaskView& t, NodeView&, Usage& u) {
       t.requests = {{"cpu", kCore}}, u.requested = {{"cpu", 3 * kCore}};
     },
     ""},
    {"UsedUp",
     [](TaskView& t, NodeView&, Usage& u) {
       t.requests = {{"cpu", kCore}}, u.requested = {{"cpu", 3 * kCore + 1}};
     },
     "had insufficient cpu"},
    {"UnknownResource",
     [](TaskView& t, NodeView&, Usage&) {
       t.requests = {{"noizy.dev/gpu", kCore}};
     },
     "had insufficient noizy.dev/gpu"},
    {"ZeroOfAnUnknownResource",
     [](TaskView& t, NodeView&, Usage&) {
       t.requests = {{"noizy.dev/gpu", 0}};
     },
     ""},
    {"OneLargeGpu",
     [](TaskView& t, NodeView& n, Usage&) {
       t.requests = {{"noizy.dev/gpu-memory", 8 * kGi}};
       n.allocatable["noizy.dev/gpu-memory"] = 24 * kGi, n.gpu_memory = {16 * kGi, 8 * kGi};
     },
     ""},
    {"ManySmallGpus",
     [](TaskView& t, NodeView& n, Usage&) {
       t.requests = {{"noizy.dev/gpu-memory", 16 * kGi}};
       n.allocatable["noizy.dev/gpu-memory"] = 32 * kGi, n.gpu_memory = {8 * kGi, 8 * kGi};
     },
     "had no GPU with enough memory"},
    {"GpuMemoryUsedUp",
     [](TaskView& t, NodeView& n, Usage& u) {
       t.requests = {{"noizy.dev/gpu-memory", 8 * kGi}};
       n.allocatable["noizy.dev/gpu-memory"] = 8 * kGi, n.gpu_memory = {8 * kGi};
       u.requested = {{"noizy.dev/gpu-memory", kGi}};
     },
     "had insufficient noizy.dev/gpu-memory"},
    {"OverfullForNothing",
     [](TaskView& t, NodeView&, Usage& u) {
       t.requests = {{"cpu", 0}}, u.requested = {{"cpu", 9 * kCore}};
     },
     ""},
};

INSTANTIATE_TEST_SUITE_P(Cases, FiltersTest, ::testing::ValuesIn(kFilterCases),
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
      "0/3 nodes are available: 2 node(s) did not offer capability \"gpu\", 1 were unschedulable.");
  EXPECT_EQ(Summarise({"were not ready"}), "0/1 nodes are available: 1 node(s) were not ready.");
  EXPECT_EQ(Summarise({}), "0/0 nodes are available: no node has joined the grid.");
}

TEST(NodeClassOf, TellsApartWhatFiltersTellApart) {
  const NodeView plain = NodeNamed("a");
  EXPECT_EQ(NodeClassOf(plain), NodeClassOf(NodeNamed("b"))) << "a name makes no class";
  std::set<std::string> classes = {NodeClassOf(plain)};
  const auto differs = [&](const auto& change) {
    NodeView node = plain;
    change(node);
    EXPECT_TRUE(classes.insert(NodeClassOf(node)).second);
  };
  differs([](NodeView& n) { n.ready = false; });
  differs([](NodeView& n) { n.unschedulable = true; });
  differs([](NodeView& n) { n.labels.emplace_back("zone", "a"); });
  differs([](NodeView& n) { n.labels.emplace_back("zonea", ""); });
  differs([](NodeView& n) { n.taints = {{"a", "b", TaintEffect::kNoSchedule}}; });
  differs([](NodeView& n) { n.taints = {{"a", "b", TaintEffect::kNoExecute}}; });
  differs([](NodeView& n) { n.capabilities.insert("gpu"); });
  differs([](NodeView& n) { n.gpu_memory = {kGi}; });
}

TEST(LooksAtNames, WhereANameDecides) {
  TaskView task = TaskNamed("t");
  EXPECT_FALSE(LooksAtNames(task));
  task.node_selector = {{"zone", "a"}};
  EXPECT_FALSE(LooksAtNames(task));
  task.node_selector = {{std::string(kHostnameLabel), "a"}};
  EXPECT_TRUE(LooksAtNames(task));
  task = TaskNamed("t");
  task.required_terms = {{{}, Selector({In("metadata.name", {"a"})})}};
  EXPECT_TRUE(LooksAtNames(task));
  task = TaskNamed("t");
  task.pinned_to = "a";
  EXPECT_TRUE(LooksAtNames(task));
}

}  // namespace
}  // namespace noizy::scheduling
