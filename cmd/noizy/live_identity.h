// The grid's identity as it is now, for whoever signs with it, shows it or trusts it.
#pragma once

#include <memory>
#include <utility>

#include "cmd/noizy/grid_identity.h"
#include "machinery/base/mutex.h"

namespace noizy {

/// Thread-safe. Readers keep the version that they took; the next they take is the new one.
class LiveIdentity {
 public:
  std::shared_ptr<const GridIdentity> Now() const NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return identity_;
  }
  void Set(GridIdentity identity) NOIZY_EXCLUDES(mutex_) {
    auto next = std::make_shared<const GridIdentity>(std::move(identity));
    MutexLock lock(mutex_);
    identity_.swap(next);
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const GridIdentity> identity_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy
