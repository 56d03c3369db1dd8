// The list-and-watch loop, a step at a time; private to this folder and its tests.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/metrics.h"
#include "machinery/base/random.h"
#include "machinery/client/client.h"

namespace noizy {

/// The first wait after a failed list or watch, doubled up to kLongestRelistBackoff, each spread by
/// ±25 %: a server that comes back must not be met by all its clients in the same instant.
inline constexpr Duration kFirstRelistBackoff = std::chrono::milliseconds(200);
inline constexpr Duration kLongestRelistBackoff = std::chrono::seconds(30);
/// A watch lasts between this and twice this long, so that a server's watches do not end together
/// (client-go's 5 to 10 minutes).
inline constexpr std::int64_t kShortestWatchSeconds = 300;

/// A watch on which nothing was heard for this long, not even three of the bookmarks that come once
/// a minute, is dead without knowing it (a cable, a suspended machine) and is asked for anew.
inline constexpr Duration kLongestSilence = std::chrono::seconds(200);

/// Keeps somebody's copy of one resource current. One thread.
class Reflector {
 public:
  struct Sink {
    std::function<void(std::vector<Value>)> on_list;
    std::function<void(WatchEvent)> on_event;
  };

  /// References outlive it. `base` goes with every list and watch.
  Reflector(const Client& client, ResourceRef resource, ListQuery base, const Clock& clock,
            Random& random, Sink sink);

  /// Lists, or watches until the server ends it; returns how long to wait before the next step.
  /// Blocks.
  Duration Step(const std::atomic<bool>& cancelled);

 private:
  Duration ListAll();
  Duration WatchOnce(const std::atomic<bool>& cancelled);
  bool Take(WatchEvent event);
  Duration Failed(const Status& error);
  Duration Backoff();

  const Client& client_;
  const ResourceRef resource_;
  const ListQuery base_;
  const Clock& clock_;
  Random& random_;
  Sink sink_;
  Counter lists_;
  Counter errors_;
  std::string position_;    // the last resourceVersion seen; "": list first
  int failures_ = 0;        // in a row
  MonotonicTime heard_at_;  // when the running watch last brought something
  StatusReason last_error_ = StatusReason::kOk;
};

}  // namespace noizy
