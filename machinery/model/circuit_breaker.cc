#include "machinery/model/circuit_breaker.h"

#include <algorithm>

namespace noizy::model {

bool CircuitBreaker::TryEnter(MonotonicTime now) {
  if (!open_) return true;
  if (now < open_until_ || probing_) return false;
  probing_ = true;
  return true;
}

void CircuitBreaker::Succeeded() {
  failures_ = 0;
  openings_ = 0;
  open_ = false;
  probing_ = false;
}

void CircuitBreaker::Failed(MonotonicTime now) {
  ++failures_;
  if (open_ ? probing_ : failures_ >= options_.failure_threshold) Open(now);
}

void CircuitBreaker::Open(MonotonicTime now) {
  // A request that was under way when it opened is no second opening.
  if (open_ && !probing_) return;
  Duration length = std::min(options_.open_for, kLongestOpen);
  for (int i = 0; i < openings_ && length < kLongestOpen; ++i) length *= 2;
  ++openings_;
  open_until_ = now + std::min(length, kLongestOpen);
  open_ = true;
  probing_ = false;
}

void CircuitBreaker::LeaveAlone(MonotonicTime until) {
  open_until_ = open_ && !probing_ ? std::max(open_until_, until) : until;
  open_ = true;
  probing_ = false;
}

CircuitBreaker::State CircuitBreaker::state(MonotonicTime now) const {
  if (!open_) return State::kClosed;
  return probing_ || now >= open_until_ ? State::kHalfOpen : State::kOpen;
}

std::string_view NameOf(CircuitBreaker::State state) {
  switch (state) {
    case CircuitBreaker::State::kClosed:
      return "Closed";
    case CircuitBreaker::State::kOpen:
      return "Open";
    case CircuitBreaker::State::kHalfOpen:
      return "HalfOpen";
  }
  return "";
}

}  // namespace noizy::model
