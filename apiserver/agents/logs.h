// The output of attempts, as their agents send it: one file an attempt, DIR/<task
// uid>/<attempt>.log, in the CRI log format.
//
// An agent names the place of each piece in its own file, so that pieces may come twice, overlap or
// be missing after a broken connection: what is there already is trimmed, and a piece that would
// leave a gap is not written; the answer always says how much is here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/mutex.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

/// Past this an attempt's output is accepted and thrown away. Agents stop at 16 MiB by themselves.
inline constexpr std::int64_t kMaxLogBytes = std::int64_t{64} << 20;

/// Names one attempt's log.
struct LogKey {
  std::string uid;
  std::int64_t attempt = 0;

  auto operator<=>(const LogKey&) const = default;
};

/// Thread-safe. Blocks on the disk.
class LogStore {
 public:
  using Listener = std::function<void()>;
  using ListenerId = std::uint64_t;

  /// `folder` is made when the first piece comes.
  explicit LogStore(std::string folder, std::int64_t max_bytes = kMaxLogBytes)
      : folder_(std::move(folder)), max_bytes_(max_bytes) {}

  /// Takes a piece; returns how many bytes of the agent's file are here now. `end`: it is the last
  /// one. BadRequest for a uid that is none; ServiceUnavailable when the disk fails: nothing of the
  /// piece counts.
  Result<std::int64_t> Append(const LogKey& key, std::int64_t offset, std::string_view data,
                              bool end) NOIZY_EXCLUDES(mutex_);
  /// How many bytes are here; 0 when there are none.
  std::int64_t Size(const LogKey& key) NOIZY_EXCLUDES(mutex_);
  /// Bytes that can be read.
  std::int64_t StoredBytes(const LogKey& key) NOIZY_EXCLUDES(mutex_);
  /// No more will come, for whatever reason.
  void Conclude(const LogKey& key) NOIZY_EXCLUDES(mutex_);
  bool HasEnded(const LogKey& key) NOIZY_EXCLUDES(mutex_);
  /// Up to `max` bytes from `offset`; "" at the end, and when there is no log.
  std::string Read(const LogKey& key, std::int64_t offset, std::size_t max) const;

  /// Drops all of a Task's logs.
  void Remove(const std::string& uid) NOIZY_EXCLUDES(mutex_);
  /// The uids that have logs.
  std::vector<std::string> Uids() const;

  /// `listener` is called, on any thread and under no lock of ours, whenever the log grew or ended;
  /// it must not block.
  ListenerId Listen(const LogKey& key, Listener listener) NOIZY_EXCLUDES(mutex_);
  /// After it no further call begins.
  void Unlisten(const LogKey& key, ListenerId id) NOIZY_EXCLUDES(mutex_);
  bool IsFollowed(const LogKey& key) const NOIZY_EXCLUDES(mutex_);

 private:
  struct Log {
    std::int64_t stored = 0;    // bytes in the file
    std::int64_t accepted = 0;  // stored and thrown away
    bool ended = false;
    std::map<ListenerId, std::shared_ptr<Listener>> listeners;
  };

  Log& Open(const LogKey& key) NOIZY_REQUIRES(mutex_);
  Status Write(const LogKey& key, Log& log, std::string_view data) NOIZY_REQUIRES(mutex_);
  void Tell(const LogKey& key) NOIZY_EXCLUDES(mutex_);
  std::string PathOf(const LogKey& key, std::string_view suffix) const;

  const std::string folder_;
  const std::int64_t max_bytes_;
  // Held while a piece is written, so that two sessions of one node cannot tear a file.
  mutable Mutex mutex_;
  std::map<LogKey, Log> logs_ NOIZY_GUARDED_BY(mutex_);
  ListenerId next_listener_ NOIZY_GUARDED_BY(mutex_) = 1;
};

/// 36 characters of hexadecimal digits and hyphens: what may become a folder's name.
bool IsUid(std::string_view text);

}  // namespace noizy::apiserver
