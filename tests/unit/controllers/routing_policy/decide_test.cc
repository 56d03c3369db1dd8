#include "controllers/routing_policy/decide.h"

#include <gtest/gtest.h>

#include "machinery/meta/time.h"

namespace noizy::routing_policy {
namespace {

const WallTime kNow = *ParseTime("2026-11-22T10:00:00Z");

RoutingPolicy Asking() {
  RoutingPolicy policy;
  policy.metadata.name = "p";
  policy.metadata.generation = 2;
  policy.spec.strategy = "AI";
  return policy;
}

Observed Seen() {
  Observed seen;
  seen.now = kNow;
  seen.figures.providers.push_back(
      {"claude", model::CircuitBreaker::State::kClosed, "", std::chrono::milliseconds(640)});
  return seen;
}

TEST(RoutingPolicyDecideTest, IsReadyWithItsModels) {
  const RoutingPolicyStatus status = Decide(Asking(), Seen()).status;
  ASSERT_EQ(status.conditions.size(), 1);
  EXPECT_EQ(status.conditions[0].status, "True");
  EXPECT_EQ(status.conditions[0].reason, "ModelsConfigured");
  EXPECT_EQ(status.conditions[0].observed_generation, 2);
  ASSERT_EQ(status.providers.size(), 1);
  EXPECT_EQ(status.providers[0].circuit, "Closed");
  EXPECT_EQ(status.providers[0].latency_ms, 640);
}

TEST(RoutingPolicyDecideTest, TellsEveryProblemAtOnce) {
  Observed seen = Seen();
  seen.problems = {"provider \"a\": no key", "provider \"b\": no price"};
  const Condition ready = Decide(Asking(), seen).status.conditions[0];
  EXPECT_EQ(ready.status, "False");
  EXPECT_EQ(ready.reason, "ProviderUnusable");
  EXPECT_EQ(ready.message, "provider \"a\": no key; provider \"b\": no price");
}

TEST(RoutingPolicyDecideTest, IsReadyWithAStrategyOfTheSchedulersOwn) {
  RoutingPolicy policy = Asking();
  policy.spec.strategy = "BinPack";
  const RoutingPolicyStatus status = Decide(policy, Seen()).status;
  EXPECT_EQ(status.conditions[0].reason, "StrategyKnown");
  EXPECT_EQ(status.spent_day, "");
}

TEST(RoutingPolicyDecideTest, CountsOnFromWhatWasTold) {
  RoutingPolicy policy = Asking();
  policy.status.decisions = 100;
  policy.status.cache_hits = 40;
  Observed seen = Seen();
  seen.figures.decisions = 9;
  seen.figures.cache_hits = 5;
  seen.figures.fallbacks = 1;
  seen.told.decisions = 6;
  seen.told.cache_hits = 5;
  const RoutingPolicyStatus status = Decide(policy, seen).status;
  EXPECT_EQ(status.decisions, 103);
  EXPECT_EQ(status.cache_hits, 40);
  EXPECT_EQ(status.fallbacks, 1);
}

TEST(RoutingPolicyDecideTest, KeepsWhatTodayCost) {
  Observed seen = Seen();
  seen.figures.spent_today = {1200, 4'500'000};
  const RoutingPolicyStatus status = Decide(Asking(), seen).status;
  EXPECT_EQ(status.spent_today, "0.0045");
  EXPECT_EQ(status.tokens_today, 1200);
  EXPECT_EQ(status.spent_day, "2026-11-22");
  EXPECT_EQ(SpentBy(status, kNow).tokens, 1200);
  EXPECT_EQ(SpentBy(status, kNow).nanodollars, 4'500'000);
  EXPECT_EQ(SpentBy(status, kNow + std::chrono::hours(14)).tokens, 0);
}

TEST(RoutingPolicyDecideTest, NoticesACircuitOnceWhenItOpens) {
  RoutingPolicy policy = Asking();
  Observed seen = Seen();
  seen.figures.providers[0].circuit = model::CircuitBreaker::State::kOpen;
  seen.figures.providers[0].last_error = "503";
  const Decision opened = Decide(policy, seen);
  ASSERT_EQ(opened.notices.size(), 1);
  EXPECT_EQ(opened.notices[0],
            (Notice{"CircuitOpened", "Provider claude is left alone for now: 503"}));
  policy.status = opened.status;
  EXPECT_TRUE(Decide(policy, seen).notices.empty());
}

TEST(RoutingPolicyDecideTest, NoticesABudgetThatEnds) {
  Observed seen = Seen();
  seen.figures.exhausted = "tokensPerDay";
  const Decision ended = Decide(Asking(), seen);
  ASSERT_EQ(ended.notices.size(), 1);
  EXPECT_EQ(ended.notices[0].reason, "BudgetExhausted");
  seen.told.exhausted = "tokensPerDay";
  EXPECT_TRUE(Decide(Asking(), seen).notices.empty());
}

}  // namespace
}  // namespace noizy::routing_policy
