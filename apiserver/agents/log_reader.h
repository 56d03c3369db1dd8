// Reads an attempt's log as a person wants it: the contents of its lines, from a certain line or
// time on, waiting for more.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "apiserver/agents/logs.h"
#include "machinery/base/clock.h"

namespace noizy::apiserver {

struct LogQuery {
  /// Only the last so many lines.
  std::optional<std::int64_t> tail_lines;
  /// Only lines from this time on.
  std::optional<WallTime> since;
  /// Each line begins with its time.
  bool timestamps = false;
  /// At most so many bytes of text.
  std::optional<std::int64_t> limit_bytes;
};

/// For one thread at a time; `on_change` comes on any thread.
class LogReader {
 public:
  /// Call Next before the first `on_change`, and after each. `on_change` may be null for a reader
  /// that does not follow.
  LogReader(LogStore& logs, LogKey key, const LogQuery& query, std::function<void()> on_change);
  ~LogReader();
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;

  /// The next piece of text, of about 64 KiB at most; "" when there is none now.
  std::string Next();
  /// Nothing more will come, and all of it was read.
  bool ended() const { return ended_; }

 private:
  std::int64_t StartOfTail(std::int64_t lines) const;
  void AddLine(std::string_view line, std::string& text);

  LogStore& logs_;
  const LogKey key_;
  const bool timestamps_;
  const std::string since_;  // RFC 3339 with nanoseconds, which sorts as text; "": all
  std::int64_t left_;        // bytes of text that may still be given
  std::int64_t offset_ = 0;
  bool ended_ = false;
  bool in_line_ = false;  // the last line given was a piece of a longer one
  std::optional<LogStore::ListenerId> listener_;
};

}  // namespace noizy::apiserver
