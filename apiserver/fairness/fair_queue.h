// Who is served next, when more is asked for than can be done at once.
//
// Requests wait in flows, one an identity. Next comes the flow that has been given the least time
// so far, as a process scheduler would choose: whoever asks for a lot, or for much at a time, waits
// for itself and not before others. What a request took is measured and charged to its flow when it
// has been run; a flow that has been away starts where the others are, neither rich nor in debt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "machinery/base/clock.h"
#include "machinery/base/metrics.h"
#include "machinery/base/mutex.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

enum class RequestCost : std::uint8_t { kRead, kWrite };

struct FairQueueLimits {
  /// Requests worked on at once, as kube-apiserver's defaults.
  int reads = 400;
  int writes = 200;
  /// The share of those that one flow may hold, in percent.
  int flow_percent = 50;
  /// Requests of one flow that may wait; more get TooManyRequests.
  std::size_t waiting = 200;
};

/// Thread-safe. Requests keep it alive until they have been answered.
class FairQueue : public std::enable_shared_from_this<FairQueue> {
 public:
  /// Held until a request has been answered: its place among those being worked on.
  using Seat = std::shared_ptr<void>;

  struct Request {
    /// Who asks.
    std::string flow;
    RequestCost cost = RequestCost::kRead;
    /// False: takes its turn, but is never turned away and takes nobody's seat.
    bool limited = true;
    /// Does the work, or begins it.
    std::function<void(Seat seat)> run;
    /// Runs a function on the request's own thread after what is ready there.
    std::function<void(std::function<void()>)> defer;
  };

  FairQueue(FairQueueLimits limits, const Clock& clock);

  /// Runs the request in its turn. TooManyRequests, with when to come again, when too many of its
  /// flow are waiting.
  Status Submit(Request request);

 private:
  struct Flow {
    std::deque<Request> waiting;
    int reads = 0;
    int writes = 0;
    Duration given{};  // time used so far, on the queue's own scale
  };
  using Flows = std::map<std::string, Flow, std::less<>>;

  /// Runs the request whose turn it is, if there is a seat for one.
  void RunNext();
  Flows::iterator Choose() NOIZY_REQUIRES(mutex_);
  bool HasSeat(const Flow& flow) const NOIZY_REQUIRES(mutex_);
  Seat TakeSeat(Flows::iterator flow, const Request& request) NOIZY_REQUIRES(mutex_);
  void GiveBack(const std::string& flow, RequestCost cost, bool limited);
  void Charge(const std::string& flow, Duration took);

  const FairQueueLimits limits_;
  const Clock& clock_;
  Mutex mutex_;
  Flows flows_ NOIZY_GUARDED_BY(mutex_);
  int reads_ NOIZY_GUARDED_BY(mutex_) = 0;
  int writes_ NOIZY_GUARDED_BY(mutex_) = 0;
  /// Turns that found no seat; whoever gives one back makes up for them. Together with the turns
  /// that are under way they are as many as the requests that wait.
  int missed_turns_ NOIZY_GUARDED_BY(mutex_) = 0;
  /// Where a flow starts that comes anew: what the last one served had been given.
  Duration now_given_ NOIZY_GUARDED_BY(mutex_){};
  Gauge waiting_;
  Counter turned_away_;
};

}  // namespace noizy::apiserver
