// Proof of an attempt's number, for stores outside of the grid: they remember the highest number
// that they saw of a task, and refuse what comes with a lower one.
#pragma once

#include <string>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/pki/es256.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// Whom a fence token is for, so that it is good for nothing else.
inline constexpr std::string_view kFenceAudience = "https://noizy/fence";

/// What a fence token says.
struct Fence {
  std::string ns;
  std::string task;
  std::string uid;
  std::int64_t attempt = 0;
  std::string node;
};

/// A JSON Web Token (ES256, aud kFenceAudience) whose claim "noizy.dev" holds namespace, task
/// {name, uid}, attempt and node. It does not expire: a number that was raised is never lowered.
Result<std::string> SignFenceToken(const Es256Key& key, const Fence& fence, WallTime now);

/// RFC 7517: the public key that checks the tokens made here. For GET /openid/v1/jwks.
Value JsonWebKeySet(const Es256Key& key);

/// OpenID Connect Discovery 1.0, as far as Kubernetes serves it. For GET
/// /.well-known/openid-configuration.
Value OpenIdConfiguration();

}  // namespace noizy::apiserver
