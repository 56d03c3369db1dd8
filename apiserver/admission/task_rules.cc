// The rules of Task that no schema can say: what may change when.
#include "apiserver/admission/rules.h"
#include "machinery/meta/meta.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kResource = "tasks.noizy.dev";
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;

bool IsFinished(const Value& task) {
  const std::string_view phase = StringAt(task, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed" || phase == "Cancelled";
}

std::int64_t AttemptOf(const Value& task) {
  return IntAt(task, {"status", "attempt"}).value_or(0);
}

bool IsScheduled(const Value& task) {
  return AttemptOf(task) > 0 || !StringAt(task, {"status", "nodeName"}).empty();
}

Value SpecWithoutSuspend(const Value& task) {
  const Value* spec = Find(task, {"spec"});
  Value copy = spec == nullptr ? Value(Object()) : *spec;
  Remove(copy, {"suspend"});
  return copy;
}

// The schema counts characters; what is carried to the node and kept there is bytes.
Status CheckSizes(const Value& task) {
  std::vector<StatusCause> causes;
  const auto check = [&](std::string_view text, std::string field) {
    if (text.size() > kMaxTextBytes)
      causes.push_back(
          {"FieldValueTooLong", "Too long: may not be more than 1048576 bytes", std::move(field)});
  };
  check(StringAt(task, {"spec", "payload"}), "spec.payload");
  check(StringAt(task, {"spec", "script", "source"}), "spec.script.source");
  check(StringAt(task, {"spec", "inference", "prompt"}), "spec.inference.prompt");
  check(StringAt(task, {"spec", "inference", "system"}), "spec.inference.system");
  if (causes.empty()) return Status::Ok();
  return Invalid("Task", "noizy.dev", NameOf(task), std::move(causes));
}

Status AdmitNewTask(const AdmissionRequest& request) {
  AddFinalizer(request.object, kTaskFinalizer);
  const std::string_view name = NameOf(request.object);
  const Array* dependencies = ArrayAt(request.object, {"spec", "dependsOn"});
  for (std::size_t i = 0; dependencies != nullptr && i < dependencies->size(); ++i) {
    const Value& dependency = dependencies->at(i);
    if (!dependency.is_string() || View(dependency.get_string()) != name) continue;
    return Invalid("Task", "noizy.dev", name,
                   {{"FieldValueInvalid",
                     "Invalid value: \"" + std::string(name) + "\": a Task cannot depend on itself",
                     "spec.dependsOn[" + std::to_string(i) + "]"}});
  }
  return Status::Ok();
}

Status AdmitSpecChange(const AdmissionRequest& request) {
  if (!IsScheduled(*request.before) && !IsFinished(*request.before)) return Status::Ok();
  const bool suspend_changed =
      BoolAt(*request.before, {"spec", "suspend"}) != BoolAt(request.object, {"spec", "suspend"});
  const bool spec_changed =
      !Equal(SpecWithoutSuspend(*request.before), SpecWithoutSuspend(request.object));
  if (!spec_changed && !(suspend_changed && IsFinished(*request.before))) return Status::Ok();
  const std::string why =
      IsFinished(*request.before)
          ? "Forbidden: the Task is finished and cannot change; create a new one"
          : "Forbidden: the spec is immutable once the Task is scheduled (but for "
            "suspend); delete the Task and create it anew";
  return Invalid("Task", "noizy.dev", NameOf(request.object),
                 {{"FieldValueForbidden", why, "spec"}});
}

// A write of status that was decided on an older state: refused, so that it leaves no trace.
Status AdmitStatusChange(const AdmissionRequest& request) {
  const std::string_view name = NameOf(request.object);
  const Value* before = Find(*request.before, {"status"});
  const Value* after = Find(request.object, {"status"});
  if (before == nullptr || after == nullptr) return Status::Ok();
  if (IsFinished(*request.before) && !Equal(*before, *after)) {
    return Conflict(kResource, name, "the Task is finished; its status cannot change any more");
  }
  if (AttemptOf(request.object) < AttemptOf(*request.before)) {
    return Conflict(kResource, name,
                    "attempt " + std::to_string(AttemptOf(request.object)) +
                        " is fenced by attempt " + std::to_string(AttemptOf(*request.before)));
  }
  return Status::Ok();
}

}  // namespace

Status AdmitTask(const AdmissionRequest& request) {
  if (request.subresource != Subresource::kStatus)
    NOIZY_RETURN_IF_ERROR(CheckSizes(request.object));
  if (request.before == nullptr) return AdmitNewTask(request);
  return request.subresource == Subresource::kStatus ? AdmitStatusChange(request)
                                                     : AdmitSpecChange(request);
}

}  // namespace noizy::apiserver
