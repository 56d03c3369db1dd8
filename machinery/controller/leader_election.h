// Leader election over a Lease, as client-go does it: of several processes with the same Lease, one
// leads.
//
//   candidate: every retry_period, take the Lease if nobody holds it or its holder has been silent
//   for the Lease's duration leader:    every retry_period, renew; not renewed for renew_deadline:
//   stop leading (and stand again)
//
// A holder's silence is measured on this process's own clock from when a change was last *seen*:
// other machines' clocks do not matter. A leader stops renew_deadline after its last good renewal
// was *sent*, before any other may start (lease_duration is longer), as long as clocks run at rates
// within the ratio of the two.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/base/random.h"
#include "machinery/client/client.h"

namespace noizy {

/// client-go's defaults. The client's own timeout belongs below renew_deadline: while a call hangs,
/// nothing can be stopped. lease_duration > renew_deadline > retry_period.
struct LeaderElectionOptions {
  std::string ns = "noizy-system";
  std::string name = "noizy-controllers";
  /// Who we are: unique among the candidates.
  std::string identity = {};
  Duration lease_duration = std::chrono::seconds(15);
  Duration renew_deadline = std::chrono::seconds(10);
  Duration retry_period = std::chrono::seconds(2);
};

/// All on the executor's thread; destroyed there too, or once the executor has stopped.
class LeaderElector {
 public:
  struct Callbacks {
    std::function<void()> on_started;
    /// Leading has ended: nothing may be written any more from here on.
    std::function<void()> on_stopped;
    /// Another (or we) holds the Lease now; "" when it was let go.
    std::function<void(const std::string& identity)> on_new_leader;
  };

  /// The references outlive it; any callback may be empty.
  LeaderElector(const Client& client, Executor& executor, const Clock& clock, Random& random,
                LeaderElectionOptions options, Callbacks callbacks);
  ~LeaderElector();
  LeaderElector(const LeaderElector&) = delete;
  LeaderElector& operator=(const LeaderElector&) = delete;

  void Start();
  /// Stops leading, and lets go of the Lease so that another may take it at once. Idempotent.
  void Stop();
  bool IsLeader() const { return leading_; }

 private:
  void Tick();
  void ScheduleTick();
  bool TryAcquireOrRenew();
  Status Take(const Value& seen);
  Value WithClaim(Value lease, bool ours) const;
  void Observe(const Value& lease);
  void Lead();
  void Resign();
  Status Release();

  const Client& client_;
  Executor& executor_;
  const Clock& clock_;
  Random& random_;
  const LeaderElectionOptions options_;
  const Callbacks callbacks_;
  bool running_ = false;
  bool leading_ = false;
  Executor::TimerId timer_ = 0;
  std::string observed_version_;  // the Lease's resourceVersion, and …
  MonotonicTime observed_at_;     // … when it was first seen
  std::string observed_holder_;
  MonotonicTime renewed_at_;     // when our last good renewal was sent
  std::shared_ptr<bool> alive_;  // false once destroyed
};

}  // namespace noizy
