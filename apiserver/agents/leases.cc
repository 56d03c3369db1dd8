#include "apiserver/agents/leases.h"

#include <algorithm>
#include <cstdlib>

#include "machinery/base/log.h"
#include "machinery/meta/time.h"

namespace noizy::apiserver {
namespace {

constexpr Duration kDefaultDuration = std::chrono::seconds(4);
constexpr std::chrono::seconds kRetryAfter{1};

}  // namespace

Duration LeaseDurationOf(const Node& node) {
  const double seconds = std::strtod(node.spec.lease_duration_seconds.c_str(), nullptr);
  if (!(seconds > 0)) return kDefaultDuration;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

Duration GrantedOf(const Node& node) {
  const auto& lease = node.status.lease;
  if (!lease || !lease->granted_milliseconds) return LeaseDurationOf(node);
  return std::chrono::milliseconds(*lease->granted_milliseconds);
}

void SetGranted(NodeLease& lease, Duration granted) {
  lease.granted_milliseconds = std::chrono::ceil<std::chrono::milliseconds>(granted).count();
}

Duration LeaseLifetime(Duration duration) {
  return duration + duration * kClockRateErrorPercent / 100 + kLeaseGuard;
}

void LeaseTable::Adopt(const Node& node) {
  const auto& written = node.status.lease;
  if (!written || written->epoch == 0 || !written->expired_time.empty()) return;
  if (!Find(node.metadata.name)) {
    Hold(node.metadata.name, written->epoch, LeaseDurationOf(node), GrantedOf(node));
  }
}

void LeaseTable::Hold(const std::string& node, std::int64_t epoch, Duration duration,
                      Duration granted) {
  LeasePtr& lease = leases_[node];
  if (!lease) {
    lease = std::make_shared<Lease>();
    // A server before us may have granted all of it just now.
    lease->renewed = clock_.Monotonic();
    lease->lifetime = LeaseLifetime(granted);
  }
  lease->epoch = epoch;
  lease->duration = duration;
  lease->granted = granted;
  lease->ended = false;
  Touch(*lease);
  Arm(node, lease);
}

void LeaseTable::Renew(const std::string& node, std::function<void(Grant)> granted) {
  const LeasePtr lease = Find(node);
  if (!lease) return;
  Touch(*lease);
  if (std::exchange(lease->held_on, false)) WriteHeldOn(node, "");
  if (!lease->ended) {
    granted({lease->epoch, MayGrant(*lease)});
    return SettleGranted(node, lease);
  }
  lease->waiting = std::move(granted);
  Settle(node, lease);
}

void LeaseTable::SetDuration(const std::string& node, Duration duration) {
  const LeasePtr lease = Find(node);
  if (!lease) return;
  lease->duration = duration;
  SettleGranted(node, lease);
}

void LeaseTable::Forget(const std::string& node) {
  leases_.erase(node);
}

std::int64_t LeaseTable::EpochOf(const std::string& node) const {
  const LeasePtr lease = Find(node);
  return lease && !lease->ended ? lease->epoch : 0;
}

LeaseTable::LeasePtr LeaseTable::Find(const std::string& node) const {
  const auto found = leases_.find(node);
  return found == leases_.end() ? nullptr : found->second;
}

// What is not written yet is not granted.
Duration LeaseTable::MayGrant(const Lease& lease) {
  return std::min(lease.duration, lease.granted);
}

// Never to an earlier end: the agent keeps the longer of two grants, and may not have had the
// newer.
void LeaseTable::Touch(Lease& lease) {
  const MonotonicTime end = lease.renewed + lease.lifetime;
  lease.renewed = clock_.Monotonic();
  lease.heard = clock_.Now();
  lease.lifetime = std::max(LeaseLifetime(MayGrant(lease)), end - lease.renewed);
  lease.excused = false;
}

// One timer a lease: a renewal only moves the time it looks at when it fires.
void LeaseTable::Arm(const std::string& node, const LeasePtr& lease) {
  if (lease->armed) return;
  lease->armed = true;
  const Duration left = lease->renewed + lease->lifetime - clock_.Monotonic();
  executor_.PostAfter(std::max(left, Duration::zero()), [this, node, lease] {
    lease->armed = false;
    Look(node, lease);
  });
}

void LeaseTable::Look(const std::string& node, const LeasePtr& lease) {
  if (lease->ended || Find(node) != lease) return;
  const Duration late = clock_.Monotonic() - (lease->renewed + lease->lifetime);
  if (late < Duration::zero()) return Arm(node, lease);
  if (late >= kStall && !lease->excused) {
    // What the node sent meanwhile waits behind us. Once only: a busy machine must not keep a dead
    // node alive.
    lease->excused = true;
    lease->renewed = clock_.Monotonic();
    return Arm(node, lease);
  }
  if (HoldsOn(node, lease)) return Arm(node, lease);
  lease->ended = true;
  LogWarning("Ended the lease of a silent node", {{"object", "Node " + node}});
  Settle(node, lease);
}

// Nobody was heard for as long as two heartbeats take.
bool LeaseTable::AllSilent() const {
  const MonotonicTime now = clock_.Monotonic();
  return std::ranges::all_of(leases_, [&](const auto& entry) {
    const Lease& lease = *entry.second;
    return lease.ended || lease.held_on ||
           now - lease.renewed > 2 * lease.duration / kHeartbeatsPerLease;
  });
}

// Silence says nothing of the nodes while it is we who cannot hear. Once we can again, they get the
// time that they have after a restart of ours.
bool LeaseTable::HoldsOn(const std::string& node, const LeasePtr& lease) {
  const bool cut_off = AllSilent() && cut_off_();
  if (!cut_off && !lease->held_on) return false;
  const MonotonicTime now = clock_.Monotonic();
  lease->renewed = cut_off ? now - lease->lifetime + kCutOffPoll : now;
  if (std::exchange(lease->held_on, cut_off) == cut_off) return true;
  LogWarning(cut_off ? "Held on to a lease: this machine has no network"
                     : "Waits for a node: this machine has a network again",
             {{"object", "Node " + node}});
  WriteHeldOn(node, cut_off ? FormatTime(clock_.Now()) : "");
  return true;
}

void LeaseTable::WriteHeldOn(const std::string& node, const std::string& since) {
  const auto change = [since](Node& object) -> Result<bool> {
    if (!object.status.lease || object.status.lease->held_since == since) return false;
    object.status.lease->held_since = since;
    return true;
  };
  grid_.ChangeNodeStatus(node, change, [node](const Status& status) {
    if (!status.ok())
      LogWarning("Failed to write that a lease is held",
                 {{"object", "Node " + node}, {"error", status.ToString()}});
  });
}

std::optional<Duration> LeaseTable::Slept(const std::string& node, Duration suspended) {
  const auto [known, first] = suspended_.try_emplace(node, suspended);
  const Duration slept = suspended - std::exchange(known->second, suspended);
  if (first || slept < kLeastSleep) return std::nullopt;
  return slept;
}

// Writes what an ended lease still lacks: the word of its end, or the beginning of the next epoch.
void LeaseTable::Settle(const std::string& node, const LeasePtr& lease) {
  if (lease->writing || !lease->ended) return;
  if (lease->end_written != lease->epoch) {
    WriteEnd(node, lease);
  } else if (lease->waiting) {
    WriteNextEpoch(node, lease);
  }
}

void LeaseTable::WriteEnd(const std::string& node, const LeasePtr& lease) {
  const auto change = [epoch = lease->epoch, heard = FormatMicroTime(lease->heard),
                       now = FormatMicroTime(clock_.Now())](Node& object) -> Result<bool> {
    auto& written = object.status.lease;
    if (!written || written->epoch != epoch || !written->expired_time.empty()) return false;
    written->expired_time = now;
    written->renew_time = heard;
    return true;
  };
  Write(node, lease, change, [lease, epoch = lease->epoch] { lease->end_written = epoch; });
}

void LeaseTable::WriteNextEpoch(const std::string& node, const LeasePtr& lease) {
  const auto next = std::make_shared<Grant>();
  const auto change = [next, heard = FormatMicroTime(lease->heard)](Node& object) -> Result<bool> {
    NodeLease& written = object.status.lease ? *object.status.lease : object.status.lease.emplace();
    *next = {++written.epoch, LeaseDurationOf(object)};
    SetGranted(written, next->duration);
    written.renew_time = heard;
    written.expired_time.clear();
    written.asleep_time.clear();
    return true;
  };
  Write(node, lease, change, [this, node, lease, next] {
    lease->epoch = next->epoch;
    lease->granted = next->duration;
    lease->ended = false;
    // It may have become longer while this was written.
    lease->lifetime = std::max(lease->lifetime, LeaseLifetime(MayGrant(*lease)));
    LogInfo("Began a new lease",
            {{"object", "Node " + node}, {"epoch", std::to_string(lease->epoch)}});
    if (const auto waiting = std::exchange(lease->waiting, nullptr)) {
      waiting({lease->epoch, MayGrant(*lease)});
    }
    Arm(node, lease);
  });
}

// Raised before more is granted, lowered when all longer grants are over. From the moment that it
// is being lowered on, no more is granted.
void LeaseTable::SettleGranted(const std::string& node, const LeasePtr& lease) {
  const Duration wanted = lease->duration;
  if (lease->writing || lease->ended || wanted == lease->granted) return;
  if (wanted < lease->granted && lease->lifetime > LeaseLifetime(wanted)) return;
  lease->granted = std::min(lease->granted, wanted);
  const auto applied = std::make_shared<bool>(false);
  const auto change = [applied, wanted, epoch = lease->epoch](Node& object) -> Result<bool> {
    *applied = object.status.lease && object.status.lease->epoch == epoch;
    if (*applied) SetGranted(*object.status.lease, wanted);
    return *applied;
  };
  Write(node, lease, change, [lease, applied, wanted, epoch = lease->epoch] {
    if (*applied && lease->epoch == epoch) lease->granted = wanted;
  });
}

// Writes until it succeeds, since a lease's end must not be lost: the tasks of a dead node hang on
// it.
void LeaseTable::Write(const std::string& node, const LeasePtr& lease,
                       GridState::Change<Node> change, std::function<void()> written) {
  lease->writing = true;
  const auto done = [this, node, lease, change, written](const Status& status) {
    if (Find(node) != lease) return;
    if (!status.ok() && status.reason() != StatusReason::kNotFound) {
      LogError("Failed to write a lease",
               {{"object", "Node " + node}, {"error", status.ToString()}});
      executor_.PostAfter(kRetryAfter, [this, node, lease, change, written] {
        if (Find(node) == lease) Write(node, lease, change, written);
      });
      return;
    }
    lease->writing = false;
    if (!status.ok()) return;  // the Node is gone
    written();
    Settle(node, lease);
    SettleGranted(node, lease);
  };
  grid_.ChangeNodeStatus(node, change, [&executor = executor_, done](const Status& status) {
    executor.Post([done, status] { done(status); });
  });
}

}  // namespace noizy::apiserver
