// The nodes' leases: who was heard recently enough to keep its tasks.
//
// A lease lives in memory; only its beginnings and its end are written (Node.status.lease). The
// agent measures it from when it *sent* a heartbeat, on a clock that counts suspend, and stops
// AtMostOnce tasks when it ends. We measure it from when the heartbeat was *received*, which is
// later, and add what the two clocks' rates may differ by and a guard for the kill itself: when we
// say that a lease has ended, the agent's has ended before. No grant is given between the end and
// the durable write that begins the next epoch. When it was we who stood still, every lease gets
// one more lifetime, as after a restart: a stalled control plane must not fail the whole grid over.
// When all nodes fall silent while this machine has no network, it is we who are cut off: their
// leases are held on until there is a network again, and one lifetime more.
//
// No grant is longer than what Node.status.lease says was granted, which is written before a longer
// one is given, and lowered once the longer ones are over: a restarted server waits for the longest
// that an agent may hold, whatever the Node's duration is by then.
//
//           Hold                no Renew in time                  Renew
//   (none) ──────▶ held ───────────────────────────▶ ended ────────────────────▶ held
//        epoch n         writes expiredTime, once        writes epoch n+1, no expiredTime
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "apiserver/agents/grid_state.h"
#include "machinery/base/clock.h"
#include "machinery/base/executor.h"

namespace noizy::apiserver {

/// Quartz clocks differ by 0.01 %; 1 % also covers virtual machines that are throttled.
inline constexpr int kClockRateErrorPercent = 1;
/// Five times the slowest kill seen under load.
inline constexpr std::chrono::milliseconds kLeaseGuard{250};
/// A timer that fires this late tells of a control plane that stood still (a stopped process, a
/// machine that slept), and not of its nodes.
inline constexpr std::chrono::seconds kStall{1};
/// An agent renews this many times a lease, so that a lost message or two do not end it.
inline constexpr int kHeartbeatsPerLease = 4;

/// Node.spec.leaseDurationSeconds, which may be a fraction; the default when it cannot be read.
Duration LeaseDurationOf(const Node& node);
/// The longest grant that the node's agent may hold, as its Node says; the Node's duration where it
/// does not say.
Duration GrantedOf(const Node& node);
void SetGranted(NodeLease& lease, Duration granted);
/// From the receipt of a heartbeat to the end of the lease as the control plane sees it.
Duration LeaseLifetime(Duration duration);

struct Grant {
  std::int64_t epoch = 0;
  Duration duration{};
};

/// Whether this machine is off the network is asked this often while it is.
inline constexpr std::chrono::seconds kCutOffPoll{1};
/// A suspend shorter than this is a clock's jitter.
inline constexpr std::chrono::seconds kLeastSleep{1};

/// For the executor's thread. Destroyed only when the executor runs nothing any more.
class LeaseTable {
 public:
  /// `cut_off`: this machine has no network of its own.
  LeaseTable(
      GridState& grid, Executor& executor, const Clock& clock,
      std::function<bool()> cut_off = [] { return false; })
      : grid_(grid), executor_(executor), clock_(clock), cut_off_(std::move(cut_off)) {}

  /// After a restart: a lease that was held gets one more lifetime to be renewed in.
  void Adopt(const Node& node);
  /// The node said hello, and `epoch` and that it may be granted `granted` were written: its lease
  /// is held from now on.
  void Hold(const std::string& node, std::int64_t epoch, Duration duration, Duration granted);
  /// A heartbeat came. `granted` is called at once, or, when the lease had ended, after the next
  /// epoch was written; never when the node has no lease. A newer heartbeat's `granted` replaces
  /// one that waits.
  void Renew(const std::string& node, std::function<void(Grant)> granted);
  /// From the next renewal on, a longer one from when it is written. A shorter one ends no lease
  /// earlier than was granted before: AtMostOnce attempts run as long as the longest grant that
  /// reached their agent.
  void SetDuration(const std::string& node, Duration duration);
  void Forget(const std::string& node);
  /// How long the node's machine slept since it told `suspended` last, if it did: the time that it
  /// was suspended since its start, which a restart sets back.
  std::optional<Duration> Slept(const std::string& node, Duration suspended);
  bool IsHeld(const std::string& node) const { return EpochOf(node) != 0; }
  /// Of the lease that is held; 0 when none is.
  std::int64_t EpochOf(const std::string& node) const;

 private:
  struct Lease {
    std::int64_t epoch = 0;
    Duration duration{};  // of the Node's spec
    Duration granted{};   // is written: no grant is longer
    MonotonicTime renewed{};
    Duration lifetime{};  // from `renewed`; covers every grant so far
    WallTime heard{};
    bool ended = false;
    std::int64_t end_written = 0;  // the epoch whose end was written last
    bool writing = false;          // one write of a lease at a time, so that their order is ours
    bool armed = false;
    bool excused = false;                // was given another lifetime because we stood still
    bool held_on = false;                // beyond its end, because we are cut off
    std::function<void(Grant)> waiting;  // a heartbeat that came after the end
  };
  using LeasePtr = std::shared_ptr<Lease>;

  LeasePtr Find(const std::string& node) const;
  static Duration MayGrant(const Lease& lease);
  void Touch(Lease& lease);
  void SettleGranted(const std::string& node, const LeasePtr& lease);
  void Arm(const std::string& node, const LeasePtr& lease);
  void Look(const std::string& node, const LeasePtr& lease);
  bool AllSilent() const;
  bool HoldsOn(const std::string& node, const LeasePtr& lease);
  void WriteHeldOn(const std::string& node, const std::string& since);
  void Settle(const std::string& node, const LeasePtr& lease);
  void WriteEnd(const std::string& node, const LeasePtr& lease);
  void WriteNextEpoch(const std::string& node, const LeasePtr& lease);
  void Write(const std::string& node, const LeasePtr& lease, GridState::Change<Node> change,
             std::function<void()> written);

  GridState& grid_;
  Executor& executor_;
  const Clock& clock_;
  const std::function<bool()> cut_off_;
  std::map<std::string, LeasePtr> leases_;
  std::map<std::string, Duration> suspended_;  // by node, as told last
};

}  // namespace noizy::apiserver
