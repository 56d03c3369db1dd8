#include "machinery/model/spending.h"

#include <algorithm>

namespace noizy::model {
namespace {

std::int64_t DayOf(WallTime time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

}  // namespace

void Spending::Turn(WallTime now) {
  if (DayOf(now) != day_) {
    day_ = DayOf(now);
    today_ = {};
  }
  // A clock that was set back must not keep them for ever.
  const auto past = [&](WallTime then) {
    return then <= now - std::chrono::minutes(1) || then > now;
  };
  while (!last_minute_.empty() && past(last_minute_.front())) last_minute_.pop_front();
}

std::string_view Spending::Reserve(const Expense& most, WallTime now) {
  Turn(now);
  if (budget_.requests_per_minute &&
      static_cast<std::int64_t>(last_minute_.size()) >= *budget_.requests_per_minute) {
    return "requestsPerMinute";
  }
  if (budget_.tokens_per_day && today_.tokens + most.tokens > *budget_.tokens_per_day) {
    return "tokensPerDay";
  }
  if (budget_.nanodollars_per_day && (!most.nanodollars || *today_.nanodollars + *most.nanodollars >
                                                               *budget_.nanodollars_per_day)) {
    return "usdPerDay";
  }
  if (budget_.requests_per_minute) last_minute_.push_back(now);
  Add(most);
  return "";
}

void Spending::Add(const Expense& more) {
  today_.tokens += more.tokens;
  *today_.nanodollars += more.nanodollars.value_or(0);
}

// A call that ends on the next day was that day's before midnight: only what it cost is new.
void Spending::Settle(const Expense& most, const Expense& actual, WallTime now) {
  const bool same_day = DayOf(now) == day_;
  Turn(now);
  if (!same_day) return;
  Add(actual);
  today_.tokens = std::max<std::int64_t>(0, today_.tokens - most.tokens);
  today_.nanodollars =
      std::max<std::int64_t>(0, *today_.nanodollars - most.nanodollars.value_or(0));
}

void Spending::Restore(const Expense& spent, WallTime now) {
  Turn(now);
  Add(spent);
}

Expense Spending::today(WallTime now) const {
  return DayOf(now) == day_ ? today_ : Expense{};
}

std::int64_t TokensOf(std::size_t bytes) {
  return static_cast<std::int64_t>((bytes + 2) / 3);
}

}  // namespace noizy::model
