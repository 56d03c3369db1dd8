#include "machinery/model/spending.h"

#include <gtest/gtest.h>

#include "machinery/meta/time.h"

namespace noizy::model {
namespace {

const WallTime kNoon = *ParseTime("2026-11-22T12:00:00Z");

TEST(SpendingTest, HoldsBackTheMostThatACallCanCost) {
  Spending spending({.tokens_per_day = 1000});
  EXPECT_EQ(spending.Reserve({600, 0}, kNoon), "");
  // Side by side they could overrun it.
  EXPECT_EQ(spending.Reserve({600, 0}, kNoon), "tokensPerDay");
  spending.Settle({600, 0}, {100, 0}, kNoon);
  EXPECT_EQ(spending.Reserve({600, 0}, kNoon), "");
  EXPECT_EQ(spending.today(kNoon).tokens, 700);
}

TEST(SpendingTest, CountsDollarsAndRefusesUnknownPrices) {
  Spending spending({.nanodollars_per_day = 1'000'000});
  EXPECT_EQ(spending.Reserve({1, std::nullopt}, kNoon), "usdPerDay");
  EXPECT_EQ(spending.Reserve({1, 900'000}, kNoon), "");
  EXPECT_EQ(spending.Reserve({1, 200'000}, kNoon), "usdPerDay");
}

TEST(SpendingTest, LetsSoManyRequestsThroughAMinute) {
  Spending spending({.requests_per_minute = 2});
  EXPECT_EQ(spending.Reserve({}, kNoon), "");
  EXPECT_EQ(spending.Reserve({}, kNoon + std::chrono::seconds(30)), "");
  EXPECT_EQ(spending.Reserve({}, kNoon + std::chrono::seconds(59)), "requestsPerMinute");
  EXPECT_EQ(spending.Reserve({}, kNoon + std::chrono::seconds(60)), "");
  // Somebody set the clock back by a day.
  EXPECT_EQ(spending.Reserve({}, kNoon - std::chrono::hours(24)), "");
}

TEST(SpendingTest, BeginsAnewAtMidnightUtc) {
  Spending spending({.tokens_per_day = 100});
  EXPECT_EQ(spending.Reserve({100, 0}, kNoon), "");
  const WallTime tomorrow = *ParseTime("2026-11-23T00:00:00Z");
  EXPECT_EQ(spending.Reserve({100, 0}, tomorrow), "");
  // Yesterday's call, which ends only now, gives nothing back to today.
  Spending other({.tokens_per_day = 100});
  EXPECT_EQ(other.Reserve({60, 0}, kNoon), "");
  other.Settle({60, 0}, {10, 0}, tomorrow);
  EXPECT_EQ(other.today(tomorrow).tokens, 0);
}

TEST(SpendingTest, RemembersWhatAnEarlierProcessSpent) {
  Spending spending({.tokens_per_day = 100});
  spending.Restore({90, 5}, kNoon);
  EXPECT_EQ(spending.Reserve({20, 0}, kNoon), "tokensPerDay");
  EXPECT_EQ(spending.today(kNoon).nanodollars, 5);
}

TEST(TokensOfTest, EstimatesOnTheSafeSide) {
  EXPECT_EQ(TokensOf(0), 0);
  EXPECT_EQ(TokensOf(1), 1);
  EXPECT_EQ(TokensOf(3000), 1000);
}

}  // namespace
}  // namespace noizy::model
