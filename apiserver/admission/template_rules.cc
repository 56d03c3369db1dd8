// The Task templates of TaskSets and TaskSchedules: what is wrong with one is said when it is
// written, and not when the first Task cannot be made.
#include "apiserver/admission/rules.h"
#include "machinery/meta/meta.h"

namespace noizy::apiserver {
namespace {

const Kind& TaskKind() {
  static const KindPtr kKind = BuiltinKinds().FindByKind({"noizy.dev", "v1", "Task"});
  return *kKind;
}

bool IsNew(const AdmissionRequest& request, const Value& spec) {
  if (request.before == nullptr) return true;
  const Value* before = Find(*request.before, {"spec", "template", "spec"});
  return before == nullptr || !Equal(*before, spec);
}

// Where a Task's field stands in the template: "spec.template.spec.exec".
std::string InTemplate(const std::string& field) {
  std::string path = "spec.template.";
  path += field;
  return path;
}

}  // namespace

Status AdmitTaskTemplate(const AdmissionRequest& request) {
  const Value* spec = Find(request.object, {"spec", "template", "spec"});
  if (request.subresource != Subresource::kNone || spec == nullptr || !IsNew(request, *spec))
    return Status::Ok();
  // A copy: defaults are filled in when a Task is made, and may be others then.
  Value task = Object{{"apiVersion", "noizy.dev/v1"},
                      {"kind", "Task"},
                      {"metadata", Object{{"name", NameOf(request.object)}}},
                      {"spec", *spec}};
  const Schema& schema = *TaskKind().schema;
  for (const std::string& unknown : Prune(schema, task)) {
    std::string warning = "unknown field \"";
    warning.append(InTemplate(unknown)).append("\"");
    if (request.warnings != nullptr) request.warnings->push_back(std::move(warning));
  }
  ApplyDefaults(schema, task);
  std::vector<StatusCause> causes = Validate(schema, task);
  if (Find(task, {"spec", "payloadRef"}) != nullptr)
    causes.push_back({"FieldValueForbidden",
                      "Forbidden: only the Grid service's StreamPayload sets it, on a single Task",
                      "spec.payloadRef"});
  if (causes.empty()) return Status::Ok();
  for (StatusCause& cause : causes) cause.field = InTemplate(cause.field);
  return Invalid(request.kind.gvk.kind, request.kind.gvk.group, NameOf(request.object),
                 std::move(causes));
}

}  // namespace noizy::apiserver
