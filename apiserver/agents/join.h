// How a machine becomes a node: it trades a one-time token for a client certificate.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "apiserver/agents/grid_state.h"
#include "apiserver/agents/join_token.h"
#include "machinery/base/clock.h"
#include "machinery/base/mutex.h"
#include "machinery/base/random.h"
#include "machinery/pki/pki.h"
#include "noizy/v1/agent.pb.h"

namespace noizy::apiserver {

/// Failed attempts of one remote host, so that tokens cannot be guessed. Thread-safe.
class JoinLimiter {
 public:
  static constexpr int kFailuresPerMinute = 5;
  /// Hosts remembered: what an attacker with many addresses can make us remember.
  static constexpr std::size_t kMaxHosts = 10'000;

  explicit JoinLimiter(const Clock& clock) : clock_(clock) {}
  /// TooManyRequests, with when to come back, when the host has failed too often. Otherwise counts
  /// a failure, until Forgive.
  Status Admit(const std::string& host) NOIZY_EXCLUDES(mutex_);
  /// The attempt that was admitted last succeeded.
  void Forgive(const std::string& host) NOIZY_EXCLUDES(mutex_);

 private:
  void DropOld(MonotonicTime now) NOIZY_REQUIRES(mutex_);

  const Clock& clock_;
  Mutex mutex_;
  std::map<std::string, std::deque<MonotonicTime>> failures_ NOIZY_GUARDED_BY(mutex_);
};

/// Who signs nodes' certificates, and whom nodes trust.
struct NodeAuthority {
  CertificateAuthority signer;
  std::string trusted_pem;  // the signer first
};

struct JoinerOptions {
  /// As it is now; thread-safe.
  std::function<NodeAuthority()> authority;
  Duration certificate_validity = std::chrono::hours(24);
  /// Clocks of machines that just joined are often a little behind.
  Duration backdating = std::chrono::minutes(5);
};

/// Thread-safe. Calls block for durable writes: not for the executor's thread.
class Joiner {
 public:
  Joiner(GridState& grid, const Clock& clock, Random& random, JoinerOptions options)
      : grid_(grid),
        clock_(clock),
        random_(random),
        options_(std::move(options)),
        limiter_(clock) {}

  /// A new token's text, good for `ttl`. Expired ones are swept.
  Result<std::string> CreateToken(Duration ttl, const std::string& node_name);

  /// Unauthorized or Forbidden for the token's sake, TooManyRequests, BadRequest for a name or
  /// request that cannot be, AlreadyExists for the name of a living node.
  Result<v1::JoinResponse> Join(const v1::JoinRequest& request, const std::string& remote_address);

  /// The next certificate of a node that is in session. Forbidden unless the request is for the
  /// node's own name and nothing else.
  Result<v1::CertificateAnswer> Renew(const std::string& node, const std::string& csr_pem) const
      NOIZY_EXCLUDES(mutex_);
  /// Whether the node's newest certificate is known to be by the signer of now.
  bool IsUpToDate(const std::string& node) const NOIZY_EXCLUDES(mutex_);
  /// Whom nodes trust now.
  std::string TrustedNow() const { return options_.authority().trusted_pem; }

 private:
  Result<v1::JoinResponse> JoinAdmitted(const v1::JoinRequest& request);
  Status CheckNameIsFree(const std::string& name) const;
  Status UseToken(const Secret& secret);
  Status EnsureNode(const std::string& name);
  Result<std::string> Sign(const std::string& name, const SigningRequest& request) const
      NOIZY_EXCLUDES(mutex_);
  void SweepTokens();

  GridState& grid_;
  const Clock& clock_;
  Random& random_;
  const JoinerOptions options_;
  JoinLimiter limiter_;
  mutable Mutex mutex_;
  // By node: the certificate of who signed for it last, since this process began.
  mutable std::map<std::string, std::string> signed_by_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy::apiserver
