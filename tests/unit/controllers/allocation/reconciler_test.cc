#include "controllers/allocation/reconciler.h"

#include <deque>

#include "kinds/event.h"
#include "machinery/value/json.h"
#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::allocation {
namespace {

void AddKinds(FakeApi& api) {
  api.AddKind<RoutingPolicy>();
  api.AddKind<ResourceQuota>();
  api.AddKind<Task>();
  api.AddKind<Node>();
  api.AddKind<Event>();
}

RoutingPolicy Asked() {
  RoutingPolicy policy;
  policy.metadata.name = "p";
  policy.metadata.annotations[std::string(kRequestAnnotation)] = "";
  policy.spec.ai.emplace().providers.emplace_back().name = "local";
  return policy;
}

Node ReadyNode() {
  Node node;
  node.metadata.name = "m1";
  node.status.conditions = {{"Ready", "True", "Heard", {}, "2026-01-01T00:00:00Z", 0}};
  node.status.capabilities = {"exec"};
  return node;
}

Task Waiting() {
  Task task;
  task.metadata.name = "a";
  task.metadata.ns = "default";
  task.spec.type = "exec";
  task.status.phase = "Pending";
  return task;
}

model::Outcome Said(std::string_view text) {
  model::Outcome outcome;
  outcome.answer.emplace().text = text;
  outcome.answer->model = "m-1";
  outcome.provider = "local";
  return outcome;
}

constexpr std::string_view kAnswer = R"({"t1":"c1","confidence":"high","reason":"It is free."})";

Help HelpWith(model::Asker ask, std::function<bool(std::function<void()>)> run) {
  return {[ask](const std::string&) { return ask; }, std::move(run),
          [](const scheduling::TaskView&, const Task*, std::string_view visibility) {
            return Value(Object{{"shown", visibility}});
          },
          [](const Node&) { return Value(Object{}); }};
}

// A grid with a policy that is asked, and a model that answers as the test says.
struct World {
  ReconcilerHarness harness;
  std::vector<model::ChatRequest> prompts;
  model::Outcome outcome = Said(kAnswer);
  std::deque<std::function<void()>> elsewhere;

  World() {
    AddKinds(harness.api);
    const model::Asker ask = [this](const model::ChatRequest& prompt, Duration, const auto&) {
      prompts.push_back(prompt);
      return outcome;
    };
    Register(harness.Add(std::make_unique<AllocationReconciler>(
        harness.Context(), HelpWith(ask, [this](std::function<void()> function) {
          elsewhere.push_back(std::move(function));
          return true;
        }))));
    harness.api.Put(ReadyNode().ToValue());
    harness.api.Put(Waiting().ToValue());
  }
  void Settle() {
    harness.Settle();
    while (!elsewhere.empty()) {
      elsewhere.front()();
      elsewhere.pop_front();
      harness.Settle();
    }
  }
  Report TheReport() {
    auto policy = harness.api.Find<RoutingPolicy>({"", "p"});
    EXPECT_FALSE(policy->metadata.annotations.contains(std::string(kRequestAnnotation)));
    const auto report = ReadReport(policy->metadata.annotations[std::string(kReportAnnotation)]);
    EXPECT_TRUE(report.ok());
    return report.ok() ? *report : Report{};
  }
};

const bool kRegistered = RegisterReconcilerContract(
    {.name = "Allocation",
     .add = [](ReconcilerHarness& harness) -> Controller& {
       AddKinds(harness.api);
       const model::Asker ask = [](const auto&, Duration, const auto&) { return Said(kAnswer); };
       Controller& controller = harness.Add(std::make_unique<AllocationReconciler>(
           harness.Context(), HelpWith(ask, [](const std::function<void()>& function) {
             function();
             return true;
           })));
       Register(controller);
       return controller;
     },
     .world = {ReadyNode().ToValue(), Waiting().ToValue(), Asked().ToValue()},
     .world_at_once = true});

TEST(AllocationReconciler, ARequestIsAnsweredAndNothingIsPlaced) {
  World world;
  world.harness.api.Put(Asked().ToValue());
  world.Settle();
  const Report report = world.TheReport();
  ASSERT_EQ(report.lines.size(), 1) << report.error;
  EXPECT_EQ(report.lines[0].place.node, "m1");
  EXPECT_TRUE(report.lines[0].fits_now);
  EXPECT_EQ(world.prompts.size(), 1);
  EXPECT_EQ(world.harness.api.Find<Task>({"default", "a"})->status.node_name, "");
  EXPECT_EQ(world.harness.EventTexts().at(0),
            "Normal AllocationPlanned RoutingPolicy/p: Planned 1 Tasks, says local: It is free.");
}

TEST(AllocationReconciler, NoTextOfTheTasksIsShown) {
  for (const auto& [visibility, shown] :
       {std::pair("Full", "Features"), std::pair("Summary", "Features"),
        std::pair("None", "None")}) {
    World world;
    RoutingPolicy policy = Asked();
    policy.spec.ai->payload_visibility = visibility;
    world.harness.api.Put(policy.ToValue());
    world.Settle();
    const Value told = *ParseJson(world.prompts.at(0).user);
    EXPECT_EQ(StringAt(ArrayAt(told, {"tasks"})->at(0), {"shown"}), shown);
  }
}

TEST(AllocationReconciler, ATaskThatWentOnMeanwhileIsDropped) {
  World world;
  world.harness.api.Put(Asked().ToValue());
  world.harness.Settle();
  ASSERT_EQ(world.elsewhere.size(), 1);
  Task task = *world.harness.api.Find<Task>({"default", "a"});
  task.status.phase = "Running";
  task.status.node_name = "m1";
  world.harness.api.Put(task.ToValue());
  world.Settle();
  const Report report = world.TheReport();
  EXPECT_EQ(report.lines.at(0).dropped, "it does not wait any more");
  EXPECT_EQ(report.lines.at(0).place.node, "");
}

TEST(AllocationReconciler, RefusalsAreWords) {
  World world;
  RoutingPolicy policy = Asked();
  policy.spec.ai.reset();
  world.harness.api.Put(policy.ToValue());
  world.Settle();
  EXPECT_EQ(world.TheReport().error,
            "RoutingPolicy \"p\" names no provider under spec.ai.providers");
  world.outcome = {};
  world.outcome.reason = "CircuitOpen";
  world.outcome.message = "every provider's circuit is open";
  world.harness.api.Put(Asked().ToValue());
  world.Settle();
  EXPECT_EQ(world.TheReport().error, "CircuitOpen: every provider's circuit is open");
  world.harness.api.Erase(ResourceOf<Task>(), {"default", "a"});
  world.harness.api.Put(Asked().ToValue());
  world.Settle();
  EXPECT_EQ(world.TheReport().error, "no Task waits for a node that could be planned");
  EXPECT_EQ(world.prompts.size(), 1);
}

}  // namespace
}  // namespace noizy::allocation
