// Keeps the last bytes of a stream: what becomes a task's result.
#pragma once

#include <string>
#include <string_view>

namespace noizy::nodeagent {

/// For one thread. Holds at most twice its bound in memory.
class OutputTail {
 public:
  explicit OutputTail(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  void Append(std::string_view bytes);
  /// The last bytes, at most the bound. When something was cut off before them, they begin at a
  /// UTF-8 character's start.
  std::string Text() const;

 private:
  const std::size_t max_bytes_;
  bool cut_ = false;
  std::string kept_;
};

}  // namespace noizy::nodeagent
