#include "bench/routing/options.h"

#include <gtest/gtest.h>

namespace noizy::bench {
namespace {

using Words = std::vector<std::string>;

TEST(RoutingBenchOptions, AreTakenFromTheWords) {
  const auto none = OptionsFrom({});
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->tasks, 4000);
  EXPECT_TRUE(none->model_url.empty());
  const auto all = OptionsFrom({"--seed", "7", "--scenarios", "s", "--tasks", "200", "--seeds", "1",
                                "--model", "http://127.0.0.1:1/v1", "tiny", "--charts", "c",
                                "--write-scenarios", "w", "--wrong"});
  ASSERT_TRUE(all.ok()) << all.status().ToString();
  EXPECT_EQ(all->seed, 7);
  EXPECT_EQ(all->scenarios, "s");
  EXPECT_EQ(all->tasks, 200);
  EXPECT_EQ(all->seeds, 1);
  EXPECT_EQ(all->model_url, "http://127.0.0.1:1/v1");
  EXPECT_EQ(all->model_name, "tiny");
  EXPECT_EQ(all->charts, "c");
  EXPECT_EQ(all->write, "w");
  EXPECT_TRUE(all->tell_wrong);
}

// A mistyped flag would else run for minutes without what was asked for.
TEST(RoutingBenchOptions, WhatIsNotKnownIsRefused) {
  struct Case {
    Words words;
    std::string why;
  };
  const std::vector<Case> cases = {
      {{"--modle", "http://a", "m"}, "\"--modle\" is no flag"},
      {{"--tasks=200"}, "\"--tasks=200\" is no flag"},
      {{"--wrong", "yes"}, "\"yes\" is no flag"},
      {{"--model", "http://a"}, "--model needs 2 value(s)"},
      {{"--model", "http://a", "--wrong"}, "--model needs 2 value(s)"},
      {{"--charts", ""}, "--charts needs 1 value(s)"},
      {{"--seed"}, "--seed needs 1 value(s)"},
      {{"--tasks", "many"}, "--tasks: \"many\" is no whole number from 1 on"},
      {{"--tasks", "0"}, "--tasks: \"0\" is no whole number from 1 on"},
      {{"--seed", "1x"}, "--seed: \"1x\" is no whole number from 0 on"},
      {{"--seed", "1", "--seed", "2"}, "--seed is given twice"}};
  for (const Case& one : cases) {
    const auto options = OptionsFrom(one.words);
    ASSERT_FALSE(options.ok()) << one.why;
    EXPECT_EQ(options.status().reason(), StatusReason::kBadRequest);
    EXPECT_NE(options.status().message().find(one.why), std::string::npos)
        << options.status().message();
  }
}

}  // namespace
}  // namespace noizy::bench
