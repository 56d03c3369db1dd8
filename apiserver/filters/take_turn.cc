#include "apiserver/filters/take_turn.h"

#include <array>

#include "apiserver/filters/authenticate.h"
#include "machinery/transport/deferring_exchange.h"

namespace noizy::apiserver {
namespace {

// Who asks, as metrics tell them apart: a closed set.
enum class FlowClass : std::uint8_t { kSystem, kAdministrators, kServiceAccounts, kUsers };
constexpr std::array<const char*, 4> kClassNames = {"system", "administrators", "service-accounts",
                                                    "users"};

FlowClass ClassOf(const RequestContext& context) {
  const Identity& identity = context.identity;
  if (identity.InGroup(kNodesGroup)) return FlowClass::kSystem;
  if (identity.InGroup(kMastersGroup)) {
    const bool lease = context.target.group == "coordination.k8s.io";
    return lease ? FlowClass::kSystem : FlowClass::kAdministrators;
  }
  return identity.InGroup(kServiceAccountsGroup) ? FlowClass::kServiceAccounts : FlowClass::kUsers;
}

bool IsLongRunning(const RequestTarget& target) {
  return target.verb == "watch" || target.subresource == "log";
}

RequestCost CostOf(const RequestTarget& target) {
  const bool read = target.verb == "get" || target.verb == "list" || target.verb == "head";
  return read ? RequestCost::kRead : RequestCost::kWrite;
}

class ClassMetrics {
 public:
  static ClassMetrics& Instance() {
    // Owned by nobody, on purpose: threads may still count while main returns.
    static auto* metrics = new ClassMetrics();
    return *metrics;
  }
  void Count(FlowClass flow, bool admitted) {
    const auto i = static_cast<std::size_t>(flow);
    (admitted ? admitted_ : refused_)[i].Increment();
  }

 private:
  static Counter Make(const char* flow, const char* outcome) {
    return {"noizy_apiserver_flow_requests_total",
            "Requests let in or turned away, by the class of their user",
            {{"flow", flow}, {"outcome", outcome}}};
  }
  static std::array<Counter, 4> MakeAll(const char* outcome) {
    return {Make(kClassNames[0], outcome), Make(kClassNames[1], outcome),
            Make(kClassNames[2], outcome), Make(kClassNames[3], outcome)};
  }
  std::array<Counter, 4> admitted_ = MakeAll("admitted");
  std::array<Counter, 4> refused_ = MakeAll("refused");
};

}  // namespace

// How many watches each user has open.
class TurnTaker::OpenWatches : public std::enable_shared_from_this<OpenWatches> {
 public:
  explicit OpenWatches(int limit) : limit_(limit) {}

  // Null when there are as many as there may be.
  std::shared_ptr<void> Take(const std::string& user, bool limited) {
    MutexLock lock(mutex_);
    int& open = open_[user];
    if (limited && open >= limit_) return nullptr;
    ++open;
    // Points at something, since null says no.
    return {this, [self = shared_from_this(), user](void*) { self->Leave(user); }};
  }

 private:
  void Leave(const std::string& user) {
    MutexLock lock(mutex_);
    const auto found = open_.find(user);
    if (--found->second == 0) open_.erase(found);
  }

  const int limit_;
  Mutex mutex_;
  std::map<std::string, int> open_ NOIZY_GUARDED_BY(mutex_);
};

TurnTaker::TurnTaker(const InFlightLimits& limits, const Clock& clock)
    : queue_(std::make_shared<FairQueue>(limits.queue, clock)),
      watches_(std::make_shared<OpenWatches>(limits.watches)) {}

Status TurnTaker::EnterWatch(RequestContext& context) {
  const bool limited = !context.identity.InGroup(kMastersGroup);
  context.watch_place = watches_->Take(context.identity.user, limited);
  if (context.watch_place != nullptr) return Status::Ok();
  StatusDetails details;
  details.retry_after_seconds = 5;
  return {StatusReason::kTooManyRequests, "too many watches are open for this user",
          std::move(details)};
}

Status TurnTaker::Enter(RequestContext& context, std::function<void(FairQueue::Seat seat)> run) {
  const FlowClass flow = ClassOf(context);
  const bool long_running = IsLongRunning(context.target);
  Status status = long_running ? EnterWatch(context) : Status::Ok();
  const bool at_once = long_running || flow == FlowClass::kSystem ||
                       (!context.target.is_resource && IsPublicPath(context.request().path));
  if (status.ok() && at_once) {
    run(nullptr);
  } else if (status.ok()) {
    FairQueue::Request request;
    request.flow = context.identity.user;
    request.cost = CostOf(context.target);
    request.limited = flow != FlowClass::kAdministrators;
    request.run = std::move(run);
    request.defer = [exchange = context.exchange](std::function<void()> work) {
      Defer(*exchange, std::move(work));
    };
    status = queue_->Submit(std::move(request));
  }
  ClassMetrics::Instance().Count(flow, status.ok());
  return status;
}

}  // namespace noizy::apiserver
