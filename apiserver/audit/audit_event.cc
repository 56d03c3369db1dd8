#include "apiserver/audit/audit_event.h"

#include "machinery/meta/time.h"
#include "machinery/value/json.h"
#include "machinery/value/string_array.h"

namespace noizy::apiserver {
namespace {

// A client's own words, cut to a length that fills no disk.
constexpr std::size_t kMaxUserAgentBytes = 1024;
constexpr std::size_t kMaxUriBytes = 8 * 1024;

// One JSON object, written member by member: there is a line for every request, and a tree of it
// would cost three times as much.
class LineWriter {
 public:
  LineWriter() {
    out_.reserve(kUsualLineBytes);
    out_ += '{';
  }

  void Begin(std::string_view member) {
    Name(member);
    out_ += '{';
    first_ = true;
  }
  void End() {
    out_ += '}';
    first_ = false;
  }
  /// Empty texts are left out.
  void Text(std::string_view member, std::string_view text) {
    if (text.empty()) return;
    Name(member);
    AppendJsonString(out_, text);
  }
  void Tree(std::string_view member, const Value& value) {
    Name(member);
    AppendJson(out_, value);
  }
  std::string Line() && {
    out_ += '}';
    return std::move(out_);
  }

 private:
  static constexpr std::size_t kUsualLineBytes = 1024;

  void Name(std::string_view member) {
    if (!first_) out_ += ',';
    first_ = false;
    AppendJsonString(out_, member);
    out_ += ':';
  }

  std::string out_;
  bool first_ = true;
};

void AddUser(LineWriter& event, std::string_view member, const Identity& identity) {
  event.Begin(member);
  event.Text("username", identity.user);
  event.Text("uid", identity.uid);
  if (!identity.groups.empty()) event.Tree("groups", StringArray(identity.groups));
  if (!identity.extra.empty()) {
    event.Begin("extra");
    for (const auto& [key, values] : identity.extra) event.Tree(key, StringArray(values));
    event.End();
  }
  event.End();
}

void AddObjectReference(const AuditRecord& record, LineWriter& event) {
  const Access& access = *record.access;
  event.Begin("objectRef");
  event.Text("resource", access.resource);
  event.Text("namespace", access.ns);
  event.Text("name", access.name);
  event.Text("apiGroup", access.group);
  event.Text("apiVersion", record.api_version);
  event.Text("subresource", access.subresource);
  event.End();
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

void AddResponseStatus(const AuditRecord& record, const Value& body, LineWriter& event) {
  event.Begin("responseStatus");
  event.Begin("metadata");
  event.End();
  if (StringAt(body, {"kind"}) == "Status") {
    for (const std::string_view member : {"status", "message", "reason"})
      event.Text(member, StringAt(body, {member}));
  }
  event.Tree("code", record.code);
  event.End();
}

// Bytes that are no UTF-8 would make the line no JSON.
std::string Printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return out;
}

void AddRequest(const AuditRecord& record, LineWriter& event) {
  const HttpRequest& request = *record.request;
  event.Text("requestURI", Printable(UriOf(request)));
  event.Text("verb", record.access->verb);
  AddUser(event, "user", *record.user);
  if (record.impersonated != nullptr) AddUser(event, "impersonatedUser", *record.impersonated);
  event.Tree("sourceIPs", Array{Value(AddressOf(request.remote_address))});
  const std::string_view agent = FindHeader(request.headers, "User-Agent");
  event.Text("userAgent", Printable(agent.substr(0, kMaxUserAgentBytes)));
  if (record.access->is_resource) AddObjectReference(record, event);
}

// A body as a tree; null when it is no JSON.
Value TreeOf(std::string_view body) {
  Result<Value> tree = ParseJson(body);
  return tree.ok() ? *std::move(tree) : Value();
}

}  // namespace

std::string AuditLine(const AuditRecord& record) {
  LineWriter event;
  event.Text("kind", "Event");
  event.Text("apiVersion", "audit.k8s.io/v1");
  event.Text("level", AuditLevelName(record.level));
  event.Text("auditID", Printable(record.id));
  event.Text("stage", AuditStageName(record.stage));
  AddRequest(record, event);
  // Only failures and logged replies are read again; both are few.
  const bool want_reply = record.reply != nullptr &&
                          (record.code >= 400 || record.level == AuditLevel::kRequestResponse);
  const Value reply = want_reply ? TreeOf(record.reply->BodyText()) : Value();
  const bool answered = record.stage != AuditStage::kRequestReceived;
  if (answered) AddResponseStatus(record, reply, event);
  // With the answer, as in Kubernetes: who asks need not have been allowed to.
  const bool want_body =
      answered && record.level >= AuditLevel::kRequest && !record.request->body.empty();
  if (const Value body = want_body ? TreeOf(record.request->body) : Value(); !body.is_null())
    event.Tree("requestObject", body);
  if (record.level == AuditLevel::kRequestResponse && !reply.is_null())
    event.Tree("responseObject", reply);
  event.Text("requestReceivedTimestamp", FormatMicroTime(record.received));
  event.Text("stageTimestamp", FormatMicroTime(record.now));
  return std::move(event).Line();
}

}  // namespace noizy::apiserver
