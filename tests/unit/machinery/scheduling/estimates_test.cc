#include "machinery/scheduling/estimates.h"

#include <gtest/gtest.h>

namespace noizy::scheduling {
namespace {

using Source = Estimate::Source;

TEST(Estimates, SayWhenTheyKnowNothing) {
  const Estimates estimates;
  EXPECT_EQ(estimates.Of("w", "n", 1).source, Source::kUnknown);
  EXPECT_DOUBLE_EQ(estimates.Of("w", "n", 2).seconds, kUnknownRunSeconds / 2) << "the clock counts";
  EXPECT_EQ(estimates.VersionOf("w"), 0U);
}

TEST(Estimates, LearnPerNode) {
  Estimates estimates;
  estimates.Learn("w", "slow", 1, {10});
  estimates.Learn("w", "slow", 1, {20});
  EXPECT_EQ(estimates.Of("w", "slow", 1).source, Source::kSeenHere);
  EXPECT_DOUBLE_EQ(estimates.Of("w", "slow", 1).seconds, 15);
  EXPECT_EQ(estimates.Of("w", "fast", 3).source, Source::kSeenElsewhere);
  EXPECT_DOUBLE_EQ(estimates.Of("w", "fast", 3).seconds, 5) << "by the speeds";
  estimates.Learn("w", "fast", 3, {9});
  EXPECT_DOUBLE_EQ(estimates.Of("w", "fast", 3).seconds, 9) << "what was seen counts more";
}

TEST(Estimates, TakeAGuessUntilSomethingWasSeen) {
  Estimates estimates;
  estimates.Guess("w", 2, 30);
  EXPECT_EQ(estimates.Of("w", "n", 1).source, Source::kGuessed);
  EXPECT_DOUBLE_EQ(estimates.Of("w", "n", 1).seconds, 60) << "by the speeds";
  EXPECT_GT(estimates.VersionOf("w"), 0U);
  estimates.Learn("w", "n", 1, {10});
  estimates.Guess("w", 1, 500);
  EXPECT_DOUBLE_EQ(estimates.Of("w", "n", 1).seconds, 10);
  EXPECT_DOUBLE_EQ(estimates.Of("w", "other", 1).seconds, 10) << "what was seen counts";
}

TEST(Estimates, BelieveAMachineThatChanged) {
  Estimates estimates;
  for (int i = 0; i < 1000; ++i) estimates.Learn("w", "n", 1, {100});
  for (int i = 0; i < 60; ++i) estimates.Learn("w", "n", 1, {10});
  EXPECT_NEAR(estimates.Of("w", "n", 1).seconds, 10, 5);
}

TEST(Estimates, ChangeTheirVersionWhenItMatters) {
  Estimates estimates;
  estimates.Learn("w", "n", 1, {100});
  const auto version = estimates.VersionOf("w");
  EXPECT_GT(version, 0U);
  estimates.Learn("w", "n", 1, {101});
  EXPECT_EQ(estimates.VersionOf("w"), version);
  estimates.Learn("w", "n", 1, {500});
  EXPECT_GT(estimates.VersionOf("w"), version);
}

TEST(Estimates, CountWhatATaskDoes) {
  Estimates estimates;
  estimates.Learn("w", "n", 1, {10, 100});
  estimates.Learn("w", "n", 1, {60, 300});
  // 0.15 s for one, 200 of them on average.
  EXPECT_DOUBLE_EQ(estimates.Of("w", "n", 1).seconds, 30);
  EXPECT_DOUBLE_EQ(estimates.Of("w", "n", 1, 20).seconds, 3) << "no more than it may do";
  EXPECT_DOUBLE_EQ(estimates.Of("w", "n", 1, 5000).seconds, 30) << "nor more than is usual";
  EXPECT_DOUBLE_EQ(estimates.Of("w", "twice as fast", 2, 20).seconds, 1.5);
  estimates.Learn("w", "n", 1, {1000, 0});
  EXPECT_DOUBLE_EQ(estimates.Of("w", "n", 1).seconds, 30)
      << "a size that is not known says nothing";
}

TEST(Estimates, IgnoreNonsense) {
  Estimates estimates;
  estimates.Learn("w", "n", 1, {-1});
  estimates.Learn("w", "n", 0, {1});
  EXPECT_EQ(estimates.Of("w", "n", 1).source, Source::kUnknown);
}

TEST(Estimates, ForgetWhatWasNotSeenForLongest) {
  Estimates estimates;
  for (std::size_t i = 0; i < kMostWorks; ++i) estimates.Learn(std::to_string(i), "n", 1, {1});
  estimates.Learn("0", "n", 1, {1});
  estimates.Learn("new", "n", 1, {1});
  EXPECT_EQ(estimates.Of("1", "n", 1).source, Source::kUnknown);
  EXPECT_EQ(estimates.Of("0", "n", 1).source, Source::kSeenHere);
}

}  // namespace
}  // namespace noizy::scheduling
