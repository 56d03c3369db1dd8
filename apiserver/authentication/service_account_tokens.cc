#include "apiserver/authentication/service_account_tokens.h"

#include <algorithm>

#include "apiserver/authentication/json_web_token.h"
#include "machinery/meta/meta.h"
#include "machinery/pki/pki.h"
#include "machinery/value/json.h"
#include "machinery/value/string_array.h"

namespace noizy::apiserver {
namespace {

using std::chrono::seconds;

// A grid has a handful of programs; when there are more, all are checked anew.
constexpr std::size_t kMaxVerified = 1024;
// Clocks of two machines may differ by this much.
constexpr std::int64_t kLeewaySeconds = 10;

std::int64_t UnixSeconds(WallTime time) {
  return std::chrono::floor<seconds>(time.time_since_epoch()).count();
}

Status NoGood(std::string_view why) {
  std::string text = "Unauthorized: ";
  return Unauthorized(text.append(why));
}

// The uid of an object that is there; "" when it is not.
std::string LiveUid(const Store& store, std::string_view resource, std::string_view ns,
                    std::string_view name) {
  const StoredObjectPtr stored =
      store.Get({std::string(resource), std::string(ns), std::string(name)});
  if (stored == nullptr) return {};
  const Result<Value> object = ParseJson(stored->bytes);
  return object.ok() ? std::string(UidOf(*object)) : std::string();
}

Status CheckTimes(const Value& claims, std::int64_t now) {
  const std::int64_t not_before = IntAt(claims, {"nbf"}).value_or(0);
  const std::int64_t expires = IntAt(claims, {"exp"}).value_or(0);
  if (StringAt(claims, {"iss"}) != kTokenIssuer) return NoGood("the token is of another issuer");
  if (now >= expires) return NoGood("the token has expired");
  return now + kLeewaySeconds < not_before ? NoGood("the token is not valid yet") : Status::Ok();
}

// The service account and what the token is bound to must be the very ones it was made for.
Status CheckAlive(const Store& store, const Value& bound) {
  const std::string_view ns = StringAt(bound, {"namespace"});
  const auto lives = [&](std::string_view resource, std::string_view member) {
    const std::string uid = LiveUid(store, resource, ns, StringAt(bound, {member, "name"}));
    return !uid.empty() && uid == StringAt(bound, {member, "uid"});
  };
  if (!lives("serviceaccounts", "serviceaccount")) return NoGood("the service account is gone");
  if (Find(bound, {"secret"}) != nullptr && !lives("secrets", "secret"))
    return NoGood("the secret that the token is bound to is gone");
  return Status::Ok();
}

Object Reference(std::string_view name, std::string_view uid) {
  return Object{{"name", name}, {"uid", uid}};
}

// The "kubernetes.io" claim: what the token lives and dies with.
Result<Object> BoundTo(const Store& store, const TokenWish& wish) {
  const std::string uid = LiveUid(store, "serviceaccounts", wish.ns, wish.service_account);
  if (uid.empty()) return NotFound("serviceaccounts", wish.service_account);
  Object bound{{"namespace", wish.ns}, {"serviceaccount", Reference(wish.service_account, uid)}};
  if (wish.bound_secret.empty()) return bound;
  const std::string secret_uid = LiveUid(store, "secrets", wish.ns, wish.bound_secret);
  if (secret_uid.empty()) return NotFound("secrets", wish.bound_secret);
  if (!wish.bound_uid.empty() && wish.bound_uid != secret_uid) {
    return Conflict("secrets", wish.bound_secret,
                    "the UID in the bound object reference does not match the UID in record");
  }
  bound.emplace("secret", Reference(wish.bound_secret, secret_uid));
  return bound;
}

}  // namespace

Result<IssuedToken> ServiceAccountTokens::Issue(const TokenWish& wish) {
  NOIZY_ASSIGN_OR_RETURN(Object bound, BoundTo(store_, wish));
  const WallTime now = clock_.Now();
  IssuedToken issued{"", now + wish.lifetime};
  Array audiences = StringArray(wish.audiences);
  if (audiences.empty()) audiences.emplace_back(kTokenIssuer);
  const Value claims = Object{{"aud", std::move(audiences)},
                              {"exp", UnixSeconds(issued.expires)},
                              {"iat", UnixSeconds(now)},
                              {"iss", kTokenIssuer},
                              {"jti", random_.Uuid()},
                              {"kubernetes.io", std::move(bound)},
                              {"nbf", UnixSeconds(now)},
                              {"sub", ServiceAccountIdentity(wish.ns, wish.service_account).user}};
  NOIZY_ASSIGN_OR_RETURN(issued.token, SignToken(key_, claims));
  return issued;
}

Result<Value> ServiceAccountTokens::ClaimsOf(std::string_view token) {
  const std::string hash = Sha256Hex(token);
  {
    MutexLock lock(mutex_);
    const auto found = verified_.find(hash);
    if (found != verified_.end()) return found->second;
  }
  NOIZY_ASSIGN_OR_RETURN(Value claims, VerifyToken(key_, token));
  MutexLock lock(mutex_);
  if (verified_.size() >= kMaxVerified) verified_.clear();
  verified_.emplace(hash, claims);
  return claims;
}

Result<TokenOwner> ServiceAccountTokens::Authenticate(std::string_view token,
                                                      const std::vector<std::string>& audiences) {
  NOIZY_ASSIGN_OR_RETURN(const Value claims, ClaimsOf(token));
  NOIZY_RETURN_IF_ERROR(CheckTimes(claims, UnixSeconds(clock_.Now())));
  TokenOwner owner;
  const std::vector<std::string> meant = StringsAt(claims, {"aud"});
  const std::vector<std::string> wanted =
      audiences.empty() ? std::vector<std::string>{std::string(kTokenIssuer)} : audiences;
  for (const std::string& audience : wanted) {
    if (std::ranges::find(meant, audience) != meant.end()) owner.audiences.push_back(audience);
  }
  if (owner.audiences.empty()) return NoGood("the token is meant for somebody else");
  const Value* bound = Find(claims, {"kubernetes.io"});
  if (bound == nullptr) return NoGood("the token belongs to no service account");
  NOIZY_RETURN_IF_ERROR(CheckAlive(store_, *bound));
  owner.identity = ServiceAccountIdentity(StringAt(*bound, {"namespace"}),
                                          StringAt(*bound, {"serviceaccount", "name"}));
  owner.identity.uid = StringAt(*bound, {"serviceaccount", "uid"});
  owner.identity.extra["authentication.kubernetes.io/credential-id"] = {
      "JTI=" + std::string(StringAt(claims, {"jti"}))};
  return owner;
}

}  // namespace noizy::apiserver
