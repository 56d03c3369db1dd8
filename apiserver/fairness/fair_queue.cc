#include "apiserver/fairness/fair_queue.h"

#include <algorithm>

namespace noizy::apiserver {
namespace {

// Charged before a request has run, so that two threads do not both choose the same flow; and the
// least that a request counts.
constexpr Duration kAdvance = std::chrono::microseconds(20);

}  // namespace

FairQueue::FairQueue(FairQueueLimits limits, const Clock& clock)
    : limits_(limits),
      clock_(clock),
      waiting_("noizy_apiserver_requests_waiting", "Requests waiting for their turn"),
      turned_away_("noizy_apiserver_requests_turned_away_total",
                   "Requests answered 429 because too many of their user's were waiting") {}

Status FairQueue::Submit(Request request) {
  const auto defer = request.defer;
  {
    MutexLock lock(mutex_);
    const auto [flow, is_new] = flows_.try_emplace(request.flow);
    if (is_new) flow->second.given = now_given_;
    if (request.limited && flow->second.waiting.size() >= limits_.waiting) {
      turned_away_.Increment();
      StatusDetails details;
      details.retry_after_seconds = 1;
      return {StatusReason::kTooManyRequests, "too many requests at once, please try again later",
              std::move(details)};
    }
    flow->second.waiting.push_back(std::move(request));
  }
  waiting_.Increment();
  defer([queue = shared_from_this()] { queue->RunNext(); });
  return Status::Ok();
}

bool FairQueue::HasSeat(const Flow& flow) const {
  const Request& next = flow.waiting.front();
  if (!next.limited) return true;
  const bool read = next.cost == RequestCost::kRead;
  const int all = read ? limits_.reads : limits_.writes;
  const int share = std::max(1, all * limits_.flow_percent / 100);
  return (read ? reads_ : writes_) < all && (read ? flow.reads : flow.writes) < share;
}

FairQueue::Flows::iterator FairQueue::Choose() {
  auto best = flows_.end();
  for (auto flow = flows_.begin(); flow != flows_.end(); ++flow) {
    if (flow->second.waiting.empty() || !HasSeat(flow->second)) continue;
    if (best == flows_.end() || flow->second.given < best->second.given) best = flow;
  }
  return best;
}

FairQueue::Seat FairQueue::TakeSeat(Flows::iterator flow, const Request& request) {
  const bool read = request.cost == RequestCost::kRead;
  ++(read ? flow->second.reads : flow->second.writes);
  if (request.limited) ++(read ? reads_ : writes_);
  return {nullptr, [queue = shared_from_this(), name = flow->first, cost = request.cost,
                    limited = request.limited](void*) { queue->GiveBack(name, cost, limited); }};
}

void FairQueue::RunNext() {
  Request request;
  Seat seat;
  {
    MutexLock lock(mutex_);
    const auto flow = Choose();
    if (flow == flows_.end()) {
      ++missed_turns_;
      return;
    }
    request = std::move(flow->second.waiting.front());
    flow->second.waiting.pop_front();
    now_given_ = std::max(now_given_, flow->second.given);
    flow->second.given += kAdvance;
    seat = TakeSeat(flow, request);
  }
  waiting_.Decrement();
  const MonotonicTime start = clock_.Monotonic();
  request.run(std::move(seat));
  Charge(request.flow, clock_.Monotonic() - start);
}

void FairQueue::Charge(const std::string& flow, Duration took) {
  MutexLock lock(mutex_);
  const auto found = flows_.find(flow);
  if (found != flows_.end() && took > kAdvance) found->second.given += took - kAdvance;
}

void FairQueue::GiveBack(const std::string& name, RequestCost cost, bool limited) {
  std::function<void(std::function<void()>)> defer;
  {
    MutexLock lock(mutex_);
    const bool read = cost == RequestCost::kRead;
    if (limited) --(read ? reads_ : writes_);
    const auto flow = flows_.find(name);  // it is there as long as it holds a seat
    --(read ? flow->second.reads : flow->second.writes);
    const Flow& left = flow->second;
    if (left.waiting.empty() && left.reads == 0 && left.writes == 0) flows_.erase(flow);
    if (missed_turns_ == 0) return;
    const auto next = Choose();
    if (next == flows_.end()) return;
    --missed_turns_;
    defer = next->second.waiting.front().defer;
  }
  defer([queue = shared_from_this()] { queue->RunNext(); });
}

}  // namespace noizy::apiserver
