#include <gtest/gtest.h>

#include "machinery/diagnosis/report.h"
#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

using diagnosis::Report;

Report Said() {
  Report report;
  report.answer = {"The disk is full.", {"Make room.", "Run it again."}, 4, "high"};
  report.policy = "p";
  report.provider = "local";
  report.model = "m-1";
  report.time = "2026-01-01T00:00:00Z";
  report.phase = "Failed";
  report.latency_ms = 12;
  report.input_tokens = 300;
  report.output_tokens = 40;
  return report;
}

class Diagnose : public CliTest {
 protected:
  Diagnose() {
    grid_.PutTask("a", "status: {phase: Failed}");
    grid_.OnStream([this](const HttpRequest&) { Answer(); });
  }
  // What the control plane does.
  void Answer() {
    Value task = grid_.Task("a");
    Value* annotations = Find(task, {"metadata", "annotations"});
    if (annotations == nullptr) return;
    const auto request = annotations->get_object().find(diagnosis::kRequestAnnotation);
    if (request == annotations->get_object().end()) return;
    asked_.emplace_back(request->value().get_string());
    annotations->get_object().erase(request);
    annotations->get_object()[diagnosis::kReportAnnotation] = answer_;
    grid_.api_.Put(std::move(task));
  }

  std::string answer_ = ToText(Said());
  std::vector<std::string> asked_;
};

TEST_F(Diagnose, ShowsWhatTheModelSaysAndWhereItIsFrom) {
  const FakeGrid::Outcome outcome = grid_.Run({"diagnose", "task/a", "--policy=p"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "task.noizy.dev/a: The disk is full.\n\nRecommended:\n  1. Make room.\n"
            "  2. Run it again.\n\nRisk 4 of 10, high confidence\n"
            "Said by local (m-1) of policy p at 2026-01-01T00:00:00Z, 12 ms, 300 + 40 tokens\n");
  EXPECT_EQ(asked_, std::vector<std::string>{"p"});
}

TEST_F(Diagnose, TellsScriptsAllOfIt) {
  EXPECT_EQ(grid_.Run({"diagnose", "task", "a", "-o", "jsonpath={.riskLevel} {.provider}"}).out,
            "4 local");
}

TEST_F(Diagnose, AnErrorIsOneLine) {
  Report failed;
  failed.error = "Timeout: no answer within 60 s";
  answer_ = ToText(failed);
  const FakeGrid::Outcome outcome = grid_.Run({"diagnose", "task/a"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "error: no diagnosis: Timeout: no answer within 60 s\n");
  EXPECT_EQ(outcome.out, "");
  answer_ = "nobody's report";
  EXPECT_TRUE(
      grid_.Run({"diagnose", "task/a"}).err.starts_with("error: the answer cannot be read"));
}

// Whoever may write the Task may write the report.
TEST_F(Diagnose, NothingPlaysWithTheTerminal) {
  Report report = Said();
  report.provider = "x\x1b[2Jy";
  report.model = "\x07 bell";
  answer_ = ToText(report);
  const FakeGrid::Outcome outcome = grid_.Run({"diagnose", "task/a"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("Said by x [2Jy (  bell)"), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.out.find_first_of("\x1b\x07"), std::string::npos);
}

TEST_F(Diagnose, IsAboutOneTaskOrNode) {
  EXPECT_EQ(grid_.Run({"diagnose"}).code, 2);
  EXPECT_EQ(grid_.Run({"diagnose", "task/a", "task/b"}).code, 2);
  EXPECT_EQ(grid_.Run({"diagnose", "configmap/a"}).code, 2);
  EXPECT_EQ(grid_.Run({"diagnose", "task/a", "-o", "poem"}).code, 2);
  const FakeGrid::Outcome none = grid_.Run({"diagnose", "task/none"});
  EXPECT_EQ(none.code, 1);
  EXPECT_NE(none.err.find("not found"), std::string::npos) << none.err;
}

TEST_F(Diagnose, GivesUpInTime) {
  grid_.OnStream([](const HttpRequest&) {});
  const FakeGrid::Outcome outcome = grid_.Run({"diagnose", "task/a", "--timeout=5s"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "error: timed out waiting for task.noizy.dev/a\n");
}

}  // namespace
}  // namespace noizy::cli
