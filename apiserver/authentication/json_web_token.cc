#include "apiserver/authentication/json_web_token.h"

#include "machinery/value/base64.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

Status NotAToken() {
  return Unauthorized("Unauthorized: the token is not one of this grid's");
}

Result<Value> DecodePart(std::string_view part) {
  NOIZY_ASSIGN_OR_RETURN(const std::string text, DecodeBase64Url(part));
  NOIZY_ASSIGN_OR_RETURN(Value value, ParseJson(text));
  if (!value.is_object()) return NotAToken();
  return value;
}

}  // namespace

Result<std::string> SignToken(const Es256Key& key, const Value& claims) {
  const Value header = Object{{"alg", "ES256"}, {"kid", key.id()}, {"typ", "JWT"}};
  std::string token = EncodeBase64Url(ToJson(header));
  token.append(".").append(EncodeBase64Url(ToJson(claims)));
  NOIZY_ASSIGN_OR_RETURN(const std::string signature, key.Sign(token));
  return token.append(".").append(EncodeBase64Url(signature));
}

Result<Value> VerifyToken(const Es256Key& key, std::string_view token) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (token.size() > kMaxTokenBytes || first == last) return NotAToken();
  const Result<std::string> signature = DecodeBase64Url(token.substr(last + 1));
  if (!signature.ok() || !key.Verify(token.substr(0, last), *signature)) return NotAToken();
  // What follows was written by this server, or by somebody who has its key.
  const Result<Value> header = DecodePart(token.substr(0, first));
  if (!header.ok() || StringAt(*header, {"alg"}) != "ES256") return NotAToken();
  const Result<Value> claims = DecodePart(token.substr(first + 1, last - first - 1));
  if (!claims.ok()) return NotAToken();
  return *claims;
}

}  // namespace noizy::apiserver
