// The work queue: which keys are due for a reconcile, and when.
//
// Only keys travel. A key stands at most once among those that are ready, and a key that is being
// processed is never handed out a second time: added meanwhile, it becomes ready again when it is
// done. A pure data structure: no thread, no callback; its owner asks NextDue() and sets the timer.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "machinery/base/clock.h"
#include "machinery/base/metrics.h"
#include "machinery/base/random.h"
#include "machinery/meta/meta.h"

namespace noizy {

/// The first retry of a failing key comes this soon, and each further one after twice as long …
inline constexpr Duration kFirstBackoff = std::chrono::milliseconds(5);
/// … up to this long, Kubernetes' own bounds for its controllers.
inline constexpr Duration kLongestBackoff = std::chrono::seconds(1000);

/// The back-off before retry number `failures` (from 0): exponential between the bounds above,
/// spread by ±25 % so that keys which failed together do not come back together. Never longer than
/// kLongestBackoff.
Duration BackoffAfter(int failures, Random& random);

/// One thread at a time: the owner's.
class WorkQueue {
 public:
  /// `name` labels the metrics workqueue_depth, workqueue_adds_total and workqueue_retries_total.
  /// `clock` and `random` outlive the queue.
  WorkQueue(const Clock& clock, Random& random, std::string_view name);

  /// Makes `key` ready, unless it is already; also when it was only due later.
  void Add(const ObjectKey& key);
  /// Makes `key` ready after `delay`. When it already waits for an earlier time, that stays.
  void AddAfter(const ObjectKey& key, Duration delay);
  /// AddAfter with the back-off of a key that failed once more, and at least `at_least`.
  void AddFailed(const ObjectKey& key, Duration at_least = Duration::zero());
  /// The key succeeded: its next failure starts at kFirstBackoff again.
  void Forget(const ObjectKey& key);
  /// How often AddFailed was called for the key since it was last forgotten.
  int Failures(const ObjectKey& key) const;

  /// The next ready key, in the order of adding; it counts as being processed until Done. Empty
  /// when there is none now.
  std::optional<ObjectKey> Take();
  void Done(const ObjectKey& key);

  /// When the earliest delayed key becomes ready; empty when none waits.
  std::optional<MonotonicTime> NextDue() const;
  /// Keys that are ready now and not being processed.
  std::size_t Depth();

 private:
  void MoveDue();
  void MakeReady(const ObjectKey& key);

  const Clock& clock_;
  Random& random_;
  Gauge depth_;
  Counter adds_;
  Counter retries_;
  std::deque<ObjectKey> ready_;
  std::set<ObjectKey> dirty_;       // ready, or to become so once Done
  std::set<ObjectKey> processing_;  // taken and not done
  std::set<std::pair<MonotonicTime, ObjectKey>> delayed_;
  std::map<ObjectKey, MonotonicTime> due_;  // delayed_ by key
  std::map<ObjectKey, int> failures_;
};

}  // namespace noizy
