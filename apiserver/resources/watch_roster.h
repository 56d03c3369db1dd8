// The watches that run now: which of them have something to send, and where their kinds go: to
// another schema, or to the end.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "apiserver/resources/event_renderer.h"
#include "machinery/base/executor.h"
#include "machinery/base/mutex.h"
#include "machinery/schema/kind.h"

namespace noizy::apiserver {

class WatchSession;

/// Thread-safe. Does not keep sessions alive.
class WatchRoster {
 public:
  void Add(const std::shared_ptr<WatchSession>& session);
  void Remove(const WatchSession& session);
  /// Gives each watch its kind as it is served now, a little later and on its executor. Those of
  /// kinds that `served` knows no more (null) end.
  void Follow(const std::function<KindPtr(const Kind& kind)>& served);
  /// Pumps the session soon, on `executor`, the one that all watches live on; all that come until
  /// then in one go, so that an event wakes that thread once, whatever the number of its watchers.
  void Pump(std::shared_ptr<WatchSession> session, Executor& executor);
  std::size_t size() const;
  /// For the watches' executor.
  EventRenderer& renderer() { return renderer_; }

 private:
  std::vector<std::shared_ptr<WatchSession>> TakeDue();
  void PumpDue(Executor& executor);

  mutable Mutex mutex_;
  std::map<const WatchSession*, std::weak_ptr<WatchSession>> sessions_ NOIZY_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<WatchSession>> due_ NOIZY_GUARDED_BY(mutex_);
  bool pumping_ NOIZY_GUARDED_BY(mutex_) = false;  // now, or it is posted
  EventRenderer renderer_;
};

}  // namespace noizy::apiserver
