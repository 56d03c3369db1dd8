// Tells when descriptors become readable and when folders change, from one thread of its own: the
// seam between the kernel's notifications and code that runs on an Executor.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "machinery/base/status.h"

namespace noizy {

/// Thread-safe. Callbacks run one at a time on the watcher's thread; they must not block: they post
/// to an Executor.
class FdWatcher {
 public:
  using Callback = std::function<void()>;
  using WatchId = std::uint64_t;  // 0 is never one

  FdWatcher();
  /// Stops the thread. No callback runs afterwards.
  ~FdWatcher();
  FdWatcher(const FdWatcher&) = delete;
  FdWatcher& operator=(const FdWatcher&) = delete;

  /// Calls once, when `fd` is readable. The descriptor stays the caller's, who calls Unwatch before
  /// closing it.
  Result<WatchId> WatchOnce(int fd, Callback on_readable);
  /// Calls after files in `folder` grew, were created or renamed; changes in quick succession may
  /// come as one call. NotFound when there is no such folder.
  Result<WatchId> WatchFolder(const std::string& folder, Callback on_change);
  /// A callback that has begun may still be running when this returns.
  void Unwatch(WatchId id);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace noizy
