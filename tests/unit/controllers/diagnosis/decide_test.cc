#include "controllers/diagnosis/decide.h"

#include <gtest/gtest.h>

namespace noizy::diagnosis {
namespace {

const std::vector<PolicyOffer> kPolicies = {
    {"a", true, true}, {"b", true, false}, {"plain", false, true}};

Observed Asked(std::string policy = {}) {
  Observed seen;
  seen.request = std::move(policy);
  seen.policies = kPolicies;
  return seen;
}

Observed FailedTask() {
  Observed seen;
  seen.phase = "Failed";
  seen.ended = std::chrono::seconds(1);
  seen.matching = "a";
  seen.policies = kPolicies;
  return seen;
}

TEST(DiagnosisPolicy, IsTheOneNamedElseTheOneThatMatchesElseTheOnlyOne) {
  EXPECT_EQ(*PolicyFor("b", "a", kPolicies), "b");
  EXPECT_EQ(*PolicyFor("", "a", kPolicies), "a");
  EXPECT_EQ(*PolicyFor("", "plain", {{"plain", false, false}, {"b", true, false}}), "b");
}

TEST(DiagnosisPolicy, SaysWhyThereIsNone) {
  const auto why = [](const std::string& named, const std::string& matching,
                      const std::vector<PolicyOffer>& policies) {
    return PolicyFor(named, matching, policies).status().message();
  };
  EXPECT_EQ(why("x", "a", kPolicies), "there is no RoutingPolicy \"x\"");
  EXPECT_EQ(why("plain", "a", kPolicies),
            "RoutingPolicy \"plain\" names no provider under spec.ai.providers");
  EXPECT_EQ(why("", "plain", kPolicies), "several RoutingPolicies have providers, name one: a b");
  EXPECT_EQ(why("", "", {}), "no RoutingPolicy names a provider under spec.ai.providers");
}

TEST(DiagnosisDecide, ARequestIsAsked) {
  EXPECT_EQ(Decide(Asked("b")).ask, "b");
  EXPECT_FALSE(Decide(Asked("b")).keep);
}

TEST(DiagnosisDecide, ARequestWithoutModelsIsAnsweredSo) {
  const Plan plan = Decide(Asked("x"));
  EXPECT_EQ(plan.ask, "");
  EXPECT_EQ(plan.keep->error, "there is no RoutingPolicy \"x\"");
  EXPECT_TRUE(plan.remove_request);
}

TEST(DiagnosisDecide, NothingIsAskedTwiceAtOnce) {
  Observed seen = Asked("b");
  seen.asking = true;
  EXPECT_EQ(Decide(seen).ask, "");
  EXPECT_FALSE(Decide(seen).keep);
}

TEST(DiagnosisDecide, AnAnswerTakesItsOwnRequestAway) {
  Observed seen = Asked("b");
  seen.answered = Answered{"b", {}};
  EXPECT_TRUE(Decide(seen).keep);
  EXPECT_TRUE(Decide(seen).remove_request);
  seen.request = "a";
  EXPECT_TRUE(Decide(seen).keep);
  EXPECT_FALSE(Decide(seen).remove_request);
  seen.request = "";
  seen.answered->request.reset();  // it was asked by itself
  EXPECT_FALSE(Decide(seen).remove_request);
}

TEST(DiagnosisDecide, AFailureIsDiagnosedByItselfOnce) {
  Observed seen = FailedTask();
  EXPECT_EQ(Decide(seen).ask, "a");
  Report report;
  report.error = "BudgetExhausted: …";
  report.phase = "Failed";
  seen.report = ToText(report);
  EXPECT_EQ(Decide(seen).ask, "");
  report.phase = "Running";  // it was asked about before it failed
  seen.report = ToText(report);
  EXPECT_EQ(Decide(seen).ask, "a");
}

TEST(DiagnosisDecide, OnlyAFreshFailureUnderAPolicyThatWantsItIsDiagnosedByItself) {
  Observed old = FailedTask();
  old.ended = kFreshFailure + std::chrono::seconds(1);
  Observed unwanted = FailedTask();
  unwanted.matching = "b";
  Observed without_models = FailedTask();
  without_models.matching = "plain";
  Observed unmatched = FailedTask();
  unmatched.matching.clear();
  Observed running = FailedTask();
  running.phase = "Running";
  for (const Observed& seen : {old, unwanted, without_models, unmatched, running})
    EXPECT_EQ(Decide(seen).ask, "");
}

}  // namespace
}  // namespace noizy::diagnosis
