#include "controllers/diagnosis/reconciler.h"

#include <deque>

#include "kinds/event.h"
#include "kinds/secret.h"
#include "machinery/value/base64.h"
#include "machinery/value/json.h"
#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::diagnosis {
namespace {

void AddKinds(FakeApi& api) {
  // There are no logs here; what is shown is the status' result.
  api.SetFault([](const HttpRequest& request) {
    return request.path.find("/log") == std::string::npos ? Status::Ok() : NotFound("logs", "a");
  });
  api.AddKind<RoutingPolicy>();
  api.AddKind<Secret>();
  api.AddKind<Task>();
  api.AddKind<Node>();
  api.AddKind<Event>();
}

RoutingPolicy Policy(bool diagnoses_failures) {
  RoutingPolicy policy;
  policy.metadata.name = "p";
  policy.spec.ai.emplace().providers.emplace_back().name = "local";
  policy.spec.ai->diagnose_failures = diagnoses_failures;
  return policy;
}

Task FailedTask() {
  Task task;
  task.metadata.name = "a";
  task.metadata.ns = "default";
  task.metadata.creation_timestamp = "2026-01-01T00:00:00Z";
  task.spec.script.emplace().source = "exit 3";
  task.status.phase = "Failed";
  task.status.completion_time = "2026-01-01T00:00:00Z";
  task.status.attempt = 1;
  task.status.result = "it says hunter2hunter2 and ends";
  return task;
}

Task WithSecret(Task task) {
  TaskEnvVar& variable = task.spec.env.emplace_back();
  variable.name = "KEY";
  variable.value_from.emplace().secret_key_ref = {"s", "key", false};
  return task;
}

// The harness has faults of its own.
Task WithoutLog(Task task) {
  task.status.attempt = 0;
  return task;
}

Task Requested(Task task, const std::string& policy) {
  task.metadata.annotations[std::string(kRequestAnnotation)] = policy;
  return task;
}

model::Outcome Said(std::string_view text) {
  model::Outcome outcome;
  outcome.answer.emplace().text = text;
  outcome.answer->model = "m-1";
  outcome.provider = "local";
  return outcome;
}

constexpr std::string_view kAnswer =
    R"({"rootCause":"It exits.","recommendedActions":["Fix it."],"riskLevel":2,"confidence":"high"})";

// A grid with a policy, and a model that answers as the test says, on threads that the test runs.
struct World {
  ReconcilerHarness harness;
  std::vector<model::ChatRequest> prompts;
  model::Outcome outcome = Said(kAnswer);
  std::deque<std::function<void()>> elsewhere;
  bool has_room = true;
  bool is_known = true;

  explicit World(bool diagnoses_failures = false) {
    AddKinds(harness.api);
    Add(std::make_unique<DiagnosisReconciler>(harness.Context(), TheHelp()));
    harness.api.Put(Policy(diagnoses_failures).ToValue());
  }
  void Add(std::unique_ptr<DiagnosisReconciler> reconciler) {
    Register(harness.Add(std::move(reconciler)));
  }
  Help TheHelp() {
    const model::Asker ask = [this](const model::ChatRequest& prompt, Duration, const auto&) {
      prompts.push_back(prompt);
      return outcome;
    };
    return {[this, ask](const std::string&) { return is_known ? ask : model::Asker(); },
            [this](std::function<void()> function) {
              if (has_room) elsewhere.push_back(std::move(function));
              return has_room;
            }};
  }
  void Settle() {
    harness.Settle();
    while (!elsewhere.empty()) {
      elsewhere.front()();
      elsewhere.pop_front();
      harness.Settle();
    }
  }
  std::string Annotation(std::string_view name, const ObjectKey& key = {"default", "a"}) {
    const Value found = key.ns.empty() ? harness.api.Find(ResourceOf<Node>(), key)
                                       : harness.api.Find(ResourceOf<Task>(), key);
    return std::string(StringAt(found, {"metadata", "annotations", name}));
  }
  bool IsRequested() {
    const auto task = harness.api.Find<Task>({"default", "a"});
    return task->metadata.annotations.contains(std::string(kRequestAnnotation));
  }
  Report TheReport() {
    return ReadReport(Annotation(kReportAnnotation)).ok()
               ? *ReadReport(Annotation(kReportAnnotation))
               : Report{};
  }
};

const bool kRegistered = RegisterReconcilerContract(
    {.name = "Diagnosis",
     .add = [](ReconcilerHarness& harness) -> Controller& {
       AddKinds(harness.api);
       const model::Asker ask = [](const auto&, Duration, const auto&) { return Said(kAnswer); };
       Controller& controller = harness.Add(std::make_unique<DiagnosisReconciler>(
           harness.Context(), Help{[ask](const std::string&) { return ask; },
                                   [](const std::function<void()>& function) {
                                     function();
                                     return true;
                                   }}));
       Register(controller);
       return controller;
     },
     .world = {Requested(WithoutLog(FailedTask()), "p").ToValue(), Policy(false).ToValue()},
     .world_at_once = true});

TEST(DiagnosisReconciler, ARequestIsAnsweredAndTakenAway) {
  World world;
  world.harness.api.Put(Requested(FailedTask(), "").ToValue());
  world.Settle();
  EXPECT_FALSE(world.IsRequested());
  const Report report = world.TheReport();
  EXPECT_EQ(report.answer.root_cause, "It exits.");
  EXPECT_EQ(report.policy, "p");
  EXPECT_EQ(report.provider, "local");
  EXPECT_EQ(report.model, "m-1");
  EXPECT_EQ(report.phase, "Failed");
  EXPECT_EQ(report.prompt_hash.size(), 64);
  EXPECT_EQ(world.prompts.size(), 1);
  const auto events = world.harness.EventTexts();
  ASSERT_EQ(events.size(), 1);
  EXPECT_TRUE(events[0].starts_with("Normal Diagnosed Task/a: It exits. (risk 2")) << events[0];
}

TEST(DiagnosisReconciler, ANodeIsDiagnosedWithWhatFailedThere) {
  World world;
  Task task = FailedTask();
  task.status.node_name = "m1";
  world.harness.api.Put(task.ToValue());
  Node node;
  node.metadata.name = "m1";
  node.metadata.annotations[std::string(kRequestAnnotation)] = "p";
  world.harness.api.Put(node.ToValue());
  world.Settle();
  EXPECT_TRUE(ReadReport(world.Annotation(kReportAnnotation, {"", "m1"})).ok());
  EXPECT_EQ(ArrayAt(*ParseJson(world.prompts.at(0).user), {"failedTasks"})->size(), 1);
}

TEST(DiagnosisReconciler, NoAnswerIsToldAsOne) {
  World world;
  world.outcome = {};
  world.outcome.reason = "Timeout";
  world.outcome.message = "no answer";
  world.harness.api.Put(Requested(FailedTask(), "").ToValue());
  world.Settle();
  EXPECT_FALSE(world.IsRequested());
  EXPECT_EQ(world.TheReport().error, "Timeout: no answer");
  EXPECT_EQ(world.harness.EventTexts().at(0), "Warning DiagnosisFailed Task/a: Timeout: no answer");
}

TEST(DiagnosisReconciler, ThePromptHoldsNothingOfTheTasksSecrets) {
  World world;
  Secret secret;
  secret.metadata.name = "s";
  secret.metadata.ns = "default";
  secret.data = {{"key", EncodeBase64("hunter2hunter2")}};
  world.harness.api.Put(secret.ToValue());
  world.harness.api.Put(Requested(WithSecret(FailedTask()), "").ToValue());
  world.Settle();
  EXPECT_EQ(world.prompts.at(0).user.find("hunter2"), std::string::npos);
  EXPECT_NE(world.prompts.at(0).user.find("it says [redacted] and ends"), std::string::npos);
}

TEST(DiagnosisReconciler, WithoutItsSecretsALogIsNotShown) {
  World world;
  world.harness.api.Put(Requested(WithSecret(FailedTask()), "").ToValue());
  world.Settle();
  const Value told = *ParseJson(world.prompts.at(0).user);
  EXPECT_EQ(Find(told, {"log"}), nullptr);
  EXPECT_EQ(Find(told, {"source"}), nullptr);
  EXPECT_NE(StringAt(told, {"noLog"}), "");
}

TEST(DiagnosisReconciler, APolicyThatShowsNothingShowsNoText) {
  World world;
  RoutingPolicy policy = Policy(false);
  policy.spec.ai->payload_visibility = "None";
  world.harness.api.Put(policy.ToValue());
  world.harness.api.Put(Requested(FailedTask(), "").ToValue());
  world.Settle();
  const Value told = *ParseJson(world.prompts.at(0).user);
  EXPECT_EQ(Find(told, {"log"}), nullptr);
  EXPECT_EQ(Find(told, {"source"}), nullptr);
}

TEST(DiagnosisReconciler, AFailureIsDiagnosedByItselfOnceWhereThePolicyWantsIt) {
  World quiet(false);
  quiet.harness.api.Put(FailedTask().ToValue());
  quiet.Settle();
  EXPECT_TRUE(quiet.prompts.empty());
  World world(true);
  world.harness.api.Put(FailedTask().ToValue());
  world.Settle();
  EXPECT_EQ(world.TheReport().answer.root_cause, "It exits.");
  world.Settle();
  EXPECT_EQ(world.prompts.size(), 1);
}

TEST(DiagnosisReconciler, WaitsForRoomAndForModels) {
  World world;
  world.is_known = false;
  world.harness.api.Put(Requested(FailedTask(), "").ToValue());
  world.Settle();
  EXPECT_TRUE(world.prompts.empty());
  world.is_known = true;
  world.has_room = false;
  world.Settle();
  EXPECT_TRUE(world.prompts.empty());
  world.has_room = true;
  world.Settle();
  EXPECT_EQ(world.prompts.size(), 1);
}

TEST(DiagnosisReconciler, AnAnswerAboutATaskOfTheSameNameIsNotKept) {
  World world;
  world.harness.api.Put(Requested(FailedTask(), "").ToValue());
  world.harness.Settle();
  ASSERT_EQ(world.elsewhere.size(), 1);
  world.harness.api.Erase(ResourceOf<Task>(), {"default", "a"});
  world.harness.api.Put(FailedTask().ToValue());
  world.Settle();
  EXPECT_EQ(world.Annotation(kReportAnnotation), "");
}

}  // namespace
}  // namespace noizy::diagnosis
