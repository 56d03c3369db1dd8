// Tokens of service accounts: made on request (TokenRequest), checked with each request that bears
// one. A token dies with its time, with its service account, and with the Secret it is bound to.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "apiserver/authorization/identity.h"
#include "apiserver/storage/store.h"
#include "machinery/base/clock.h"
#include "machinery/base/mutex.h"
#include "machinery/base/random.h"
#include "machinery/base/status.h"
#include "machinery/pki/es256.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// Who signs, and whom a token is for unless it says otherwise.
inline constexpr std::string_view kTokenIssuer = "https://noizy";

/// What a token is asked for, as TokenRequest's spec.
struct TokenWish {
  std::string ns;
  std::string service_account;
  std::vector<std::string> audiences;  // empty: this server
  std::chrono::seconds lifetime{3600};
  /// The Secret it dies with; "" for none.
  std::string bound_secret;
  std::string bound_uid;
};

struct IssuedToken {
  std::string token;
  WallTime expires;
};

/// Whose a good token is.
struct TokenOwner {
  Identity identity;
  std::vector<std::string> audiences;
};

/// Thread-safe.
class ServiceAccountTokens {
 public:
  ServiceAccountTokens(const Store& store, Es256Key key, const Clock& clock, Random& random)
      : store_(store), key_(std::move(key)), clock_(clock), random_(random) {}

  /// NotFound without the service account or the Secret; Conflict for a Secret of another uid.
  Result<IssuedToken> Issue(const TokenWish& wish);

  /// Unauthorized for a token that is not good now, or for none of `audiences` (empty: this
  /// server). The owner's audiences are those of `audiences` that the token is for.
  Result<TokenOwner> Authenticate(std::string_view token,
                                  const std::vector<std::string>& audiences = {});

 private:
  Result<Value> ClaimsOf(std::string_view token);

  const Store& store_;
  const Es256Key key_;
  const Clock& clock_;
  Random& random_;
  Mutex mutex_;
  /// Claims of tokens whose signature was found good, by the token's hash: checking costs 100 µs.
  std::unordered_map<std::string, Value> verified_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy::apiserver
