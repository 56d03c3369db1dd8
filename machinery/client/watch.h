// Decoding a watch stream; private to this folder and its tests.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "machinery/client/client.h"

namespace noizy {

/// The longest event taken: objects are a few MiB at most, so more is no watch stream at all.
inline constexpr std::size_t kMaxWatchEventBytes = 16 * 1024 * 1024;

/// Turns pieces of a watch's body, cut anywhere, into events: one JSON object a line, {"type":
/// "ADDED", "object": {…}}. One thread.
class WatchDecoder {
 public:
  explicit WatchDecoder(std::function<bool(WatchEvent)> on_event)
      : on_event_(std::move(on_event)) {}

  /// False when no more is wanted: the receiver has had enough, or status() says what is wrong.
  bool Feed(std::string_view piece);
  /// The Status of an ERROR event, Internal for what is no event; Ok otherwise.
  const Status& status() const { return status_; }

 private:
  bool TakeLine(std::string_view line);
  bool Fail(Status status);

  std::function<bool(WatchEvent)> on_event_;
  std::string partial_;  // the beginning of a line whose end has not come
  Status status_;
};

}  // namespace noizy
