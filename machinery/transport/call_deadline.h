// Ends HTTP calls when their time is over, whatever comes in meanwhile: a socket's own time-outs
// begin anew with every byte, so that a peer who sends one now and then would never be given up.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace noizy {

/// A call under way, up to its destruction. From its deadline on `abort` is called, again and
/// again, on a thread that all calls of the process share: the first time may come before there is
/// a connection to end. The destructor waits for an `abort` that is running.
class CallDeadline {
 public:
  using Abort = std::function<void()>;

  CallDeadline(std::chrono::steady_clock::time_point deadline, Abort abort);
  CallDeadline(const CallDeadline&) = delete;
  CallDeadline& operator=(const CallDeadline&) = delete;
  ~CallDeadline();

 private:
  class Watch;
  struct Entry;
  const std::unique_ptr<Entry> entry_;
};

}  // namespace noizy
