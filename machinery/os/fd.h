// One open file descriptor with one owner, and how an errno becomes a Status.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy {

/// Owns a file descriptor and closes it. -1 is none. Thread-compatible.
class UniqueFd {
 public:
  explicit UniqueFd(int fd = -1) : fd_(fd) {}
  ~UniqueFd() { Reset(); }
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) Reset(other.Release());
    return *this;
  }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  /// Gives the descriptor up without closing it.
  int Release() { return std::exchange(fd_, -1); }
  /// Closes what is held and takes `fd`.
  void Reset(int fd = -1);

 private:
  int fd_;
};

/// What a program reads its input from.
inline constexpr int kStandardInput = 0;

/// Both ends of a pipe, closed on exec.
struct Pipe {
  UniqueFd read;
  UniqueFd write;
};
Result<Pipe> MakePipe();

/// "cannot <what>: <the system's words for `error`>" with the reason that fits: NotFound,
/// Forbidden, AlreadyExists, ServiceUnavailable (out of memory, space, processes or descriptors),
/// else InternalError.
Status SystemError(std::string_view what, int error);

/// Writes all of `bytes`, going on after interruptions and short writes.
Status WriteAll(int fd, std::string_view bytes);

/// Reads what is there, up to the buffer's size; 0 at the end.
Result<std::size_t> ReadSome(int fd, std::span<char> buffer);

/// Waits until some of `fds` can be read or are at their end, and says which; none of them after
/// `timeout` or an interruption. Descriptors of -1 are never ready.
std::vector<bool> AwaitReadable(std::span<const int> fds, Duration timeout);

}  // namespace noizy
