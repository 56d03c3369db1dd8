#include "apiserver/agents/assignment.h"

#include "apiserver/agents/reports.h"
#include "machinery/meta/condition.h"
#include "machinery/meta/quantity.h"
#include "machinery/value/base64.h"

namespace noizy::apiserver {
namespace {

constexpr std::int64_t kMillisPerSecond = 1000;

std::string Quoted(const std::string& text) {
  return "\"" + text + "\"";
}

Instruction Cancel(std::string reason) {
  return {Instruction::Kind::kCancel, std::move(reason), {}};
}

Instruction GiveUp(std::string reason, std::string message) {
  return {Instruction::Kind::kGiveUp, std::move(reason), std::move(message)};
}

// Why an attempt that ended in the record must end on its node, too.
std::string ReasonOfEnd(const Task& task) {
  const TaskAttempt* attempt = CurrentAttempt(task.status);
  if (task.status.phase == "Cancelled") return "Cancelled";
  if (attempt == nullptr || attempt->reason.empty() || attempt->reason == "NodeLost")
    return "Fenced";
  return attempt->reason;
}

// The value of one variable: its own, or a Secret's; empty for an optional one that is missing.
Result<std::optional<std::string>> ValueOf(const TaskEnvVar& variable,
                                           const SecretReader& secrets) {
  if (!variable.value_from) return std::optional(variable.value);
  const TaskSecretKeyRef& ref = variable.value_from->secret_key_ref;
  const auto missing = [&](const std::string& what) -> Result<std::optional<std::string>> {
    if (ref.optional) return std::optional<std::string>();
    return NotFound("secrets", ref.name)
        .WithContext("variable " + variable.name + " needs " + what);
  };
  const Result<Secret> secret = secrets(ref.name);
  if (!secret.ok() && secret.status().reason() == StatusReason::kNotFound) {
    return missing("Secret " + Quoted(ref.name));
  }
  if (!secret.ok()) return secret.status();
  const auto entry = secret->data.find(ref.key);
  if (entry == secret->data.end()) {
    return missing("key " + Quoted(ref.key) + " of Secret " + Quoted(ref.name));
  }
  NOIZY_ASSIGN_OR_RETURN(std::string value, DecodeBase64(entry->second));
  return std::optional(std::move(value));
}

Status AddEnvironment(const Task& task, const SecretReader& secrets, v1::Assignment& out) {
  for (const TaskEnvVar& variable : task.spec.env) {
    NOIZY_ASSIGN_OR_RETURN(const std::optional<std::string> value, ValueOf(variable, secrets));
    if (!value) continue;
    v1::EnvVar& added = *out.add_env();
    added.set_name(variable.name);
    added.set_value(*value);
  }
  return Status::Ok();
}

void AddInference(const TaskInference& spec, v1::Inference& out) {
  out.set_model(spec.model);
  out.set_prompt(spec.prompt);
  out.set_system(spec.system);
  out.set_max_tokens(spec.max_tokens.value_or(0));
  if (spec.temperature) out.set_temperature(*spec.temperature);
}

Status AddAction(const TaskSpec& spec, v1::Assignment& out) {
  if (spec.exec) {
    v1::Exec& exec = *out.mutable_exec();
    for (const std::string& word : spec.exec->command) exec.add_command(word);
    for (const std::string& word : spec.exec->args) exec.add_command(word);
    exec.set_working_dir(spec.exec->working_dir);
    return Status::Ok();
  }
  if (spec.script) {
    out.mutable_script()->set_shell(spec.script->shell);
    out.mutable_script()->set_source(spec.script->source);
    return Status::Ok();
  }
  if (spec.inference) {
    AddInference(*spec.inference, *out.mutable_inference());
    return Status::Ok();
  }
  return BadRequest("the Task has neither spec.exec nor spec.script nor spec.inference");
}

// As of a Pod: preempted, drained, or kept away by a taint.
bool IsAskedToLeave(const Task& task) {
  return IsConditionTrue(task.status.conditions, "DisruptionTarget");
}

Status AddLimits(const TaskSpec& spec, v1::Assignment& out) {
  for (const auto& [resource, text] : spec.resources.limits) {
    NOIZY_ASSIGN_OR_RETURN(const Quantity quantity, ParseQuantity(text));
    if (resource == "cpu") out.mutable_limits()->set_cpu_milli(quantity.milli);
    if (resource == "memory") out.mutable_limits()->set_memory_bytes(quantity.Whole());
  }
  return Status::Ok();
}

void AddLiveness(const TaskSpec& spec, v1::Assignment& out) {
  if (!spec.liveness) return;
  v1::Liveness& liveness = *out.mutable_liveness();
  for (const std::string& word : spec.liveness->exec.command) liveness.add_command(word);
  liveness.set_initial_delay_ms(spec.liveness->initial_delay_seconds * kMillisPerSecond);
  liveness.set_period_ms(spec.liveness->period_seconds * kMillisPerSecond);
  liveness.set_timeout_ms(spec.liveness->timeout_seconds * kMillisPerSecond);
  liveness.set_failure_threshold(static_cast<std::int32_t>(spec.liveness->failure_threshold));
}

}  // namespace

v1::AttemptRef RefOf(const Task& task) {
  v1::AttemptRef ref;
  ref.set_namespace_(task.metadata.ns);
  ref.set_name(task.metadata.name);
  ref.set_uid(task.metadata.uid);
  ref.set_attempt(task.status.attempt);
  return ref;
}

Instruction DecideHeld(const Task* task, const std::string& node, const v1::AttemptRef& ref) {
  if (task == nullptr || task->metadata.uid != ref.uid()) return Cancel("Deleted");
  if (!CheckFence(*task, node, ref).ok()) return Cancel("Fenced");
  if (!IsOpen(task->status)) return Cancel(ReasonOfEnd(*task));
  if (task->metadata.BeingDeleted()) return Cancel("Deleted");
  // A restore suspends, so that nothing runs twice; what its node still has runs once.
  if (task->spec.suspend && !IsFromBackup(task->status)) return Cancel("Suspended");
  if (IsAskedToLeave(*task)) return Cancel("Evicted");
  return {};
}

// An AtMostOnce attempt starts only under the lease that its record names. So whoever finds that
// lease ended, and the record unchanged, knows that the attempt does not run and never will.
Instruction DecideMissing(const Task& task, const std::string& node, std::int64_t epoch) {
  const TaskAttempt* attempt = CurrentAttempt(task.status);
  if (!IsOpen(task.status) || attempt->node_name != node) return {};
  if (task.metadata.BeingDeleted()) return GiveUp("Cancelled", "the Task was deleted");
  if (task.spec.suspend) return GiveUp("Cancelled", "the Task was suspended");
  if (IsAskedToLeave(task)) return GiveUp("Cancelled", "the Task was asked to leave its node");
  if (IsFromBackup(task.status)) {
    return GiveUp("Lost", "the grid was restored from a backup, and the agent of node " + node +
                              " does not know the attempt");
  }
  if (task.status.phase == "Running") {
    return GiveUp("Lost", "the agent of node " + node + " no longer knows the attempt");
  }
  using Kind = Instruction::Kind;
  if (task.spec.failover != "AtMostOnce") return {Kind::kAssign, {}, {}};
  if (epoch == 0) return {Kind::kWait, {}, {}};
  return {attempt->lease_epoch == epoch ? Kind::kAssign : Kind::kClaim, {}, {}};
}

Result<v1::Assignment> MakeAssignment(const Task& task, const SecretReader& secrets) {
  v1::Assignment out;
  *out.mutable_ref() = RefOf(task);
  out.set_type(task.spec.type);
  out.set_payload(task.spec.payload);
  if (task.spec.payload_ref) {
    out.mutable_payload_ref()->set_sha256(task.spec.payload_ref->sha256);
    out.mutable_payload_ref()->set_size_bytes(task.spec.payload_ref->size_bytes);
  }
  out.set_timeout_ms(task.spec.timeout_seconds * kMillisPerSecond);
  out.set_grace_period_ms(task.spec.termination_grace_period_seconds * kMillisPerSecond);
  out.set_failover(task.spec.failover);
  if (const TaskAttempt* attempt = CurrentAttempt(task.status)) {
    out.set_lease_epoch(attempt->lease_epoch.value_or(0));
  }
  AddLiveness(task.spec, out);
  NOIZY_RETURN_IF_ERROR(AddAction(task.spec, out));
  NOIZY_RETURN_IF_ERROR(AddLimits(task.spec, out));
  NOIZY_RETURN_IF_ERROR(AddEnvironment(task, secrets, out));
  return out;
}

v1::Cancellation MakeCancellation(const Task* task, const v1::AttemptRef& ref,
                                  const std::string& reason) {
  v1::Cancellation out;
  *out.mutable_ref() = ref;
  out.set_reason(reason);
  // A fenced attempt has a successor: it must not go on for a moment longer than it takes to kill
  // it.
  if (task != nullptr && reason != "Fenced") {
    out.set_grace_period_ms(task->spec.termination_grace_period_seconds * kMillisPerSecond);
  }
  return out;
}

}  // namespace noizy::apiserver
