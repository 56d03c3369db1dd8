#include "nodeagent/agent.h"

#include <algorithm>
#include <set>

#include "machinery/base/log.h"
#include "nodeagent/agent_metrics.h"
#include "nodeagent/drivers/task_environment.h"

namespace noizy::nodeagent {
namespace {

/// More than a node ends between two sessions.
constexpr std::size_t kEndedRemembered = 4096;

std::string ObjectKeyOf(const v1::AttemptRef& ref) {
  return "Task " + ref.namespace_() + "/" + ref.name();
}

}  // namespace

Agent::Agent(AgentOptions options, std::shared_ptr<AgentChannel> channel, Driver& driver,
             Executor& executor, const Clock& clock, Random& random)
    : options_(std::move(options)),
      channel_(std::move(channel)),
      driver_(driver),
      executor_(executor),
      clock_(clock),
      random_(random),
      store_(options_.data_dir + "/attempts"),
      reporter_([this](v1::AgentMessage message) { session_->Send(std::move(message)); }),
      context_{driver_,
               reporter_,
               store_,
               executor_,
               clock_,
               options_.node_name,
               options_.log_cap_bytes,
               [this](v1::AgentMessage message) {
                 return session_ && session_->SendWhenIdle(std::move(message));
               },
               [this] { return lease_until(); },
               [this](const v1::AttemptRef& ref) { OnRunnerChange(ref); }},
      self_(std::make_shared<Agent*>(this)) {}

Agent::~Agent() {
  Stop();
}

Status Agent::Start() {
  NOIZY_RETURN_IF_ERROR(MakeFolders(options_.data_dir));
  auto lock = FileLock::TryAcquire(options_.data_dir + "/lock");
  if (!lock.ok()) return lock.status().WithContext("another agent uses this data folder");
  lock_ = *std::move(lock);
  NOIZY_RETURN_IF_ERROR(LoadAttempts());
  Connect();
  return Status::Ok();
}

void Agent::Stop() {
  renewal_.reset();
  if (session_) session_->Stop();
  session_.reset();
  reporter_.OnDisconnected();
  orders_.clear();
  runners_.clear();
  lock_.reset();
}

Status Agent::LoadAttempts() {
  NOIZY_ASSIGN_OR_RETURN(auto found, store_.Load());
  for (auto& [folder, record] : found) {
    // It never started, and is assigned once more.
    if (record.fetching) {
      NOIZY_RETURN_IF_ERROR(store_.Remove(folder));
      continue;
    }
    const AttemptKey key(record.ref.uid(), record.ref.attempt());
    auto runner = std::make_shared<TaskRunner>(folder, std::move(record), context_);
    runners_[key] = {runner, std::nullopt, nullptr};
    runner->Recover();
  }
  SetAttemptsRunning(CountAlive());
  return Status::Ok();
}

void Agent::Connect() {
  SessionHooks hooks;
  hooks.make_hello = [this] { return MakeHello(); };
  hooks.sample_usage = [this] { return options_.usage(CountAlive()); };
  hooks.suspended = options_.suspended;
  hooks.on_connected = [this] { OnConnected(); };
  hooks.on_disconnected = [this] {
    if (renewal_) renewal_->OnDisconnected();
    reporter_.OnDisconnected();
    orders_.clear();  // the next session says what it still wants
    for (const auto& [key, entry] : runners_) entry.runner->OnDisconnected();
  };
  hooks.on_lease = [this] { OnLease(); };
  hooks.on_assignment = [this](const v1::Assignment& assignment) {
    TakeOrder([this, assignment] { OnAssignment(assignment); });
  };
  hooks.on_cancellation = [this](const v1::Cancellation& cancellation) {
    TakeOrder([this, cancellation] { OnCancellation(cancellation); });
  };
  hooks.on_report_ack = [this](const v1::ReportAck& ack) { reporter_.OnAck(ack); };
  hooks.on_log_ack = [this](const v1::LogAck& ack) { OnLogAck(ack); };
  hooks.on_certificate = [this](const v1::CertificateAnswer& answer) {
    if (renewal_) renewal_->OnAnswer(answer);
  };
  if (options_.renewal) {
    renewal_ = std::make_shared<CertificateRenewal>(
        *options_.renewal, [this](v1::AgentMessage message) { session_->Send(std::move(message)); },
        executor_, clock_);
  }
  session_ = std::make_shared<Session>(channel_, options_.session, std::move(hooks), executor_,
                                       clock_, random_);
  session_->Start();
}

v1::Hello Agent::MakeHello() {
  v1::Hello hello;
  const DriverFingerprint fingerprint = driver_.Fingerprint();
  offered_ = fingerprint.capabilities;
  *hello.mutable_facts() = options_.facts(fingerprint);
  for (const auto& [key, entry] : runners_) {
    if (entry.runner->unfinished()) *hello.add_running() = entry.runner->ref();
  }
  return hello;
}

void Agent::OnConnected() {
  if (renewal_) renewal_->OnConnected();
  for (const auto& [key, entry] : runners_) entry.runner->OnConnected();
  reporter_.OnConnected();
  OfferAnew();
}

void Agent::OfferAnew() {
  const DriverFingerprint fingerprint = driver_.Fingerprint();
  if (!connected() || fingerprint.capabilities == offered_) return;
  offered_ = fingerprint.capabilities;
  v1::AgentMessage message;
  *message.mutable_offer()->mutable_capabilities() = options_.facts(fingerprint).capabilities();
  session_->Send(std::move(message));
}

void Agent::OnLease() {
  std::set<std::string> waiting;
  for (const auto& [key, entry] : runners_) {
    entry.runner->Renew(lease_until());
    if (entry.waiting) waiting.insert(key.first);
  }
  for (const std::string& uid : waiting) StartWaiting(uid);
}

// A lease of a later epoch does not do: the control plane may have counted on the earlier one's
// end.
bool Agent::MayStart(const v1::Assignment& assignment) const {
  if (!NeedsLease(assignment)) return true;
  return session_->lease_epoch() == assignment.lease_epoch() && lease_until() > clock_.Monotonic();
}

bool Agent::IsTooLate(const v1::Assignment& assignment) const {
  return NeedsLease(assignment) && session_->lease_epoch() > assignment.lease_epoch();
}

void Agent::TakeOrder(std::function<void()> order) {
  orders_.push_back(std::move(order));
  if (!std::exchange(ordered_, true)) NextOrder();
}

void Agent::NextOrder() {
  ordered_ = !orders_.empty();
  if (!ordered_) return;
  const std::function<void()> order = std::move(orders_.front());
  orders_.pop_front();
  order();
  executor_.Post([weak = std::weak_ptr(self_)] {
    if (const auto self = weak.lock()) (*self)->NextOrder();
  });
}

// The server may repeat itself after a reconnection, and an old message may come late: only an
// attempt newer than all that this node knows of the task is taken.
void Agent::OnAssignment(const v1::Assignment& assignment) {
  const v1::AttemptRef& ref = assignment.ref();
  if (ref.attempt() <= NewestAttempt(ref.uid())) {
    LogDebug("Ignored an assignment that is known or stale",
             {{"object", ObjectKeyOf(ref)}, {"attempt", std::to_string(ref.attempt())}});
    return;
  }
  Accept(assignment);
}

void Agent::Accept(const v1::Assignment& assignment) {
  const v1::AttemptRef& ref = assignment.ref();
  AttemptRecord record;
  record.ref = ref;
  record.fetching = assignment.has_payload_ref();
  // Three flushes of the disk before each start; a power cut that takes the record along, and the
  // attempt with it, lets one that may run again start again.
  const bool may_run_again = assignment.failover() == "AtLeastOnce";
  const auto folder =
      store_.Create(record, may_run_again ? Durability::kAtomic : Durability::kDurable);
  if (!folder.ok()) return RefuseUnstored(assignment, folder.status());
  // What is older is fenced by this very assignment; it must be gone before the new attempt begins.
  bool older_alive = false;
  for (const auto& [key, entry] : runners_) {
    if (key.first != ref.uid() || entry.runner->state() >= TaskRunner::State::kExited) continue;
    older_alive = true;
  }
  auto runner = std::make_shared<TaskRunner>(*folder, std::move(record), context_);
  Entry& entry = runners_[{ref.uid(), ref.attempt()}];
  entry.runner = runner;
  runner->BeginLog();
  if (assignment.has_payload_ref()) FetchPayload(assignment, entry);
  if (!older_alive && !entry.download && MayStart(assignment)) return runner->Start(assignment);
  entry.waiting = assignment;
  for (auto at = runners_.lower_bound({ref.uid(), 0}); at->first.second < ref.attempt(); ++at) {
    at->second.StopWaiting();
    const std::shared_ptr<TaskRunner> older = at->second.runner;
    older->Stop(std::chrono::milliseconds(assignment.grace_period_ms()), kCancelled,
                "attempt " + std::to_string(ref.attempt()) + " replaced it");
  }
}

void Agent::FetchPayload(const v1::Assignment& assignment, Entry& entry) {
  const AttemptKey key(assignment.ref().uid(), assignment.ref().attempt());
  Executor& disk = options_.disk != nullptr ? *options_.disk : executor_;
  entry.download = std::make_shared<PayloadDownload>(
      PayloadDownload::Context{*channel_, executor_, disk}, assignment.ref(),
      assignment.payload_ref(), entry.runner->folder() + "/" + std::string(kPayloadFile),
      [this, key](const Status& status) { OnPayload(key, status); });
  entry.download->Start();
}

void Agent::OnPayload(const AttemptKey& key, const Status& status) {
  Entry& entry = runners_.at(key);
  const auto download = std::exchange(entry.download, nullptr);  // which is telling this
  if (status.ok()) return StartWaiting(key.first);
  entry.waiting.reset();
  const std::shared_ptr<TaskRunner> runner = entry.runner;
  runner->Stop(Duration::zero(), kStartFailed, status.message());
}

// Without a folder nothing can be kept for a restart: the server is told at once.
void Agent::RefuseUnstored(const v1::Assignment& assignment, const Status& why) {
  LogError("Failed to store the attempt",
           {{"object", ObjectKeyOf(assignment.ref())}, {"error", why.ToString()}});
  v1::TaskReport report;
  *report.mutable_ref() = assignment.ref();
  v1::Finished& finished = *report.mutable_finished();
  finished.set_time_unix_ns(clock_.Now().time_since_epoch().count());
  finished.set_reason(std::string(kStartFailed));
  finished.set_message("the node cannot store the attempt: " + why.message());
  reporter_.Add(std::move(report), [](ReportAnswer, const std::string&) {});
}

void Agent::OnCancellation(const v1::Cancellation& cancellation) {
  const auto found = runners_.find({cancellation.ref().uid(), cancellation.ref().attempt()});
  if (found == runners_.end()) return;
  found->second.StopWaiting();
  const std::shared_ptr<TaskRunner> runner = found->second.runner;
  const std::string_view reason = cancellation.reason() == kTimedOut ? kTimedOut : kCancelled;
  runner->Stop(std::chrono::milliseconds(cancellation.grace_period_ms()), reason,
               "the control plane ended it: " + cancellation.reason());
}

void Agent::OnLogAck(const v1::LogAck& ack) {
  const auto found = runners_.find({ack.ref().uid(), ack.ref().attempt()});
  if (found != runners_.end()) found->second.runner->OnLogAck(ack);
}

void Agent::OnRunnerChange(const v1::AttemptRef& ref) {
  SetAttemptsRunning(CountAlive());
  // The runner that tells this is still at work.
  executor_.Post([weak = std::weak_ptr(self_), uid = ref.uid()] {
    if (const auto self = weak.lock()) (*self)->Sweep(uid);
  });
}

void Agent::Sweep(const std::string& uid) {
  for (auto at = runners_.lower_bound({uid, 0}); at != runners_.end() && at->first.first == uid;) {
    if (at->second.runner->state() != TaskRunner::State::kGone) {
      ++at;
      continue;
    }
    RememberEnded(at->first);
    at = runners_.erase(at);
  }
  StartWaiting(uid);
}

void Agent::StartWaiting(const std::string& uid) {
  bool older_alive = false;
  for (auto at = runners_.lower_bound({uid, 0}); at != runners_.end() && at->first.first == uid;
       ++at) {
    Entry& entry = at->second;
    if (entry.waiting && IsTooLate(*entry.waiting)) {
      entry.StopWaiting();
      const std::shared_ptr<TaskRunner> runner = entry.runner;
      return runner->Stop(Duration::zero(), kLost, "its node's lease ended before it could start");
    }
    if (entry.waiting && !entry.download && !older_alive && MayStart(*entry.waiting)) {
      const v1::Assignment assignment = *std::exchange(entry.waiting, std::nullopt);
      const std::shared_ptr<TaskRunner> runner = entry.runner;
      return runner->Start(assignment);
    }
    older_alive = older_alive || entry.runner->state() < TaskRunner::State::kExited;
  }
}

std::int64_t Agent::NewestAttempt(const std::string& uid) const {
  const auto ended = ended_.find(uid);
  std::int64_t newest = ended == ended_.end() ? 0 : ended->second;
  for (auto at = runners_.lower_bound({uid, 0}); at != runners_.end() && at->first.first == uid;
       ++at) {
    newest = std::max(newest, at->first.second);
  }
  return newest;
}

void Agent::RememberEnded(const AttemptKey& key) {
  const auto [at, added] = ended_.try_emplace(key.first, key.second);
  at->second = std::max(at->second, key.second);
  if (!added) return;
  ended_order_.push_back(key.first);
  if (ended_order_.size() <= kEndedRemembered) return;
  ended_.erase(ended_order_.front());
  ended_order_.pop_front();
}

std::size_t Agent::CountAlive() const {
  return static_cast<std::size_t>(
      std::count_if(runners_.begin(), runners_.end(),
                    [](const auto& entry) { return entry.second.runner->alive(); }));
}

}  // namespace noizy::nodeagent
