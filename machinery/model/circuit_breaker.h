// Leaves a failing provider alone, and tries it with one request when its time is over.
//
//            failures in a row ≥ threshold, or a fault that opens at once
//   Closed ───────────────────────────────────────────────────────────────▶ Open
//     ▲                                                                     │ its time is over,
//     │ the probe succeeded                                                 ▼ somebody asks
//     └────────────────────────── HalfOpen (one probe) ◀────────────────────┘
//                                     │ the probe failed: Open again, for twice as long
#pragma once

#include <cstdint>
#include <string_view>

#include "machinery/base/clock.h"

namespace noizy::model {

struct CircuitOptions {
  /// Failures in a row that open it.
  std::int64_t failure_threshold = 5;
  Duration open_for = std::chrono::seconds(30);
};

/// The longest that a circuit stays open, however often its probes failed.
inline constexpr Duration kLongestOpen = std::chrono::minutes(10);

/// One thread's; whoever owns it locks.
class CircuitBreaker {
 public:
  enum class State : std::uint8_t { kClosed, kOpen, kHalfOpen };

  explicit CircuitBreaker(CircuitOptions options) : options_(options) {}

  /// Whether a request may be made now. True in HalfOpen makes the caller the probe. Whoever enters
  /// reports one of the five below.
  bool TryEnter(MonotonicTime now);
  void Succeeded();
  void Failed(MonotonicTime now);
  /// Opens at once, for as long as failures open it.
  void Open(MonotonicTime now);
  /// The provider asked for it: Open until then, which says nothing about its health.
  void LeaveAlone(MonotonicTime until);
  /// Nothing was sent after all.
  void Abandoned() { probing_ = false; }

  State state(MonotonicTime now) const;
  /// When it may be asked again; in the past when it may be now.
  MonotonicTime opens_until() const { return open_until_; }

 private:
  const CircuitOptions options_;
  std::int64_t failures_ = 0;
  /// Times in a row that it opened without a success between them.
  int openings_ = 0;
  bool open_ = false;
  bool probing_ = false;
  MonotonicTime open_until_{};
};

/// "Closed", "Open", "HalfOpen".
std::string_view NameOf(CircuitBreaker::State state);

}  // namespace noizy::model
