#include "machinery/controller/leader_election.h"

#include <algorithm>
#include <utility>

#include "machinery/base/log.h"
#include "machinery/meta/time.h"

namespace noizy {
namespace {

// Candidates that started together must not collide for ever.
constexpr double kJitter = 0.2;

const ResourceRef& Leases() {
  static const ResourceRef kLeases{"coordination.k8s.io", "v1", "leases", true};
  return kLeases;
}

std::int64_t WholeSeconds(Duration duration) {
  return std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(duration).count());
}

Duration LeaseDurationOf(const Value& lease) {
  return std::chrono::seconds(IntAt(lease, {"spec", "leaseDurationSeconds"}).value_or(0));
}

}  // namespace

LeaderElector::LeaderElector(const Client& client, Executor& executor, const Clock& clock,
                             Random& random, LeaderElectionOptions options, Callbacks callbacks)
    : client_(client),
      executor_(executor),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      alive_(std::make_shared<bool>(true)) {}

LeaderElector::~LeaderElector() {
  Stop();
  *alive_ = false;
}

void LeaderElector::Start() {
  if (std::exchange(running_, true)) return;
  executor_.Post([this, alive = alive_] {
    if (*alive) Tick();
  });
}

void LeaderElector::Stop() {
  if (!std::exchange(running_, false)) return;
  executor_.Cancel(timer_);
  if (!leading_) return;
  Resign();
  // Best effort: without it the next leader waits for the Lease to run out.
  if (const Status released = Release(); !released.ok()) {
    LogWarning("Failed to let go of the leader's Lease", {{"error", released.ToString()}});
  }
}

void LeaderElector::Tick() {
  if (!running_) return;
  const MonotonicTime sent = clock_.Monotonic();
  if (TryAcquireOrRenew()) {
    renewed_at_ = sent;
    if (!leading_) Lead();
  } else if (leading_ && observed_holder_ != options_.identity) {
    Resign();  // the Lease is another's: somebody took it from us
  }
  // Also after a call that took long: what counts is when the last good renewal was sent.
  if (leading_ && clock_.Monotonic() - renewed_at_ >= options_.renew_deadline) Resign();
  ScheduleTick();
}

void LeaderElector::ScheduleTick() {
  if (!running_) return;  // a callback may have stopped us
  Duration wait = options_.retry_period;
  if (leading_) {
    wait = std::min(wait, renewed_at_ + options_.renew_deadline - clock_.Monotonic());
  } else {
    wait = Duration(static_cast<std::int64_t>(static_cast<double>(wait.count()) *
                                              (1 + kJitter * random_.Unit())));
  }
  timer_ = executor_.PostAfter(wait, [this, alive = alive_] {
    if (*alive) Tick();
  });
}

// True when the Lease is ours as of this call.
bool LeaderElector::TryAcquireOrRenew() {
  Result<Value> lease = client_.Get(Leases(), {options_.ns, options_.name});
  if (lease.status().reason() == StatusReason::kNotFound) {
    return Take(Value()).ok();
  }
  if (!lease.ok()) return false;
  Observe(*lease);
  const bool ours = observed_holder_ == options_.identity;
  const bool expired = clock_.Monotonic() - observed_at_ >= LeaseDurationOf(*lease);
  if (!ours && !observed_holder_.empty() && !expired) return false;
  return Take(*lease).ok();
}

// Writes our claim over what was seen; the resourceVersion in it lets one candidate win.
Status LeaderElector::Take(const Value& seen) {
  Result<Value> written =
      seen.is_null()
          ? client_.Create(Leases(), options_.ns, WithClaim(Object(), true))
          : client_.Update(Leases(), {options_.ns, options_.name}, WithClaim(seen, true));
  if (!written.ok()) return written.status();
  Observe(*written);
  return Status::Ok();
}

Value LeaderElector::WithClaim(Value lease, bool ours) const {
  const std::string now = FormatMicroTime(clock_.Now());
  const bool changes_hands =
      ours && StringAt(lease, {"spec", "holderIdentity"}) != options_.identity;
  const std::int64_t transitions = IntAt(lease, {"spec", "leaseTransitions"}).value_or(-1);
  Set(lease, {"apiVersion"}, "coordination.k8s.io/v1");
  Set(lease, {"kind"}, "Lease");
  Set(lease, {"metadata", "name"}, Value(options_.name));
  Set(lease, {"metadata", "namespace"}, Value(options_.ns));
  Set(lease, {"spec", "holderIdentity"}, Value(ours ? options_.identity : std::string()));
  Set(lease, {"spec", "leaseDurationSeconds"}, ours ? WholeSeconds(options_.lease_duration) : 1);
  Set(lease, {"spec", "renewTime"}, Value(now));
  if (changes_hands) {
    Set(lease, {"spec", "acquireTime"}, Value(now));
    Set(lease, {"spec", "leaseTransitions"}, transitions + 1);
  }
  return lease;
}

void LeaderElector::Observe(const Value& lease) {
  const std::string_view version = StringAt(lease, {"metadata", "resourceVersion"});
  if (version == observed_version_) return;
  observed_version_ = version;
  observed_at_ = clock_.Monotonic();
  const std::string_view holder = StringAt(lease, {"spec", "holderIdentity"});
  if (holder == observed_holder_) return;
  observed_holder_ = holder;
  if (callbacks_.on_new_leader) callbacks_.on_new_leader(observed_holder_);
}

void LeaderElector::Lead() {
  leading_ = true;
  LogInfo("Started leading", {{"object", "Lease " + options_.ns + "/" + options_.name},
                              {"identity", options_.identity}});
  if (callbacks_.on_started) callbacks_.on_started();
}

void LeaderElector::Resign() {
  leading_ = false;
  LogInfo("Stopped leading", {{"object", "Lease " + options_.ns + "/" + options_.name},
                              {"identity", options_.identity}});
  if (callbacks_.on_stopped) callbacks_.on_stopped();
}

Status LeaderElector::Release() {
  const ObjectKey key{options_.ns, options_.name};
  NOIZY_ASSIGN_OR_RETURN(const Value lease, client_.Get(Leases(), key));
  if (StringAt(lease, {"spec", "holderIdentity"}) != options_.identity) return Status::Ok();
  return client_.Update(Leases(), key, WithClaim(lease, false)).status();
}

}  // namespace noizy
