// The watches that run now, so that they can follow their kinds: to another schema, or to the end.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>

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
  std::size_t size() const;

 private:
  mutable Mutex mutex_;
  std::map<const WatchSession*, std::weak_ptr<WatchSession>> sessions_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy::apiserver
