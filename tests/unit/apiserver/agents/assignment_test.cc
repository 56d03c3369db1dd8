#include "apiserver/agents/assignment.h"

#include <gtest/gtest.h>

#include "machinery/value/base64.h"

namespace noizy::apiserver {
namespace {

using Kind = Instruction::Kind;

Task BoundTask(const std::string& phase = "Scheduled") {
  Task task;
  task.metadata.name = "t";
  task.metadata.ns = "default";
  task.metadata.uid = "u";
  task.spec.exec.emplace();
  task.spec.exec->command = {"prog", "-x"};
  task.spec.exec->args = {"arg"};
  task.status.phase = phase;
  task.status.node_name = "a";
  task.status.attempt = 1;
  task.status.attempts.resize(1);
  task.status.attempts[0].number = 1;
  task.status.attempts[0].node_name = "a";
  return task;
}

Result<Secret> NoSecrets(const std::string& name) {
  return NotFound("secrets", name);
}

Result<Secret> OneSecret(const std::string& name) {
  if (name != "s") return NotFound("secrets", name);
  Secret secret;
  secret.data["k"] = EncodeBase64("hidden");
  return secret;
}

TaskEnvVar FromSecret(const std::string& variable, const std::string& secret,
                      const std::string& key, bool optional) {
  TaskEnvVar out;
  out.name = variable;
  out.value_from = TaskEnvVarSource{{secret, key, optional}};
  return out;
}

TEST(Assignment, WhatANodeHoldsAndShouldIsLeftAlone) {
  for (const char* phase : {"Scheduled", "Running"}) {
    const Task task = BoundTask(phase);
    EXPECT_EQ(DecideHeld(&task, "a", RefOf(task)), Instruction{}) << phase;
  }
}

TEST(Assignment, WhatANodeShouldNotHoldIsCancelled) {
  const auto reason = [](const auto& change, const std::string& node = "a") {
    Task task = BoundTask("Running");
    const v1::AttemptRef ref = RefOf(task);
    change(task);
    const Instruction told = DecideHeld(&task, node, ref);
    EXPECT_EQ(told.kind, Kind::kCancel);
    return told.reason;
  };
  EXPECT_EQ(reason([](Task& t) { t.metadata.deletion_timestamp = "2026-01-01T00:00:00Z"; }),
            "Deleted");
  EXPECT_EQ(reason([](Task& t) { t.metadata.uid = "another"; }), "Deleted");
  EXPECT_EQ(reason([](Task& t) { t.spec.suspend = true; }), "Suspended");
  EXPECT_EQ(reason([](Task& t) {
              t.status.conditions = {{"DisruptionTarget", "True", "Preempted", "", "", 1}};
            }),
            "Evicted");
  EXPECT_EQ(reason([](Task& t) { t.status.attempt = 2; }), "Fenced");
  EXPECT_EQ(reason([](Task&) {}, "b"), "Fenced");
  const auto ended = [](const std::string& why) {
    return [why](Task& t) {
      t.status.attempts[0].finish_time = "2026-01-01T00:00:00Z";
      t.status.attempts[0].reason = why;
    };
  };
  EXPECT_EQ(reason(ended("NodeLost")), "Fenced");
  EXPECT_EQ(reason(ended("TimedOut")), "TimedOut");
  EXPECT_EQ(reason([](Task& t) { t.status.phase = "Cancelled"; }), "Cancelled");
  EXPECT_EQ(reason([](Task& t) { t.status.phase = "Pending"; }), "Fenced");
  EXPECT_EQ(DecideHeld(nullptr, "a", RefOf(BoundTask())).reason, "Deleted");
}

TEST(Assignment, WhatANodeShouldHoldIsAssigned) {
  EXPECT_EQ(DecideMissing(BoundTask(), "a", 3).kind, Kind::kAssign);
  EXPECT_EQ(DecideMissing(BoundTask(), "b", 3).kind, Kind::kNothing);
  Task ended = BoundTask();
  ended.status.attempts[0].finish_time = "2026-01-01T00:00:00Z";
  EXPECT_EQ(DecideMissing(ended, "a", 3).kind, Kind::kNothing);
  EXPECT_EQ(DecideMissing(BoundTask("Succeeded"), "a", 3).kind, Kind::kNothing);
  EXPECT_EQ(DecideMissing(BoundTask("Pending"), "a", 3).kind, Kind::kNothing);
}

TEST(Assignment, AnAtMostOnceAttemptNeedsTheLeaseOfItsRecord) {
  Task task = BoundTask();
  task.spec.failover = "AtMostOnce";
  EXPECT_EQ(DecideMissing(task, "a", 0).kind, Kind::kWait);
  EXPECT_EQ(DecideMissing(task, "a", 3).kind, Kind::kClaim);
  task.status.attempts[0].lease_epoch = 3;
  EXPECT_EQ(DecideMissing(task, "a", 3).kind, Kind::kAssign);
  EXPECT_EQ(DecideMissing(task, "a", 4).kind, Kind::kClaim);
}

TEST(Assignment, WhatNobodyRunsIsEndedInTheRecord) {
  EXPECT_EQ(DecideMissing(BoundTask("Running"), "a", 3).reason, "Lost");
  Task deleted = BoundTask();
  deleted.metadata.deletion_timestamp = "2026-01-01T00:00:00Z";
  EXPECT_EQ(DecideMissing(deleted, "a", 3).kind, Kind::kGiveUp);
  EXPECT_EQ(DecideMissing(deleted, "a", 3).reason, "Cancelled");
  Task suspended = BoundTask();
  suspended.spec.suspend = true;
  EXPECT_EQ(DecideMissing(suspended, "a", 3).reason, "Cancelled");
  Task evicted = BoundTask();
  evicted.status.conditions = {{"DisruptionTarget", "True", "Preempted", "", "", 1}};
  EXPECT_EQ(DecideMissing(evicted, "a", 3).reason, "Cancelled");
}

TEST(Assignment, AnAttemptFromABackupGoesOnWhereItRunsAndStartsNowhere) {
  Task task = BoundTask();
  task.status.next_attempt = 1'000'001;
  EXPECT_EQ(DecideMissing(task, "a", 3).reason, "Lost") << "it may have run, and ended";
  EXPECT_EQ(DecideHeld(&task, "a", RefOf(task)), Instruction{});
  task.spec.suspend = true;
  EXPECT_EQ(DecideHeld(&task, "a", RefOf(task)), Instruction{}) << "suspended by the restore";
  EXPECT_EQ(DecideMissing(task, "a", 3).reason, "Cancelled");
}

TEST(Assignment, APayloadBesideTheTaskIsNamed) {
  Task task = BoundTask();
  EXPECT_FALSE(MakeAssignment(task, OneSecret)->has_payload_ref());
  task.spec.payload_ref = TaskPayloadRef{"abc", 7};
  const auto made = MakeAssignment(task, OneSecret);
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  EXPECT_EQ(made->payload_ref().sha256(), "abc");
  EXPECT_EQ(made->payload_ref().size_bytes(), 7);
}

TEST(Assignment, TheMessageCarriesTheWholeTask) {
  Task task = BoundTask();
  task.spec.type = "render";
  task.spec.exec->working_dir = "/tmp";
  task.spec.payload = "{}";
  task.spec.timeout_seconds = 60;
  task.spec.termination_grace_period_seconds = 5;
  task.spec.failover = "AtMostOnce";
  task.spec.resources.limits = {{"cpu", "500m"}, {"memory", "1Gi"}};
  task.spec.liveness = TaskLiveness{{{"curl", "-f"}}, 5, 10, 2, 3};
  TaskEnvVar plain;
  plain.name = "A";
  plain.value = "b";
  task.spec.env = {plain, FromSecret("KEY", "s", "k", false)};
  const auto made = MakeAssignment(task, OneSecret);
  ASSERT_TRUE(made.ok()) << made.status().ToString();
  EXPECT_EQ(made->ref().uid(), "u");
  EXPECT_EQ(made->ref().attempt(), 1);
  EXPECT_EQ(made->type(), "render");
  EXPECT_EQ(std::vector<std::string>(made->exec().command().begin(), made->exec().command().end()),
            (std::vector<std::string>{"prog", "-x", "arg"}));
  EXPECT_EQ(made->exec().working_dir(), "/tmp");
  EXPECT_EQ(made->payload(), "{}");
  EXPECT_EQ(made->timeout_ms(), 60'000);
  EXPECT_EQ(made->grace_period_ms(), 5'000);
  EXPECT_EQ(made->failover(), "AtMostOnce");
  EXPECT_EQ(made->liveness().command(1), "-f");
  EXPECT_EQ(made->liveness().initial_delay_ms(), 5'000);
  EXPECT_EQ(made->liveness().period_ms(), 10'000);
  EXPECT_EQ(made->liveness().timeout_ms(), 2'000);
  EXPECT_EQ(made->liveness().failure_threshold(), 3);
  EXPECT_EQ(made->limits().cpu_milli(), 500);
  EXPECT_EQ(made->limits().memory_bytes(), std::int64_t{1} << 30);
  ASSERT_EQ(made->env_size(), 2);
  EXPECT_EQ(made->env(0).value(), "b");
  EXPECT_EQ(made->env(1).value(), "hidden");
}

TEST(Assignment, ScriptsAreCarriedAsScripts) {
  Task task = BoundTask();
  task.spec.exec.reset();
  task.spec.script.emplace().source = "echo hello";
  const auto made = MakeAssignment(task, NoSecrets);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->script().shell(), "auto");
  EXPECT_EQ(made->script().source(), "echo hello");
  task.spec.script.reset();
  EXPECT_EQ(MakeAssignment(task, NoSecrets).status().reason(), StatusReason::kBadRequest);
}

TEST(Assignment, PromptsAreCarriedAsPrompts) {
  Task task = BoundTask();
  task.spec.exec.reset();
  TaskInference& inference = task.spec.inference.emplace();
  inference.model = "llama3";
  inference.prompt = "hi";
  inference.system = "be brief";
  v1::Inference told = MakeAssignment(task, NoSecrets)->inference();
  EXPECT_EQ(told.model(), "llama3");
  EXPECT_EQ(told.prompt(), "hi");
  EXPECT_EQ(told.system(), "be brief");
  EXPECT_EQ(told.max_tokens(), 0);
  EXPECT_FALSE(told.has_temperature());
  inference.max_tokens = 7;
  inference.temperature = 0;
  told = MakeAssignment(task, NoSecrets)->inference();
  EXPECT_EQ(told.max_tokens(), 7);
  EXPECT_TRUE(told.has_temperature());
}

TEST(Assignment, AMissingSecretOrKeyIsNamedUnlessItIsOptional) {
  Task task = BoundTask();
  task.spec.env = {FromSecret("KEY", "gone", "k", false)};
  const Status no_secret = MakeAssignment(task, OneSecret).status();
  EXPECT_EQ(no_secret.reason(), StatusReason::kNotFound);
  EXPECT_NE(no_secret.message().find("variable KEY needs Secret \"gone\""), std::string::npos);
  task.spec.env = {FromSecret("KEY", "s", "nokey", false)};
  EXPECT_NE(
      MakeAssignment(task, OneSecret).status().message().find("key \"nokey\" of Secret \"s\""),
      std::string::npos);
  task.spec.env = {FromSecret("KEY", "gone", "k", true), FromSecret("KEY2", "s", "nokey", true)};
  const auto made = MakeAssignment(task, OneSecret);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->env_size(), 0);
}

TEST(Assignment, AFencedAttemptGetsNoGrace) {
  Task task = BoundTask();
  task.spec.termination_grace_period_seconds = 7;
  EXPECT_EQ(MakeCancellation(&task, RefOf(task), "Deleted").grace_period_ms(), 7'000);
  EXPECT_EQ(MakeCancellation(&task, RefOf(task), "Fenced").grace_period_ms(), 0);
  EXPECT_EQ(MakeCancellation(nullptr, RefOf(task), "Deleted").grace_period_ms(), 0);
}

}  // namespace
}  // namespace noizy::apiserver
