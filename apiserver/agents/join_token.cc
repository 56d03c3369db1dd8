#include "apiserver/agents/join_token.h"

#include "machinery/meta/time.h"
#include "machinery/pki/pki.h"
#include "machinery/value/base64.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t kIdLength = 6;
constexpr std::size_t kSecretLength = 16;

std::string RandomText(Random& random, std::size_t length) {
  std::string text;
  for (std::size_t i = 0; i < length; ++i) text += kAlphabet[random.Below(kAlphabet.size())];
  return text;
}

// A member of the Secret's data, decoded; "" when it is missing or broken.
std::string Member(const Secret& secret, const std::string& name) {
  const auto entry = secret.data.find(name);
  if (entry == secret.data.end()) return {};
  return DecodeBase64(entry->second).ValueOr("");
}

std::string MakeNew() {
  return "make another one: noizy token create";
}

}  // namespace

JoinToken NewJoinToken(Random& random) {
  std::string id = RandomText(random, kIdLength);
  return {std::move(id), RandomText(random, kSecretLength)};
}

Result<JoinToken> ParseJoinToken(std::string_view text) {
  const auto dot = text.find('.');
  const bool fits = dot == kIdLength && text.size() == kIdLength + 1 + kSecretLength &&
                    text.find_first_not_of(kAlphabet) == dot &&
                    text.find_first_not_of(kAlphabet, dot + 1) == std::string_view::npos;
  if (!fits) {
    return BadRequest(
        "a join token looks like abcdef.0123456789abcdef; it is the last line that \"noizy token "
        "create\" prints");
  }
  return JoinToken{std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
}

Secret SecretOf(const JoinToken& token, WallTime expires, const std::string& node_name) {
  Secret secret;
  secret.metadata.ns = kTokenNamespace;
  secret.metadata.name = token.SecretName();
  secret.type = kTokenType;
  secret.data["token-sha256"] = EncodeBase64(Sha256Hex(token.Text()));
  secret.data["expiration"] = EncodeBase64(FormatTime(expires));
  if (!node_name.empty()) secret.data["node-name"] = EncodeBase64(node_name);
  return secret;
}

bool HasExpired(const Secret& secret, WallTime now) {
  if (secret.type != kTokenType) return false;
  const auto expires = ParseTime(Member(secret, "expiration"));
  return !expires.ok() || *expires <= now;
}

Status UnknownToken() {
  return Unauthorized(
      "the join token is wrong, or was used already: a token lets one machine join; " + MakeNew());
}

Status CheckToken(const JoinToken& token, const Secret* secret, const std::string& node_name,
                  WallTime now) {
  // Compared even when there is none, so that both take the same time.
  const std::string stored = secret == nullptr || secret->type != kTokenType
                                 ? std::string(64, '0')
                                 : Member(*secret, "token-sha256");
  if (!ConstantTimeEqual(Sha256Hex(token.Text()), stored)) return UnknownToken();
  if (HasExpired(*secret, now)) {
    return Unauthorized("the join token expired at " + Member(*secret, "expiration") + "; " +
                        MakeNew());
  }
  const std::string bound = Member(*secret, "node-name");
  if (!bound.empty() && bound != node_name) {
    return Forbidden("the join token is for a node named \"" + bound + "\", not \"" + node_name +
                     "\"");
  }
  return Status::Ok();
}

}  // namespace noizy::apiserver
