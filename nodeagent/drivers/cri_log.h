// Writes a task's output as the CRI log format has it: "RFC3339NANO STREAM TAG CONTENT\n".
//
// TAG is F for a whole line, and P for a piece of one: a line longer than kMaxContentBytes comes as
// several P and a last F, and output that ends without a newline as a last P. Joining the contents,
// with a newline after each F, gives the bytes back.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy::nodeagent {

enum class OutputStream : std::uint8_t { kStdout, kStderr };

/// Owned by one supervisor; for one thread.
class CriLogWriter {
 public:
  /// Longest content of one log line, as containerd and CRI-O write it.
  static constexpr std::size_t kMaxContentBytes = std::size_t{16} << 10;

  /// Appends to `fd`, which stays the caller's and holds `size` bytes already. Past `cap_bytes` one
  /// line says so and nothing more is written.
  CriLogWriter(int fd, std::int64_t size, std::int64_t cap_bytes, const Clock& clock)
      : fd_(fd), size_(size), cap_bytes_(cap_bytes), clock_(clock) {}

  /// Writes the lines that `bytes` completes; the rest waits. An error is a full or broken disk.
  Status Append(OutputStream stream, std::string_view bytes);
  /// Writes what waits, as an unfinished line.
  Status Flush(OutputStream stream);
  bool truncated() const { return truncated_; }

 private:
  void AddLine(OutputStream stream, char tag, std::string_view content);
  Status WriteOut();

  const int fd_;
  std::int64_t size_;
  const std::int64_t cap_bytes_;
  const Clock& clock_;
  bool truncated_ = false;
  std::string time_;  // of the batch being written
  std::string out_;
  std::array<std::string, 2> waiting_;  // by stream: an unfinished line
};

/// "2026-01-01T00:00:00.000000000Z"
std::string Rfc3339Nano(WallTime time);

}  // namespace noizy::nodeagent
