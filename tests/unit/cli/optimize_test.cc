#include <gtest/gtest.h>

#include "kinds/routingpolicy.h"
#include "machinery/allocation/report.h"
#include "machinery/client/typed.h"
#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

using allocation::Report;

Report Planned() {
  Report report;
  report.provider = "local";
  report.model = "m-1";
  report.time = "2026-01-01T00:00:00Z";
  report.confidence = "high";
  report.reason = "Room\x1b[31m there.";
  report.prompt_hash = "abc";
  report.latency_ms = 12;
  report.input_tokens = 300;
  report.output_tokens = 40;
  report.lines = {{{{"default", "moved"}, "u1", 0, "m2"}, "m1", "", true, ""},
                  {{{"default", "waits"}, "u2", 0, "m2"}, "", "", false, ""},
                  {{{"default", "alike"}, "u3", 0, "m1"}, "m1", "", true, ""},
                  {{{"other", "free"}, "u4", 0, ""}, "m1", "", false, ""},
                  {{{"other", "wrong"}, "u5", 0, ""}, "", "", false, "node m3 could not run it"}};
  return report;
}

class Optimize : public CliTest {
 protected:
  Optimize() {
    grid_.api_.AddKind<RoutingPolicy>();
    grid_.OnStream([this](const HttpRequest&) { Answer(); });
  }
  void Put(const std::string& name, bool has_models) {
    RoutingPolicy policy;
    policy.metadata.name = name;
    if (has_models) policy.spec.ai.emplace().providers.emplace_back().name = "local";
    grid_.api_.Put(policy.ToValue());
  }
  // What the control plane does.
  void Answer() {
    auto policy = grid_.api_.Find<RoutingPolicy>({"", "p"});
    if (policy->metadata.annotations.erase(std::string(allocation::kRequestAnnotation)) == 0)
      return;
    policy->metadata.annotations[std::string(allocation::kReportAnnotation)] = ToText(report_);
    grid_.api_.Put(policy->ToValue());
  }
  std::string Applied() {
    const auto policy = grid_.api_.Find<RoutingPolicy>({"", "p"});
    const auto found =
        policy->metadata.annotations.find(std::string(scheduling::kAppliedPlanAnnotation));
    return found == policy->metadata.annotations.end() ? "" : found->second;
  }

  Report report_ = Planned();
};

TEST_F(Optimize, ShowsThePlanBesideTheSchedulersOwnAndAppliesNothing) {
  Put("p", true);
  const FakeGrid::Outcome outcome = grid_.Run({"optimize"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "NAMESPACE   TASK    SCHEDULER   PLAN   CHANGE\n"
            "default     moved   m1          m2     now\n"
            "default     waits   <waits>     m2     once it has room\n"
            "default     alike   m1          m1     the same\n"
            "other       free    m1          -      left to the scheduler\n"
            "other       wrong   <waits>     -      dropped: node m3 could not run it\n"
            "\nRoom [31m there. (high confidence)\n"
            "Said by local (m-1) at 2026-01-01T00:00:00Z, 12 ms, 300 + 40 tokens\n");
  EXPECT_EQ(Applied(), "");
}

TEST_F(Optimize, AppliesThePlanThatItShows) {
  Put("p", true);
  const FakeGrid::Outcome outcome = grid_.Run({"optimize", "--apply", "--hold=5m"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(outcome.err.starts_with("applied to 3 tasks until ")) << outcome.err;
  const auto plan = scheduling::ReadAppliedPlan(Applied());
  ASSERT_TRUE(plan.ok()) << Applied();
  ASSERT_EQ(plan->places.size(), 3);
  EXPECT_EQ(plan->places[0], Planned().lines[0].place);
  EXPECT_EQ(plan->reason, Planned().reason);
}

TEST_F(Optimize, TellsScriptsAllOfIt) {
  Put("p", true);
  EXPECT_EQ(grid_.Run({"optimize", "-o", "jsonpath={.tasks[1].node} {.inputTokens}"}).out,
            "m2 300");
}

TEST_F(Optimize, RefusesInALineWhatCannotBe) {
  Put("plain", false);
  EXPECT_EQ(grid_.Run({"optimize"}).err,
            "error: no RoutingPolicy names a provider under spec.ai.providers\n");
  EXPECT_EQ(grid_.Run({"optimize", "--policy=none"}).err,
            "error: there is no RoutingPolicy \"none\"\n");
  Put("p", true);
  report_ = {};
  report_.error = "BudgetExhausted: the budget is used up";
  const FakeGrid::Outcome refused = grid_.Run({"optimize", "--apply"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.err, "error: no plan: BudgetExhausted: the budget is used up\n");
  EXPECT_EQ(Applied(), "");
  report_ = Planned();
  for (auto& line : report_.lines) line.place.node.clear();
  EXPECT_EQ(grid_.Run({"optimize", "--apply"}).err,
            "error: the plan names no node, so there is nothing to apply\n");
  Put("q", true);
  EXPECT_EQ(grid_.Run({"optimize"}).err,
            "error: several RoutingPolicies have providers, name one with --policy: p q\n");
  EXPECT_EQ(grid_.Run({"optimize", "task/a"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
