// JSON Web Tokens (RFC 7519) signed with ES256, and no other kind: an algorithm that a token could
// choose is an old way in.
#pragma once

#include <string>
#include <string_view>

#include "machinery/base/status.h"
#include "machinery/pki/es256.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// Longer texts are nobody's token.
inline constexpr std::size_t kMaxTokenBytes = 16 * 1024;

Result<std::string> SignToken(const Es256Key& key, const Value& claims);

/// The claims of a token that `key` signed; Unauthorized for any other text. Does not look at
/// times and audiences.
Result<Value> VerifyToken(const Es256Key& key, std::string_view token);

}  // namespace noizy::apiserver
