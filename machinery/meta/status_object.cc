#include "machinery/meta/status_object.h"

#include <string>

namespace noizy {
namespace {

// Members that are empty are left out, as Go's omitempty does.
void Put(Object& object, std::string_view member, std::string_view text) {
  if (!text.empty()) object.emplace(member, text);
}

Array CausesToArray(const std::vector<StatusCause>& causes) {
  Array out;
  out.reserve(causes.size());
  for (const StatusCause& cause : causes) {
    Object item;
    Put(item, "reason", cause.reason);
    Put(item, "message", cause.message);
    Put(item, "field", cause.field);
    out.push_back(std::move(item));
  }
  return out;
}

Object DetailsToObject(const StatusDetails& details) {
  Object out;
  Put(out, "name", details.name);
  Put(out, "group", details.group);
  Put(out, "kind", details.kind);
  Put(out, "uid", details.uid);
  if (!details.causes.empty()) out.emplace("causes", CausesToArray(details.causes));
  if (details.retry_after_seconds) out.emplace("retryAfterSeconds", *details.retry_after_seconds);
  return out;
}

StatusDetails DetailsFromValue(const Value& value) {
  StatusDetails details;
  details.name = StringAt(value, {"details", "name"});
  details.group = StringAt(value, {"details", "group"});
  details.kind = StringAt(value, {"details", "kind"});
  details.uid = StringAt(value, {"details", "uid"});
  if (const auto seconds = IntAt(value, {"details", "retryAfterSeconds"})) {
    details.retry_after_seconds = static_cast<int>(*seconds);
  }
  const Array* causes = ArrayAt(value, {"details", "causes"});
  if (causes == nullptr) return details;
  for (const Value& cause : *causes) {
    details.causes.push_back({std::string(StringAt(cause, {"reason"})),
                              std::string(StringAt(cause, {"message"})),
                              std::string(StringAt(cause, {"field"}))});
  }
  return details;
}

}  // namespace

Value StatusToValue(const Status& status) {
  Object out;
  out.emplace("kind", "Status");
  out.emplace("apiVersion", "v1");
  out.emplace("metadata", Object());
  out.emplace("status", status.ok() ? "Success" : "Failure");
  if (status.ok()) return out;
  Put(out, "message", status.message());
  Put(out, "reason", ReasonName(status.reason()));
  Object details = DetailsToObject(status.details());
  if (!details.empty()) out.emplace("details", std::move(details));
  out.emplace("code", HttpCode(status.reason()));
  return out;
}

Status StatusFromValue(const Value& value) {
  const bool is_status = StringAt(value, {"kind"}) == "Status";
  if (is_status && StringAt(value, {"status"}) == "Success") return Status::Ok();
  std::string message(StringAt(value, {"message"}));
  if (message.empty())
    message = is_status ? "the server gave no message" : "the reply is not a Status";
  if (!is_status) return {StatusReason::kUnknown, std::move(message)};
  StatusReason reason = ReasonFromName(StringAt(value, {"reason"}));
  const auto code = IntAt(value, {"code"});
  if (reason == StatusReason::kUnknown && code) {
    reason = ReasonFromHttpCode(static_cast<int>(*code));
    if (reason == StatusReason::kOk) reason = StatusReason::kUnknown;
  }
  return {reason, std::move(message), DetailsFromValue(value)};
}

}  // namespace noizy
