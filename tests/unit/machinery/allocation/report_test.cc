#include "machinery/allocation/report.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/allocation/waiting_world.h"

namespace noizy::allocation {
namespace {

TEST(AllocationReport, SetsThePlanBesideTheSchedulersOwn) {
  const World world;
  const Report report = world.Answered("large", "large");
  ASSERT_EQ(report.error, "");
  ASSERT_EQ(report.lines.size(), 2);
  EXPECT_NE(report.lines[0].own_node, "");
  EXPECT_EQ(report.lines[0].place.node, "large");
  EXPECT_TRUE(report.lines[0].fits_now);
  EXPECT_EQ(report.lines[1].own_node, "");
  EXPECT_NE(report.lines[1].own_reason.find("insufficient cpu"), std::string::npos);
  EXPECT_EQ(report.lines[1].place.node, "large");
  EXPECT_FALSE(report.lines[1].fits_now);
}

TEST(AllocationReport, WhatNoNodeCouldDoIsDroppedAndSaid) {
  const Report report = World().Answered("", "small");
  ASSERT_EQ(report.error, "");
  EXPECT_EQ(report.lines[0].place.node, "");
  EXPECT_EQ(report.lines[0].dropped, "");
  EXPECT_EQ(report.lines[1].place.node, "");
  EXPECT_EQ(report.lines[1].dropped, "node small could not run it");
  EXPECT_TRUE(PlanOf(report, kNow).places.empty());
}

TEST(AllocationReport, ThePlanIsWhatWasKept) {
  const Report report = World().Answered("small", "small");
  const scheduling::AppliedPlan plan = PlanOf(report, kNow + std::chrono::minutes(1));
  ASSERT_EQ(plan.places.size(), 1);
  EXPECT_EQ(plan.places[0], (scheduling::PlannedPlace{{"default", "any"}, "uid-any", 0, "small"}));
  EXPECT_EQ(plan.model, "m-1");
  EXPECT_EQ(plan.made, kNow);
  EXPECT_EQ(plan.prompt_hash.size(), 64);
}

TEST(AllocationReport, IsReadAsItWasWritten) {
  const Report report = World().Answered("small", "large");
  EXPECT_EQ(*ReadReport(ToText(report)), report);
  Report failed;
  failed.error = "Timeout: no answer";
  EXPECT_EQ(*ReadReport(ToText(failed)), failed);
  for (const char* text : {"", "[]", "{}", R"({"tasks":7})"})
    EXPECT_FALSE(ReadReport(text).ok()) << text;
}

TEST(AllocationReport, WithoutAnAnswerItSaysWhy) {
  const World world;
  model::Outcome outcome;
  outcome.reason = "BudgetExhausted";
  outcome.message = "the budget's tokensPerDay is used up";
  const Report report = ReportOf(*world.Ask(), outcome, world.objects, kNow);
  EXPECT_EQ(report.error, "BudgetExhausted: the budget's tokensPerDay is used up");
  EXPECT_TRUE(report.lines.empty());
}

}  // namespace
}  // namespace noizy::allocation
