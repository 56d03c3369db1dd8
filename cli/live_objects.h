// The objects of a kind as the server last told of them, kept current by list and watch.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/mutex.h"
#include "machinery/client/client.h"

namespace noizy::cli {

/// Shared, so that a copy of all of them is cheap.
using SharedObject = std::shared_ptr<const Value>;

/// A feed is stepped by one thread; the objects are read by any. Errors are kept to be shown: what
/// was heard before stays.
class LiveObjects {
 public:
  /// References outlive it. `ns`: "" for all.
  LiveObjects(const Client& client, ResourceRef resource, std::string ns, const Clock& clock)
      : client_(client), resource_(std::move(resource)), ns_(std::move(ns)), clock_(clock) {}

  /// Lists, or watches from there until the server or `cancelled` ends it. Returns how long to wait
  /// before the next step. Blocks.
  Duration Step(const std::atomic<bool>& cancelled);

  std::vector<SharedObject> All() const NOIZY_EXCLUDES(mutex_);
  /// What went wrong last; Ok since something was heard.
  Status trouble() const NOIZY_EXCLUDES(mutex_);
  /// Counts the changes of the two.
  std::uint64_t version() const { return version_; }

 private:
  Duration ListAll() NOIZY_EXCLUDES(mutex_);
  Duration Watch(const std::atomic<bool>& cancelled);
  void Take(const WatchEvent& event) NOIZY_EXCLUDES(mutex_);
  Duration Failed(Status why) NOIZY_EXCLUDES(mutex_);

  const Client& client_;
  const ResourceRef resource_;
  const std::string ns_;
  const Clock& clock_;
  std::string position_;  // the stepping thread's: where to watch from; "": list first
  std::atomic<std::uint64_t> version_{0};
  mutable Mutex mutex_;
  std::map<ObjectKey, SharedObject> objects_ NOIZY_GUARDED_BY(mutex_);
  Status trouble_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy::cli
