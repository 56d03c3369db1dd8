#include "machinery/controller/work_queue.h"

#include <algorithm>
#include <string>

namespace noizy {
namespace {

constexpr double kJitter = 0.25;
// 5 ms · 2^18 is past kLongestBackoff: more doublings would only risk overflow.
constexpr int kMostDoublings = 18;

}  // namespace

Duration BackoffAfter(int failures, Random& random) {
  const Duration plain =
      kFirstBackoff * (std::int64_t{1} << std::clamp(failures, 0, kMostDoublings));
  const double spread = 1 + kJitter * (2 * random.Unit() - 1);
  const double nanoseconds = static_cast<double>(std::min(plain, kLongestBackoff).count()) * spread;
  return std::min(Duration(static_cast<std::int64_t>(nanoseconds)), kLongestBackoff);
}

WorkQueue::WorkQueue(const Clock& clock, Random& random, std::string_view name)
    : clock_(clock),
      random_(random),
      depth_("workqueue_depth", "Keys ready to be reconciled", {{"name", std::string(name)}}),
      adds_("workqueue_adds_total", "Keys that became ready", {{"name", std::string(name)}}),
      retries_("workqueue_retries_total", "Keys put back after a failure",
               {{"name", std::string(name)}}) {}

void WorkQueue::Add(const ObjectKey& key) {
  if (const auto waiting = due_.find(key); waiting != due_.end()) {
    delayed_.erase({waiting->second, key});
    due_.erase(waiting);
  }
  MakeReady(key);
}

void WorkQueue::MakeReady(const ObjectKey& key) {
  if (!dirty_.insert(key).second) return;
  adds_.Increment();
  if (processing_.contains(key)) return;
  ready_.push_back(key);
  depth_.Set(static_cast<double>(ready_.size()));
}

void WorkQueue::AddAfter(const ObjectKey& key, Duration delay) {
  if (delay <= Duration::zero()) return Add(key);
  const MonotonicTime when = clock_.Monotonic() + delay;
  const auto [waiting, added] = due_.try_emplace(key, when);
  if (!added) {
    if (waiting->second <= when) return;
    delayed_.erase({waiting->second, key});
    waiting->second = when;
  }
  delayed_.emplace(when, key);
}

void WorkQueue::AddFailed(const ObjectKey& key, Duration at_least) {
  retries_.Increment();
  AddAfter(key, std::max(at_least, BackoffAfter(failures_[key]++, random_)));
}

void WorkQueue::Forget(const ObjectKey& key) {
  failures_.erase(key);
}

int WorkQueue::Failures(const ObjectKey& key) const {
  const auto found = failures_.find(key);
  return found == failures_.end() ? 0 : found->second;
}

std::optional<ObjectKey> WorkQueue::Take() {
  MoveDue();
  if (ready_.empty()) return std::nullopt;
  ObjectKey key = std::move(ready_.front());
  ready_.pop_front();
  depth_.Set(static_cast<double>(ready_.size()));
  dirty_.erase(key);
  processing_.insert(key);
  return key;
}

void WorkQueue::Done(const ObjectKey& key) {
  processing_.erase(key);
  if (!dirty_.contains(key)) return;
  ready_.push_back(key);
  depth_.Set(static_cast<double>(ready_.size()));
}

void WorkQueue::MoveDue() {
  const MonotonicTime now = clock_.Monotonic();
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    const ObjectKey key = delayed_.begin()->second;
    Add(key);
  }
}

std::optional<MonotonicTime> WorkQueue::NextDue() const {
  if (delayed_.empty()) return std::nullopt;
  return delayed_.begin()->first;
}

std::size_t WorkQueue::Depth() {
  MoveDue();
  return ready_.size();
}

}  // namespace noizy
