#include "apiserver/authentication/fence_token.h"

#include "apiserver/authentication/json_web_token.h"
#include "apiserver/authentication/service_account_tokens.h"
#include "machinery/value/base64.h"

namespace noizy::apiserver {

Result<std::string> SignFenceToken(const Es256Key& key, const Fence& fence, WallTime now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  const Value claims =
      Object{{"aud", Array{kFenceAudience}},
             {"iat", seconds.count()},
             {"iss", kTokenIssuer},
             {"noizy.dev", Object{{"namespace", fence.ns},
                                  {"task", Object{{"name", fence.task}, {"uid", fence.uid}}},
                                  {"attempt", fence.attempt},
                                  {"node", fence.node}}},
             {"sub", "system:noizy:task:" + fence.ns + ":" + fence.task}};
  return SignToken(key, claims);
}

Value JsonWebKeySet(const Es256Key& key) {
  const std::string_view point = key.point();
  const std::size_t half = point.size() / 2;
  return Object{{"keys", Array{Object{{"use", "sig"},
                                      {"kty", "EC"},
                                      {"kid", key.id()},
                                      {"crv", "P-256"},
                                      {"alg", "ES256"},
                                      {"x", EncodeBase64Url(point.substr(0, half))},
                                      {"y", EncodeBase64Url(point.substr(half))}}}}};
}

Value OpenIdConfiguration() {
  return Object{{"issuer", kTokenIssuer},
                {"jwks_uri", std::string(kTokenIssuer) + "/openid/v1/jwks"},
                {"response_types_supported", Array{"id_token"}},
                {"subject_types_supported", Array{"public"}},
                {"id_token_signing_alg_values_supported", Array{"ES256"}}};
}

}  // namespace noizy::apiserver
