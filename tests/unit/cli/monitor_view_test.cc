#include "cli/monitor_view.h"

#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

SharedObject Shared(std::string_view yaml) {
  return std::make_shared<const Value>(Yaml(yaml));
}

MonitorState SomeGrid() {
  FakeClock clock;  // 2026-01-01T00:00:00Z
  clock.Advance(std::chrono::minutes(1));
  MonitorState state{.server = "https://10.0.0.1:6443", .now = clock.Now()};
  state.nodes = {
      Shared("{metadata: {name: m1}, status: {conditions: [{type: Ready, status: 'True'}], "
             "capacity: {memory: 4Gi}, usage: {cpuPercent: 12.4, memoryBytes: 1073741824, "
             "gpuPercent: 7, runningTasks: 1, observedTime: '2026-01-01T00:00:58Z'}, "
             "lease: {epoch: 3, renewTime: '2026-01-01T00:00:00.5Z'}}}"),
      Shared("{metadata: {name: m2}, status: {conditions: [{type: Ready, status: Unknown, "
             "reason: LeaseExpired}]}}"),
      Shared("{metadata: {name: m3}}")};
  state.tasks = {
      Shared("{metadata: {name: done, namespace: a}, status: {phase: Succeeded, failovers: "
             "[{attempt: 1, nodeName: m2, newNodeName: m1, fencedTime: '2026-01-01T00:00:30Z', "
             "durationMs: 4200}]}}"),
      Shared("{metadata: {name: waits, namespace: a, creationTimestamp: '2026-01-01T00:00:00Z'}, "
             "status: {phase: Pending, message: 'no node offers gpu'}}"),
      Shared("{metadata: {name: runs, namespace: b}, status: {phase: Running, nodeName: m1, "
             "attempt: 2, startTime: '2026-01-01T00:00:50Z'}}")};
  state.events = {Shared("{type: Normal, reason: Early, lastTimestamp: '2026-01-01T00:00:01Z', "
                         "involvedObject: {kind: Task, name: waits}, message: first}"),
                  Shared("{type: Warning, reason: Late, lastTimestamp: '2026-01-01T00:00:40Z', "
                         "involvedObject: {kind: Node, name: m2}, message: second}")};
  return state;
}

TEST(MonitorView, PrintsAllThatThereIs) {
  EXPECT_EQ(PrintMonitor(SomeGrid()),
            "noizy  https://10.0.0.1:6443  00:01:00Z\n"
            "Nodes: 1 of 3 ready   Tasks: 1 Pending, 1 Running, 1 Succeeded\n"
            "\n"
            "NODES (3)\n"
            "  NAME   STATE                   CPU   MEMORY   GPU   RUNNING   HEARD   EPOCH\n"
            "  m1     Ready                   12%   25%      7%    1         2s      3\n"
            "  m2     NotReady,LeaseExpired   -     -        -     -         -       0\n"
            "  m3     NotJoined               -     -        -     -         -       0\n"
            "\n"
            "TASKS, running and waiting (2)\n"
            "  TASK      PHASE     NODE   ATTEMPT   AGE   WHY\n"
            "  b/runs    Running   m1     2         10s   \n"
            "  a/waits   Pending   -      0         60s   no node offers gpu\n"
            "\n"
            "FAILOVERS (1)\n"
            "  WHEN   TASK     ATTEMPT   FROM   TO    TOOK\n"
            "  30s    a/done   1         m2     m1    4200 ms\n"
            "\n"
            "EVENTS, latest first (2)\n"
            "  LAST SEEN   TYPE      REASON   OBJECT       MESSAGE\n"
            "  20s         Warning   Late     node/m2      second\n"
            "  59s         Normal    Early    task/waits   first\n");
}

TEST(MonitorView, PrintsAnEmptyGrid) {
  const std::string text = PrintMonitor({.server = "s"});
  EXPECT_NE(text.find("Nodes: 0 of 0 ready   Tasks: none\n\nNODES (0)\n\nTASKS"), std::string::npos)
      << text;
}

TEST(MonitorView, FillsTheScreenAndNoMore) {
  for (const TerminalSize size :
       {TerminalSize{80, 40}, {80, 24}, {40, 12}, {10, 5}, {1, 1}, {200, 3}}) {
    const std::vector<ScreenLine> lines = DrawMonitor(SomeGrid(), size);
    EXPECT_EQ(lines.size(), static_cast<std::size_t>(size.rows));
    for (const ScreenLine& line : lines) {
      // The arrows of the last line have three bytes each.
      EXPECT_LE(line.text.size(), static_cast<std::size_t>(size.columns) + 8) << line.text;
    }
  }
}

TEST(MonitorView, GivesTheFocusMostOfTheRoom) {
  MonitorState state = SomeGrid();
  for (int i = 0; i < 50; ++i) {
    state.tasks.push_back(state.tasks[1]);
    state.events.push_back(state.events[0]);
  }
  const auto rows_about = [&](Pane focus, std::string_view what) {
    state.focus = focus;
    return std::ranges::count_if(DrawMonitor(state, {100, 40}), [&](const ScreenLine& line) {
      return line.text.find(what) != std::string::npos;
    });
  };
  EXPECT_GT(rows_about(Pane::kTasks, "Pending   -"), rows_about(Pane::kEvents, "Pending   -"));
  EXPECT_GT(rows_about(Pane::kEvents, "Early"), rows_about(Pane::kTasks, "Early"));
}

TEST(MonitorView, ScrollsThePaneInFocus) {
  MonitorState state = SomeGrid();
  for (int i = 0; i < 50; ++i) {
    state.tasks.push_back(Shared("{metadata: {name: t" + std::to_string(i) + ", namespace: z}}"));
  }
  const auto shows = [&](std::string_view what) {
    return std::ranges::any_of(DrawMonitor(state, {100, 30}), [&](const ScreenLine& line) {
      return line.text.find(what) != std::string::npos;
    });
  };
  EXPECT_TRUE(shows("b/runs"));
  EXPECT_TRUE(ObeyKeys("\x1b[B", state));
  EXPECT_FALSE(shows("b/runs"));
  EXPECT_TRUE(shows("a/waits"));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(ObeyKeys("\x1b[6~", state));
  EXPECT_TRUE(shows("z/t49")) << "the last row stands at the foot of the pane";
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(ObeyKeys("\x1b[5~", state));
  EXPECT_TRUE(shows("b/runs"));
}

TEST(MonitorView, KeysChooseThePaneAndLeave) {
  MonitorState state = SomeGrid();
  EXPECT_TRUE(ObeyKeys("\t", state));
  EXPECT_EQ(state.focus, Pane::kFailovers);
  EXPECT_TRUE(ObeyKeys("\x1b[C\x1b[C", state));
  EXPECT_EQ(state.focus, Pane::kNodes);
  EXPECT_TRUE(ObeyKeys("\x1b[Z", state));
  EXPECT_EQ(state.focus, Pane::kEvents);
  EXPECT_TRUE(ObeyKeys("x\x1b[99~", state));
  EXPECT_FALSE(ObeyKeys("\tq", state));
  EXPECT_FALSE(ObeyKeys("\x03", state));
}

TEST(MonitorView, ShowsWhatObjectsSayAndObeysNoneOfIt) {
  MonitorState state = SomeGrid();
  state.trouble =
      "cannot reach\x1b[2J\xC2\x9B"
      "1m the grid\x07";
  const std::vector<ScreenLine> lines = DrawMonitor(state, {80, 24});
  EXPECT_EQ(lines[2].text, "! cannot reach?[2J?1m the grid?");
  EXPECT_EQ(lines[2].style, LineStyle::kBad);
}

TEST(MonitorView, CutsAtCharactersNotBytes) {
  MonitorState state{.server = "gr\u00fc\u00fcn"};
  EXPECT_EQ(DrawMonitor(state, {10, 24})[0].text, "noizy  gr\u00fc");
}

TEST(MonitorView, PaintsWithColoursOrWithout) {
  const std::vector<ScreenLine> lines = {{"a", LineStyle::kGood}, {"b", LineStyle::kPlain}};
  EXPECT_EQ(PaintScreen(lines, Colour::kAnsi), "\x1b[H\x1b[32ma\x1b[0m\x1b[K\r\nb\x1b[K\x1b[J");
  EXPECT_EQ(PaintScreen(lines, Colour::kNone), "\x1b[Ha\x1b[K\r\nb\x1b[K\x1b[J");
}

}  // namespace
}  // namespace noizy::cli
