#include "apiserver/reviews/token_reviews.h"

#include "apiserver/reviews/access_reviews.h"
#include "machinery/meta/time.h"
#include "machinery/value/string_array.h"

namespace noizy::apiserver {
namespace {

constexpr std::int64_t kDefaultSeconds = 3600;
// As Kubernetes: shorter ones are renewed all the time.
constexpr std::int64_t kMinSeconds = 600;
constexpr std::int64_t kMaxAskedSeconds = std::int64_t{1} << 32;
// What lives longer is a password; the reply says how long it really lives.
constexpr std::int64_t kMaxSeconds = 365 * 24 * 3600;

Status InvalidField(std::string field, std::string message) {
  return Invalid("TokenRequest", "authentication.k8s.io", "",
                 {{"FieldValueInvalid", "Invalid value: " + std::move(message), std::move(field)}});
}

}  // namespace

Result<TokenWish> ReadTokenRequest(const Value& token_request, std::string_view ns,
                                   std::string_view service_account) {
  TokenWish wish;
  wish.ns = ns;
  wish.service_account = service_account;
  wish.audiences = StringsAt(token_request, {"spec", "audiences"});
  const std::int64_t seconds =
      IntAt(token_request, {"spec", "expirationSeconds"}).value_or(kDefaultSeconds);
  if (seconds < kMinSeconds) {
    return InvalidField(
        "spec.expirationSeconds",
        std::to_string(seconds) + ": may not specify a duration less than 10 minutes");
  }
  if (seconds > kMaxAskedSeconds) {
    return InvalidField(
        "spec.expirationSeconds",
        std::to_string(seconds) + ": may not specify a duration larger than 2^32 seconds");
  }
  wish.lifetime = std::chrono::seconds(std::min(seconds, kMaxSeconds));
  const Value* bound = Find(token_request, {"spec", "boundObjectRef"});
  if (bound == nullptr || bound->is_null()) return wish;
  if (StringAt(*bound, {"kind"}) != "Secret") {
    return InvalidField("spec.boundObjectRef.kind", "\"" + std::string(StringAt(*bound, {"kind"})) +
                                                        "\": tokens can be bound to a Secret");
  }
  wish.bound_secret = StringAt(*bound, {"name"});
  wish.bound_uid = StringAt(*bound, {"uid"});
  if (wish.bound_secret.empty())
    return InvalidField("spec.boundObjectRef.name", "\"\": is missing");
  return wish;
}

Status AnswerTokenRequest(ServiceAccountTokens& tokens, const TokenWish& wish,
                          Value& token_request) {
  NOIZY_ASSIGN_OR_RETURN(const IssuedToken issued, tokens.Issue(wish));
  Set(token_request, {"apiVersion"}, "authentication.k8s.io/v1");
  Set(token_request, {"kind"}, "TokenRequest");
  Set(token_request, {"metadata", "name"}, Value(wish.service_account));
  Set(token_request, {"metadata", "namespace"}, Value(wish.ns));
  Set(token_request, {"spec", "audiences"},
      StringArray(wish.audiences.empty() ? std::vector<std::string>{std::string(kTokenIssuer)}
                                         : wish.audiences));
  Set(token_request, {"spec", "expirationSeconds"}, wish.lifetime.count());
  Set(token_request, {"status"},
      Object{{"token", issued.token}, {"expirationTimestamp", FormatTime(issued.expires)}});
  return Status::Ok();
}

Status AnswerTokenReview(ServiceAccountTokens& tokens, Value& review) {
  const std::string_view token = StringAt(review, {"spec", "token"});
  if (token.empty()) return BadRequest("token is required for TokenReview in authentication");
  const std::vector<std::string> audiences = StringsAt(review, {"spec", "audiences"});
  const Result<TokenOwner> owner = tokens.Authenticate(token, audiences);
  if (!owner.ok()) {
    Set(review, {"status"}, Object{{"authenticated", false}, {"error", owner.status().message()}});
    return Status::Ok();
  }
  Object status{{"authenticated", true}, {"user", UserInfo(owner->identity)}};
  if (!audiences.empty()) status.emplace("audiences", StringArray(owner->audiences));
  Set(review, {"status"}, std::move(status));
  return Status::Ok();
}

}  // namespace noizy::apiserver
