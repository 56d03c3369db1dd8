// One-time tokens that let a machine join: "abcdef.0123456789abcdef", as kubeadm's. Pure.
//
// A token is kept as a Secret of type noizy.dev/join-token in namespace noizy-system, named
// join-token-<id>, with the SHA-256 of the whole token, never the token. It is deleted in the act
// of being used, so that of two machines with the same token one wins.
#pragma once

#include <string>
#include <string_view>

#include "kinds/secret.h"
#include "machinery/base/clock.h"
#include "machinery/base/random.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

inline constexpr std::string_view kTokenNamespace = "noizy-system";
inline constexpr std::string_view kTokenType = "noizy.dev/join-token";

struct JoinToken {
  std::string id;      // 6 of [a-z0-9]; not secret
  std::string secret;  // 16 of [a-z0-9]: 83 bits

  std::string Text() const { return id + "." + secret; }
  std::string SecretName() const { return "join-token-" + id; }
};

JoinToken NewJoinToken(Random& random);
/// BadRequest, in words that do not repeat the text.
Result<JoinToken> ParseJoinToken(std::string_view text);

/// What is stored of a token. `node_name` "": a machine may choose its name.
Secret SecretOf(const JoinToken& token, WallTime expires, const std::string& node_name);
/// True when the Secret is a token that has expired.
bool HasExpired(const Secret& secret, WallTime now);

/// Ok when `token` may be used for `node_name`. Whoever does not know the token learns nothing but
/// that: a wrong one and an unknown one are answered alike. `secret` is null when there is none of
/// that id.
Status CheckToken(const JoinToken& token, const Secret* secret, const std::string& node_name,
                  WallTime now);
/// What a wrong, unknown or used token is answered.
Status UnknownToken();

}  // namespace noizy::apiserver
