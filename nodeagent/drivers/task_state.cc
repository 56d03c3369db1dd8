#include "nodeagent/drivers/task_state.h"

#include <array>

#include "machinery/value/base64.h"
#include "machinery/value/json.h"

namespace noizy::nodeagent {
namespace {

constexpr char kStateFile[] = "/state.json";
constexpr char kStopFile[] = "/stop.json";
constexpr char kOutcomeFile[] = "/outcome.json";
constexpr std::array<std::string_view, 3> kPhaseNames = {"starting", "running", "exited"};

std::int64_t UnixNanos(WallTime time) {
  return time.time_since_epoch().count();
}

std::int64_t Number(const Value& root, ValuePath path) {
  return IntAt(root, path).value_or(0);
}

WallTime TimeAt(const Value& root, ValuePath path) {
  return WallTime(Duration(Number(root, path)));
}

std::string Text(const Value& root, ValuePath path) {
  return std::string(StringAt(root, path));
}

Object UsageObject(const ModelUsage& usage) {
  return {{"promptTokens", usage.prompt_tokens},
          {"completionTokens", usage.completion_tokens},
          {"tokensPerSecond", usage.tokens_per_second}};
}

std::optional<ModelUsage> UsageFrom(const Value& root) {
  const Value* usage = Find(root, {"usage"});
  if (usage == nullptr) return std::nullopt;
  const Value* rate = Find(*usage, {"tokensPerSecond"});
  const bool number = rate != nullptr && rate->is_number();
  return ModelUsage{Number(*usage, {"promptTokens"}), Number(*usage, {"completionTokens"}),
                    number ? rate->to_number<double>() : 0};
}

Object ExitObject(const TaskExit& exit) {
  Object object{{"exitCode", exit.exit_code},
                {"signal", exit.signal},
                {"reason", exit.reason},
                {"message", exit.message},
                {"timeUnixNano", UnixNanos(exit.time)},
                {"executionNanos", exit.execution_time.count()},
                {"result", EncodeBase64(exit.result)}};
  if (exit.usage) object["usage"] = UsageObject(*exit.usage);
  return object;
}

Result<TaskExit> ExitFrom(const Value& root) {
  TaskExit exit;
  exit.exit_code = static_cast<int>(Number(root, {"exit", "exitCode"}));
  exit.signal = static_cast<int>(Number(root, {"exit", "signal"}));
  exit.reason = Text(root, {"exit", "reason"});
  exit.message = Text(root, {"exit", "message"});
  exit.time = TimeAt(root, {"exit", "timeUnixNano"});
  exit.execution_time = Duration(Number(root, {"exit", "executionNanos"}));
  NOIZY_ASSIGN_OR_RETURN(exit.result, DecodeBase64(StringAt(root, {"exit", "result"})));
  exit.usage = UsageFrom(root.at("exit"));
  return exit;
}

Object IdentityObject(const ProcessIdentity& identity) {
  return {
      {"pid", identity.pid}, {"startTicks", identity.start_ticks}, {"bootID", identity.boot_id}};
}

Result<Value> ReadJsonFile(const std::string& path) {
  NOIZY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  auto value = ParseJson(text);
  if (!value.ok()) return value.status().WithContext(path);
  return value;
}

}  // namespace

Result<TaskState> ReadTaskState(const std::string& folder) {
  NOIZY_ASSIGN_OR_RETURN(const Value root, ReadJsonFile(folder + kStateFile));
  TaskState state;
  const auto phase = std::find(kPhaseNames.begin(), kPhaseNames.end(), StringAt(root, {"phase"}));
  if (phase == kPhaseNames.end()) return BadRequest(folder + kStateFile + " has no phase");
  state.phase = static_cast<TaskPhase>(phase - kPhaseNames.begin());
  state.supervisor = {static_cast<pid_t>(Number(root, {"supervisor", "pid"})),
                      static_cast<std::uint64_t>(Number(root, {"supervisor", "startTicks"})),
                      Text(root, {"supervisor", "bootID"})};
  if (Find(root, {"start"}) != nullptr) {
    state.start =
        TaskStart{Number(root, {"start", "pid"}), TimeAt(root, {"start", "timeUnixNano"})};
  }
  if (state.phase == TaskPhase::kExited) {
    NOIZY_ASSIGN_OR_RETURN(state.exit, ExitFrom(root));
  }
  return state;
}

Status WriteTaskState(const std::string& folder, const TaskState& state) {
  Object root = {{"phase", kPhaseNames[static_cast<std::size_t>(state.phase)]},
                 {"supervisor", IdentityObject(state.supervisor)}};
  if (state.start) {
    root["start"] =
        Object{{"pid", state.start->pid}, {"timeUnixNano", UnixNanos(state.start->time)}};
  }
  const bool exited = state.phase == TaskPhase::kExited;
  if (exited) root["exit"] = ExitObject(state.exit);
  return WriteFileAtomically(folder + kStateFile, ToJson(root),
                             exited ? Durability::kDurable : Durability::kAtomic);
}

Result<TaskOutcome> ReadTaskOutcome(const std::string& folder) {
  NOIZY_ASSIGN_OR_RETURN(const Value root, ReadJsonFile(folder + kOutcomeFile));
  return TaskOutcome{Text(root, {"reason"}), Text(root, {"message"}), UsageFrom(root)};
}

Status WriteTaskOutcome(const std::string& folder, const TaskOutcome& outcome) {
  Object root = {{"reason", outcome.reason}, {"message", outcome.message}};
  if (outcome.usage) root["usage"] = UsageObject(*outcome.usage);
  return WriteFileAtomically(folder + kOutcomeFile, ToJson(root), Durability::kAtomic);
}

Result<StopRequest> ReadStopRequest(const std::string& folder) {
  NOIZY_ASSIGN_OR_RETURN(const Value root, ReadJsonFile(folder + kStopFile));
  return StopRequest{Duration(Number(root, {"graceNanos"})), Text(root, {"reason"}),
                     Text(root, {"message"})};
}

Status WriteStopRequest(const std::string& folder, const StopRequest& request) {
  const Object root = {{"graceNanos", request.grace.count()},
                       {"reason", request.reason},
                       {"message", request.message}};
  return WriteFileAtomically(folder + kStopFile, ToJson(root), Durability::kAtomic);
}

}  // namespace noizy::nodeagent
