#include "apiserver/grid/task_messages.h"

#include "machinery/transport/grid_transport.h"
#include "machinery/value/json.h"
#include "machinery/value/utf8.h"
#include "machinery/value/yaml.h"

namespace noizy::apiserver {
namespace {

using StringMap = std::decay_t<decltype(v1::TaskRequest().env())>;

Value ObjectOf(const StringMap& map) {
  Object object;
  for (const auto& [key, text] : map) object[key] = text;
  return object;
}

template <typename Texts>
Value ArrayOf(const Texts& texts) {
  Array array;
  for (const std::string& text : texts) array.emplace_back(std::string_view(text));
  return array;
}

void SetText(Value& task, ValuePath path, const std::string& text) {
  if (!text.empty()) Set(task, path, Value(std::string_view(text)));
}

void SetMap(Value& task, ValuePath path, const StringMap& map) {
  if (!map.empty()) Set(task, path, ObjectOf(map));
}

Result<Value> ReadManifest(const std::string& text) {
  if (text.empty()) return Value(Object());
  auto documents = ParseYaml(text);
  if (!documents.ok()) return documents.status().WithContext("manifest");
  if (documents->size() != 1 || !documents->front().value.is_object())
    return BadRequest("manifest: it must be one Task");
  Value task = std::move(documents->front().value);
  const std::string_view kind = StringAt(task, {"kind"});
  if (!kind.empty() && kind != "Task")
    return BadRequest("manifest: it is a " + std::string(kind) + ", not a Task");
  return task;
}

void SetWork(Value& task, const v1::TaskRequest& request) {
  if (request.has_exec()) {
    Object exec = {{"command", ArrayOf(request.exec().command())}};
    if (request.exec().args_size() > 0) exec["args"] = ArrayOf(request.exec().args());
    Set(task, {"spec", "exec"}, std::move(exec));
    SetText(task, {"spec", "exec", "workingDir"}, request.exec().working_dir());
  } else if (request.has_script()) {
    Set(task, {"spec", "script"}, Object{{"source", request.script().source()}});
    SetText(task, {"spec", "script", "shell"}, request.script().shell());
  } else if (request.has_inference()) {
    const v1::TaskInference& asked = request.inference();
    Set(task, {"spec", "inference"}, Object{{"model", asked.model()}, {"prompt", asked.prompt()}});
    if (asked.max_tokens() > 0) Set(task, {"spec", "inference", "maxTokens"}, asked.max_tokens());
    if (asked.has_temperature())
      Set(task, {"spec", "inference", "temperature"}, asked.temperature());
  }
}

void SetEnvironment(Value& task, const StringMap& env) {
  if (env.empty()) return;
  Array entries;
  for (const auto& [name, text] : env) entries.push_back(Object{{"name", name}, {"value", text}});
  Set(task, {"spec", "env"}, std::move(entries));
}

void SetPlace(Value& task, const v1::TaskRequest& request) {
  SetMap(task, {"spec", "resources", "requests"}, request.requests());
  SetMap(task, {"spec", "resources", "limits"}, request.limits());
  SetText(task, {"spec", "nodeName"}, request.node_name());
  SetMap(task, {"spec", "nodeSelector"}, request.node_selector());
  SetText(task, {"spec", "routing", "policy"}, request.routing_policy());
  if (request.require_ai()) Set(task, {"spec", "routing", "requireAI"}, true);
}

void SetRules(Value& task, const v1::TaskRequest& request) {
  if (request.priority() != 0) Set(task, {"spec", "priority"}, request.priority());
  if (request.timeout_seconds() != 0)
    Set(task, {"spec", "timeoutSeconds"}, request.timeout_seconds());
  if (request.retry_limit() != 0) Set(task, {"spec", "retry", "limit"}, request.retry_limit());
  SetText(task, {"spec", "failover"}, request.failover());
}

void SetName(Value& task, const v1::TaskRequest& request) {
  SetText(task, {"metadata", "name"}, request.name());
  SetText(task, {"metadata", "generateName"}, request.generate_name());
  SetMap(task, {"metadata", "labels"}, request.labels());
  const bool named = !StringAt(task, {"metadata", "name"}).empty() ||
                     !StringAt(task, {"metadata", "generateName"}).empty();
  if (!named) Set(task, {"metadata", "generateName"}, "task-");
}

std::int64_t NumberAt(const Value& task, ValuePath path) {
  return IntAt(task, path).value_or(0);
}

std::string TextAt(const Value& task, ValuePath path) {
  return std::string(StringAt(task, path));
}

}  // namespace

bool IsUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = DecodeUtf8(text, at);
    if (point.bytes == 0) return false;
    at += point.bytes;
  }
  return true;
}

std::string NamespaceOf(const std::string& asked) {
  return asked.empty() ? "default" : asked;
}

std::string NamespaceOf(const v1::TaskRequest& request, const Value& task) {
  if (!request.namespace_().empty()) return request.namespace_();
  return NamespaceOf(TextAt(task, {"metadata", "namespace"}));
}

Result<Value> TaskOf(const v1::TaskRequest& request) {
  if (!IsUtf8(request.payload()))
    return BadRequest(
        "payload: it is no UTF-8; hand it in by StreamPayload, which takes any bytes");
  if (request.payload().size() > kMaxPayloadBytes)
    return BadRequest(
        "payload: it is longer than 1 MiB; hand it in by StreamPayload, which takes more");
  NOIZY_ASSIGN_OR_RETURN(Value task, ReadManifest(request.manifest()));
  Set(task, {"apiVersion"}, "noizy.dev/v1");
  Set(task, {"kind"}, "Task");
  SetName(task, request);
  SetText(task, {"spec", "type"}, request.type());
  SetWork(task, request);
  SetText(task, {"spec", "payload"}, request.payload());
  SetEnvironment(task, request.env());
  SetPlace(task, request);
  SetRules(task, request);
  return task;
}

bool HasEnded(const Value& task) {
  const std::string_view phase = StringAt(task, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed" || phase == "Cancelled";
}

v1::SubmitTaskResponse SubmittedOf(const Value& task) {
  v1::SubmitTaskResponse made;
  made.set_namespace_(TextAt(task, {"metadata", "namespace"}));
  made.set_name(TextAt(task, {"metadata", "name"}));
  made.set_uid(TextAt(task, {"metadata", "uid"}));
  made.set_payload_bytes(static_cast<std::int64_t>(StringAt(task, {"spec", "payload"}).size()));
  return made;
}

v1::TaskStatus StatusOf(const Value& task) {
  v1::TaskStatus status;
  status.set_phase(TextAt(task, {"status", "phase"}));
  status.set_node_name(TextAt(task, {"status", "nodeName"}));
  status.set_attempt(NumberAt(task, {"status", "attempt"}));
  status.set_reason(TextAt(task, {"status", "reason"}));
  status.set_message(TextAt(task, {"status", "message"}));
  status.set_exit_code(static_cast<std::int32_t>(NumberAt(task, {"status", "exitCode"})));
  status.set_result(TextAt(task, {"status", "result"}));
  status.set_execution_time_ms(NumberAt(task, {"status", "executionTimeMs"}));
  return status;
}

v1::ExecuteTaskResponse ExecutedOf(const Value& task) {
  const v1::TaskStatus status = StatusOf(task);
  v1::ExecuteTaskResponse ended;
  ended.set_namespace_(TextAt(task, {"metadata", "namespace"}));
  ended.set_name(TextAt(task, {"metadata", "name"}));
  ended.set_uid(TextAt(task, {"metadata", "uid"}));
  ended.set_phase(status.phase());
  ended.set_success(status.phase() == "Succeeded");
  ended.set_exit_code(status.exit_code());
  ended.set_result(status.result());
  ended.set_node_name(status.node_name());
  ended.set_execution_time_ms(status.execution_time_ms());
  ended.set_attempt(status.attempt());
  ended.set_reason(status.reason());
  ended.set_message(status.message());
  return ended;
}

}  // namespace noizy::apiserver
