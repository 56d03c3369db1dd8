// How a request takes its turn: at once, in fair order, or in fair order and within limits.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "apiserver/fairness/fair_queue.h"
#include "apiserver/resources/request.h"

namespace noizy::apiserver {

struct InFlightLimits {
  FairQueueLimits queue;
  /// Watches and followed logs that one user may hold open.
  int watches = 5'000;
};

/// Lets requests in. Thread-safe.
///
/// What keeps the grid alive never waits: nodes, and administrators' Leases (leader election), as
/// Kubernetes exempts them. Administrators take their turn like everybody but are not limited.
/// Watches begin at once; what is limited is their number.
class TurnTaker {
 public:
  TurnTaker(const InFlightLimits& limits, const Clock& clock);

  /// Calls `run` once the request may be worked on; it holds the seat until it has answered.
  /// TooManyRequests instead.
  Status Enter(RequestContext& context, std::function<void(FairQueue::Seat seat)> run);

 private:
  class OpenWatches;
  Status EnterWatch(RequestContext& context);

  const std::shared_ptr<FairQueue> queue_;
  const std::shared_ptr<OpenWatches> watches_;
};

}  // namespace noizy::apiserver
