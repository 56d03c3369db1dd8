#include "machinery/controller/controller.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <latch>
#include <utility>

#include "machinery/base/log.h"

namespace noizy {
namespace {

// Keys that are taken at once for each thread that may work at them: waking one costs more than
// most reconciles.
constexpr std::size_t kKeysAThread = 8;

// What the server asked for with Retry-After, if it did.
Duration RetryAfter(const Status& error) {
  return std::chrono::seconds(error.details().retry_after_seconds.value_or(0));
}

}  // namespace

Controller::Controller(ControllerContext context, std::unique_ptr<Reconciler> reconciler)
    : context_(context),
      reconciler_(std::move(reconciler)),
      queue_(context.clock, context.random, reconciler_->name()),
      seconds_("noizy_controller_reconcile_seconds", "How long one reconcile took",
               LatencyBuckets(), {{"controller", std::string(reconciler_->name())}}),
      errors_("noizy_controller_reconcile_errors_total", "Reconciles that failed",
              {{"controller", std::string(reconciler_->name())}}),
      panics_("noizy_controller_reconcile_panics_total", "Reconciles that threw",
              {{"controller", std::string(reconciler_->name())}}),
      alive_(std::make_shared<bool>(true)) {}

Controller::~Controller() {
  Stop();
  *alive_ = false;
}

std::vector<ObjectKey> Controller::ControllerKeys(const ObjectMeta& metadata,
                                                  const std::string& owner_kind) {
  std::vector<ObjectKey> keys;
  for (const OwnerReference& owner : metadata.owner_references) {
    if (owner.controller && owner.kind == owner_kind) keys.push_back({metadata.ns, owner.name});
  }
  return keys;
}

void Controller::Enqueue(const std::vector<ObjectKey>& keys) {
  if (phase_ == Phase::kStopped) return;
  for (const ObjectKey& key : keys) queue_.Add(key);
  if (phase_ == Phase::kRunning && !keys.empty()) SchedulePump();
}

void Controller::ReconcileAbreast(std::shared_ptr<WorkerPool> workers) {
  workers_ = std::move(workers);
}

void Controller::Start() {
  if (phase_ != Phase::kNew) return;
  phase_ = Phase::kSyncing;
  context_.informers.WhenSynced([this, alive = alive_] {
    if (!*alive || phase_ != Phase::kSyncing) return;
    phase_ = Phase::kRunning;
    SchedulePump();
  });
}

void Controller::Stop() {
  phase_ = Phase::kStopped;
  if (timer_due_) context_.executor.Cancel(timer_);
  timer_due_.reset();
}

void Controller::SchedulePump() {
  if (std::exchange(pump_posted_, true)) return;
  context_.executor.Post([this, alive = alive_] {
    if (*alive) Pump();
  });
}

std::vector<ObjectKey> Controller::TakeReady() {
  const std::size_t most = workers_ ? (workers_->threads() + 1) * kKeysAThread : 1;
  std::vector<ObjectKey> keys;
  while (keys.size() < most) {
    const auto key = queue_.Take();
    if (!key) break;
    keys.push_back(*key);
  }
  return keys;
}

// Whoever is free takes the next key: most need no more than a look, and are done before another
// thread has woken.
std::vector<Result<Requeue>> Controller::RunAbreast(const std::vector<ObjectKey>& keys) {
  std::vector<Result<Requeue>> outcomes(keys.size(), Requeue::None());
  std::atomic<std::size_t> next = 0;
  const auto work = [this, &keys, &outcomes, &next] {
    for (std::size_t i = next++; i < keys.size(); i = next++) outcomes[i] = RunOne(keys[i]);
  };
  const std::size_t others = workers_ ? std::min(workers_->threads(), keys.size() - 1) : 0;
  std::latch done(static_cast<std::ptrdiff_t>(others));
  for (std::size_t i = 0; i < others; ++i) {
    const bool taken = workers_->Run([&work, &done] {
      work();
      done.count_down();
    });
    if (!taken) done.count_down();
  }
  work();
  done.wait();
  return outcomes;
}

// A key, or a batch abreast, then back to the executor, so that a long queue keeps nobody else
// waiting.
void Controller::Pump() {
  pump_posted_ = false;
  if (phase_ != Phase::kRunning) return;
  if (const std::vector<ObjectKey> keys = TakeReady(); !keys.empty()) {
    const std::vector<Result<Requeue>> outcomes = RunAbreast(keys);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      Settle(keys[i], outcomes[i]);
      queue_.Done(keys[i]);
    }
  }
  if (queue_.Depth() > 0) {
    SchedulePump();
  } else {
    ArmTimer();
  }
}

void Controller::ArmTimer() {
  const auto due = queue_.NextDue();
  if (due == timer_due_) return;
  if (timer_due_) context_.executor.Cancel(timer_);
  timer_due_ = due;
  if (!due) return;
  timer_ = context_.executor.PostAfter(*due - context_.clock.Monotonic(), [this, alive = alive_] {
    if (!*alive) return;
    timer_due_.reset();
    SchedulePump();
  });
}

Result<Requeue> Controller::RunOne(const ObjectKey& key) {
  const MonotonicTime start = context_.clock.Monotonic();
  Result<Requeue> outcome = ReconcileGuarded(key);
  seconds_.Observe(std::chrono::duration<double>(context_.clock.Monotonic() - start).count());
  return outcome;
}

void Controller::Settle(const ObjectKey& key, const Result<Requeue>& outcome) {
  if (outcome.ok()) {
    Succeeded(key, *outcome);
  } else {
    Failed(key, outcome.status());
  }
}

// A defect met in one object must not stop the others: whatever is thrown becomes an error of this
// key.
Result<Requeue> Controller::ReconcileGuarded(const ObjectKey& key) {
  try {
    return reconciler_->Reconcile(key);
  } catch (const std::exception& thrown) {
    panics_.Increment();
    return Internal(std::string("the reconciler threw: ") + thrown.what());
  } catch (...) {
    panics_.Increment();
    return Internal("the reconciler threw something that is no std::exception");
  }
}

void Controller::Succeeded(const ObjectKey& key, const Requeue& requeue) {
  queue_.Forget(key);
  conflicts_.erase(key);
  failing_.erase(key);
  if (requeue.after) queue_.AddAfter(key, *requeue.after);
}

void Controller::Failed(const ObjectKey& key, const Status& error) {
  errors_.Increment();
  const bool conflict = error.reason() == StatusReason::kConflict;
  if (conflict && ++conflicts_[key] <= kImmediateConflictRetries) {
    return queue_.Add(key);  // behind the events that bring the fresh object
  }
  queue_.AddFailed(key, RetryAfter(error));
  if (conflict) return;  // everyday, and no one's fault
  // One line per change: a key that keeps failing in one way is counted, not logged again.
  const auto [last, first] = failing_.try_emplace(key, error.reason());
  if (!first && std::exchange(last->second, error.reason()) == error.reason()) return;
  LogWarning("Failed to reconcile, will retry", {{"controller", std::string(reconciler_->name())},
                                                 {"object", key.ToString()},
                                                 {"error", error.ToString()}});
}

}  // namespace noizy
