#include "apiserver/audit/audit_event.h"

#include "machinery/meta/time.h"
#include "machinery/value/json.h"
#include "machinery/value/string_array.h"

namespace noizy::apiserver {
namespace {

// A client's own words, cut to a length that fills no disk.
constexpr std::size_t kMaxUserAgentBytes = 1024;
constexpr std::size_t kMaxUriBytes = 8 * 1024;

void Put(Object& object, std::string_view member, std::string_view text) {
  if (!text.empty()) object.emplace(member, text);
}

Object UserOf(const Identity& identity) {
  Object out;
  Put(out, "username", identity.user);
  Put(out, "uid", identity.uid);
  if (!identity.groups.empty()) out.emplace("groups", StringArray(identity.groups));
  Object extra;
  for (const auto& [key, values] : identity.extra) extra.emplace(key, StringArray(values));
  if (!extra.empty()) out.emplace("extra", std::move(extra));
  return out;
}

Object ObjectReference(const AuditRecord& record) {
  const Access& access = *record.access;
  Object out;
  Put(out, "resource", access.resource);
  Put(out, "namespace", access.ns);
  Put(out, "name", access.name);
  Put(out, "apiGroup", access.group);
  Put(out, "apiVersion", record.api_version);
  Put(out, "subresource", access.subresource);
  return out;
}

std::string UriOf(const HttpRequest& request) {
  std::string uri = request.path;
  if (!request.query.empty()) uri.append("?").append(request.query);
  return uri.substr(0, kMaxUriBytes);
}

// "127.0.0.1:54321" → "127.0.0.1".
std::string_view AddressOf(std::string_view remote) {
  return remote.substr(0, remote.rfind(':'));
}

Object ResponseStatus(const AuditRecord& record, const Value& body) {
  Object out{{"metadata", Object()}};
  if (StringAt(body, {"kind"}) == "Status") {
    Put(out, "status", StringAt(body, {"status"}));
    Put(out, "message", StringAt(body, {"message"}));
    Put(out, "reason", StringAt(body, {"reason"}));
  }
  out.emplace("code", record.code);
  return out;
}

// Bytes that are no UTF-8 would make the line no JSON.
std::string Printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return out;
}

void AddRequest(const AuditRecord& record, Object& event) {
  const HttpRequest& request = *record.request;
  event.emplace("requestURI", Printable(UriOf(request)));
  event.emplace("verb", record.access->verb);
  event.emplace("user", UserOf(*record.user));
  if (record.impersonated != nullptr)
    event.emplace("impersonatedUser", UserOf(*record.impersonated));
  event.emplace("sourceIPs", Array{Value(AddressOf(request.remote_address))});
  const std::string_view agent = FindHeader(request.headers, "User-Agent");
  if (!agent.empty()) event.emplace("userAgent", Printable(agent.substr(0, kMaxUserAgentBytes)));
  if (record.access->is_resource) event.emplace("objectRef", ObjectReference(record));
}

}  // namespace

std::string AuditLine(const AuditRecord& record) {
  Object event{{"kind", "Event"},
               {"apiVersion", "audit.k8s.io/v1"},
               {"level", AuditLevelName(record.level)},
               {"auditID", Printable(record.id)},
               {"stage", record.stage}};
  AddRequest(record, event);
  // Only failures and logged replies are read again; both are few.
  const bool want_reply = record.reply != nullptr &&
                          (record.code >= 400 || record.level == AuditLevel::kRequestResponse);
  Value reply;
  if (want_reply) {
    if (Result<Value> body = ParseJson(record.reply->BodyText()); body.ok())
      reply = *std::move(body);
  }
  event.emplace("responseStatus", ResponseStatus(record, reply));
  if (record.level >= AuditLevel::kRequest && !record.request->body.empty()) {
    if (Result<Value> body = ParseJson(record.request->body); body.ok())
      event.emplace("requestObject", *std::move(body));
  }
  if (record.level == AuditLevel::kRequestResponse && !reply.is_null())
    event.emplace("responseObject", std::move(reply));
  event.emplace("requestReceivedTimestamp", FormatMicroTime(record.received));
  event.emplace("stageTimestamp", FormatMicroTime(record.now));
  return ToJson(event);
}

}  // namespace noizy::apiserver
