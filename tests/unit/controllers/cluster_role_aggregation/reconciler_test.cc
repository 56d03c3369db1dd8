#include "controllers/cluster_role_aggregation/reconciler.h"

#include "machinery/value/json.h"
#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::cluster_role_aggregation {
namespace {

ClusterRole Aggregating(const std::string& name, const std::string& label) {
  ClusterRole role;
  role.metadata.name = name;
  role.aggregation_rule.emplace().cluster_role_selectors.push_back({{{label, "true"}}, {}});
  return role;
}

ClusterRole Part(const std::string& name, const std::string& label, const std::string& resource) {
  ClusterRole role;
  role.metadata.name = name;
  role.metadata.labels = {{label, "true"}};
  role.rules.push_back({{"get"}, {"noizy.dev"}, {resource}, {}, {}});
  return role;
}

Controller& AddTo(ReconcilerHarness& harness) {
  harness.api.AddKind<ClusterRole>();
  auto reconciler = std::make_unique<AggregationReconciler>(harness.Context());
  const AggregationReconciler& registered = *reconciler;
  Controller& controller = harness.Add(std::move(reconciler));
  Register(controller, registered);
  return controller;
}

const bool kRegistered = RegisterReconcilerContract(
    {.name = "ClusterRoleAggregation",
     .add = AddTo,
     .world = {Aggregating("edit", "to-edit").ToValue(), Part("tasks", "to-edit", "tasks").ToValue()}});

std::string ResourcesOf(const ReconcilerHarness& harness, const std::string& name) {
  std::string out;
  const std::optional<ClusterRole> role = harness.api.Find<ClusterRole>({"", name});
  for (const ClusterRoleRules& rule : role->rules) out += rule.resources.front() + " ";
  return out;
}

TEST(ClusterRoleAggregation, RulesFollowTheLabelsThroughSeveralSteps) {
  ReconcilerHarness harness;
  AddTo(harness);
  ClusterRole edit = Aggregating("edit", "to-edit");
  edit.metadata.labels = {{"to-admin", "true"}};
  harness.api.Put(Aggregating("admin", "to-admin").ToValue());
  harness.api.Put(edit.ToValue());
  harness.api.Put(Part("tasks", "to-edit", "tasks").ToValue());
  harness.Settle();
  EXPECT_EQ(ResourcesOf(harness, "admin"), "tasks ");
  harness.api.Put(Part("frames", "to-edit", "frames").ToValue());
  harness.Settle();
  EXPECT_EQ(ResourcesOf(harness, "admin"), "frames tasks ");
  harness.api.Erase(ResourceOf<ClusterRole>(), {"", "tasks"});
  harness.Settle();
  EXPECT_EQ(ResourcesOf(harness, "admin"), "frames ");
}

TEST(ClusterRoleAggregation, RulesComeOnceAndNotFromItself) {
  ClusterRole role = Aggregating("a", "x");
  role.metadata.labels = {{"x", "true"}};
  role.rules.push_back({{"*"}, {"*"}, {"*"}, {}, {}});
  Roles all;
  for (const ClusterRole& one : {role, Part("b", "x", "tasks"), Part("c", "x", "tasks")})
    all[one.metadata.Key()] = std::make_shared<const ClusterRole>(one);
  EXPECT_EQ(Decide(role, all).size(), 1U);
  const ClusterRole plain = Part("p", "x", "tasks");
  EXPECT_EQ(Decide(plain, all), plain.rules);
}

}  // namespace
}  // namespace noizy::cluster_role_aggregation
