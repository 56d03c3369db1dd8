#include "apiserver/resources/payload_check.h"

#include "machinery/meta/meta.h"

namespace noizy::apiserver {
namespace {

Status Refuse(const Value& task, std::string why) {
  why.insert(0, "Forbidden: ");
  return Invalid("Task", "noizy.dev", NameOf(task),
                 {{"FieldValueForbidden", std::move(why), "spec.payloadRef"}});
}

Status CheckChange(const Value& before, const Value& after) {
  const Value* old = Find(before, {"spec", "payloadRef"});
  const Value* wanted = Find(after, {"spec", "payloadRef"});
  if (old == nullptr && wanted == nullptr) return Status::Ok();
  if (old != nullptr && wanted != nullptr && Equal(*old, *wanted)) return Status::Ok();
  return Refuse(after, "it never changes; delete the Task and create it anew");
}

// Whoever may name a payload's digest may read it, by a Task that prints it: so nobody may but who
// has just handed in those very bytes.
Status CheckNew(const Value& task, const std::string& streamed) {
  const Value* wanted = Find(task, {"spec", "payloadRef"});
  if (wanted == nullptr) return Status::Ok();
  if (!streamed.empty() && StringAt(*wanted, {"sha256"}) == streamed) return Status::Ok();
  return Refuse(task,
                "only the Grid service's StreamPayload sets it, with the payload that it was "
                "given; a copy of the Task needs a payload of its own");
}

Status CheckOneOfTwo(const Value& task) {
  const bool both =
      Find(task, {"spec", "payloadRef"}) != nullptr && !StringAt(task, {"spec", "payload"}).empty();
  return both ? Refuse(task, "spec.payload is set; a Task has one of the two") : Status::Ok();
}

}  // namespace

WriteCheck CheckPayloadRef(std::string streamed, WriteCheck next) {
  return [streamed = std::move(streamed), next = std::move(next)](const Value* before,
                                                                  const Value& after) -> Status {
    NOIZY_RETURN_IF_ERROR(before == nullptr ? CheckNew(after, streamed)
                                            : CheckChange(*before, after));
    NOIZY_RETURN_IF_ERROR(CheckOneOfTwo(after));
    return next ? next(before, after) : Status::Ok();
  };
}

}  // namespace noizy::apiserver
