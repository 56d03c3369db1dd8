#include "cmd/noizy/token_endpoint.h"

#include "machinery/meta/meta.h"
#include "machinery/pki/pki.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

constexpr std::int64_t kDefaultTtlSeconds = 3600;
// A token that lives longer than this is a password.
constexpr std::int64_t kMaxTtlSeconds = 7 * 24 * 3600;

}  // namespace

Result<Value> TokenEndpoint::Create(const Value& body) {
  const std::int64_t ttl_seconds = IntAt(body, {"ttlSeconds"}).value_or(kDefaultTtlSeconds);
  if (ttl_seconds < 1 || ttl_seconds > kMaxTtlSeconds) {
    return BadRequest("ttlSeconds: " + std::to_string(ttl_seconds) +
                      " is out of range: between 1 and " + std::to_string(kMaxTtlSeconds));
  }
  const std::string name(StringAt(body, {"nodeName"}));
  if (const std::string fault = name.empty() ? "" : CheckDnsSubdomain(name); !fault.empty()) {
    return BadRequest("nodeName: \"" + name + "\": " + fault);
  }
  NOIZY_ASSIGN_OR_RETURN(const std::string token,
                         options_.hub.CreateToken(std::chrono::seconds(ttl_seconds), name));
  NOIZY_ASSIGN_OR_RETURN(const std::string ca_hash, PublicKeyHash(options_.ca_pem()));
  return Value(Object{{"token", token}, {"caHash", ca_hash}, {"endpoint", options_.endpoint}});
}

void TokenEndpoint::Handle(const apiserver::RequestPtr& request) {
  if (request->request().method != "POST") {
    return ReplyStatus(*request,
                       Status(StatusReason::kMethodNotAllowed, "tokens are made with POST"));
  }
  const std::string& text = request->request().body;
  const Result<Value> body = text.empty() ? Result<Value>(Value(Object())) : ParseJson(text);
  if (!body.ok()) return ReplyStatus(*request, body.status());
  options_.executor.Post([this, request, body = *body] {
    const Result<Value> token = Create(body);
    if (!token.ok()) return ReplyStatus(*request, token.status());
    ReplyJson(*request, 201, *token);
  });
}

}  // namespace noizy
