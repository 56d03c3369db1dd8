// The watches that run now, so that those of a kind that is no longer served can be ended.
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
  /// Ends, a little later and each on its executor, the watches of kinds that `is_served` denies.
  void EndUnless(const std::function<bool(const Kind& kind)>& is_served);
  std::size_t size() const;

 private:
  mutable Mutex mutex_;
  std::map<const WatchSession*, std::weak_ptr<WatchSession>> sessions_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy::apiserver
