// Between the thread that reads a streamed reply off the wire and the caller that feeds its sink. A
// bounded buffer: a caller that does not keep up leaves the socket unread, and so slows the server
// down.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "machinery/base/mutex.h"
#include "machinery/base/status.h"
#include "machinery/transport/http.h"

namespace noizy {

/// For one reader and one caller.
class StreamPipe {
 public:
  /// The reader waits while this much, or more, is not taken.
  static constexpr std::size_t kBytes = 1024 * 1024;

  // The reader's end. False once the caller has gone.

  bool PutHead(int code, HttpHeaders headers);
  bool PutBytes(std::string_view bytes);
  /// The last call: `status` says how the reply ended.
  void End(Status status);

  // The caller's end.

  struct Taken {
    std::optional<std::pair<int, HttpHeaders>> head;
    std::string bytes;
    bool ended = false;  // and nothing comes after these bytes
  };
  /// What has come since the last call, after waiting at most `longest` for it.
  Taken Take(std::chrono::milliseconds longest);
  /// Waits at most `longest` for End; true when it came.
  bool AwaitEnd(std::chrono::milliseconds longest);
  /// How the reply ended; Ok before that.
  Status status() const;
  /// Nobody takes any more.
  void Abandon();

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  std::optional<std::pair<int, HttpHeaders>> head_ NOIZY_GUARDED_BY(mutex_);
  std::string bytes_ NOIZY_GUARDED_BY(mutex_);
  bool abandoned_ NOIZY_GUARDED_BY(mutex_) = false;
  bool ended_ NOIZY_GUARDED_BY(mutex_) = false;
  Status status_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy
