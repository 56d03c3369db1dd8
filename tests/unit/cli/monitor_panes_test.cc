#include "cli/monitor_panes.h"

#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

SharedObject Shared(std::string_view yaml) {
  return std::make_shared<const Value>(Yaml(yaml));
}

const PaneText& PaneOf(const std::vector<PaneText>& panes, Pane pane) {
  return panes[static_cast<std::size_t>(pane)];
}

TEST(MonitorPanes, AnEmptyOneIsItsTitle) {
  for (const PaneText& pane : DrawPanes({})) {
    EXPECT_EQ(pane.Lines(), 1U);
    EXPECT_TRUE(pane.title.ends_with("(0)")) << pane.title;
  }
}

TEST(MonitorPanes, NodesAreAsTheyAre) {
  const std::pair<const char*, LineStyle> cases[] = {
      {"{status: {conditions: [{type: Ready, status: 'True'}]}}", LineStyle::kGood},
      {"{spec: {unschedulable: true}, status: {conditions: [{type: Ready, status: 'True'}]}}",
       LineStyle::kWarning},
      {"{status: {conditions: [{type: Ready, status: Unknown}]}}", LineStyle::kBad},
      {"{}", LineStyle::kWarning}};
  for (const auto& [node, style] : cases) {
    const auto panes = DrawPanes({.nodes = {Shared(node)}});
    EXPECT_EQ(PaneOf(panes, Pane::kNodes).rows[0].style, style) << node;
  }
}

TEST(MonitorPanes, OnlyTasksThatGoOnAreListedTheRunningFirst) {
  const auto panes =
      DrawPanes({.tasks = {Shared("{metadata: {name: a}}"),
                           Shared("{metadata: {name: b}, status: {phase: Failed}}"),
                           Shared("{metadata: {name: c}, status: {phase: Scheduled}}"),
                           Shared("{metadata: {name: d}, status: {phase: Running}}")}});
  const PaneText& tasks = PaneOf(panes, Pane::kTasks);
  ASSERT_EQ(tasks.rows.size(), 3U);
  EXPECT_TRUE(tasks.rows[0].text.starts_with("  /d"));
  EXPECT_TRUE(tasks.rows[1].text.starts_with("  /c"));
  EXPECT_TRUE(tasks.rows[2].text.starts_with("  /a"));
}

TEST(MonitorPanes, ATaskWaitsForTheReasonThatItsConditionTells) {
  const auto panes = DrawPanes(
      {.tasks = {Shared(
           "{status: {conditions: [{type: Scheduled, message: \"no node\\nof three\"}]}}")}});
  const std::string& row = PaneOf(panes, Pane::kTasks).rows[0].text;
  EXPECT_TRUE(row.ends_with("no node...")) << row;
}

TEST(MonitorPanes, AFailoverUnderWayHasNoDuration) {
  const auto panes = DrawPanes(
      {.tasks = {Shared(
           "{metadata: {name: t, namespace: n}, status: {failovers: [{attempt: 1, nodeName: gone, "
           "fencedTime: '2026-01-01T00:00:00Z'}, {attempt: 2, nodeName: later, newNodeName: m, "
           "durationMs: 9, fencedTime: '2026-01-01T00:00:01Z'}]}}")}});
  const PaneText& failovers = PaneOf(panes, Pane::kFailovers);
  ASSERT_EQ(failovers.rows.size(), 2U);
  EXPECT_NE(failovers.rows[0].text.find("later"), std::string::npos) << "the latest first";
  EXPECT_EQ(failovers.rows[1].style, LineStyle::kWarning);
}

TEST(MonitorPanes, TellTheTimeOfDay) {
  EXPECT_EQ(TimeOfDay(FakeClock().Now()), "00:00:00Z");
}

}  // namespace
}  // namespace noizy::cli
