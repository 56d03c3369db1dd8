// What may be spent on models, and what has been. Checked before a call with the most that the call
// can cost, corrected after it with what it did cost, so that calls side by side cannot overrun it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "machinery/base/clock.h"
#include "machinery/model/chat.h"

namespace noizy::model {

/// Absent is unlimited.
struct Budget {
  std::optional<std::int64_t> requests_per_minute = {};
  std::optional<std::int64_t> tokens_per_day = {};
  std::optional<std::int64_t> nanodollars_per_day = {};
};

/// One call's share.
struct Expense {
  std::int64_t tokens = 0;
  /// Absent: nobody knows the price, which a budget in dollars refuses.
  std::optional<std::int64_t> nanodollars = 0;
};

/// Days are UTC's. One thread's; whoever owns it locks.
class Spending {
 public:
  explicit Spending(Budget budget) : budget_(budget) {}

  /// Takes `most` from the budget. Otherwise nothing is taken, and it names the limit that is in
  /// the way: "requestsPerMinute", "tokensPerDay" or "usdPerDay"; "" when it was taken.
  std::string_view Reserve(const Expense& most, WallTime now);
  /// A call that was reserved as `most` came to `actual`.
  void Settle(const Expense& most, const Expense& actual, WallTime now);
  /// What an earlier process spent on the day of `now`.
  void Restore(const Expense& spent, WallTime now);

  Expense today(WallTime now) const;

 private:
  void Turn(WallTime now);
  void Add(const Expense& more);

  const Budget budget_;
  std::deque<WallTime> last_minute_;
  std::int64_t day_ = 0;
  Expense today_;
};

/// The most tokens that text of so many bytes can be: tokenisers fall back to single bytes, but
/// what people write is shorter by far; a third of the bytes is on the safe side for it.
std::int64_t TokensOf(std::size_t bytes);

}  // namespace noizy::model
