// A Task's life through the three controllers that lead it, with agents that run, fail, fall silent
// and come back.
#include <gtest/gtest.h>

#include "controllers/node_lifecycle/reconciler.h"
#include "controllers/scheduler/reconciler.h"
#include "controllers/task/gather.h"
#include "controllers/task/reconciler.h"
#include "tests/simulation/fake_agents.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Grid {
 public:
  explicit Grid(FakeAgents::Script script, FeedOrder order = FeedOrder::kAsWritten,
                std::uint64_t seed = 1)
      : harness(order, seed), agents(harness, std::move(script)) {
    harness.api.AddKind<Task>();
    harness.api.AddKind<Node>();
    const ControllerContext context = harness.Context();
    node_lifecycle::Register(
        harness.Add(std::make_unique<node_lifecycle::NodeLifecycleReconciler>(context)));
    scheduler::Register(harness.Add(std::make_unique<scheduler::SchedulerReconciler>(context)));
    task_controller::Register(
        harness.Add(std::make_unique<task_controller::TaskReconciler>(context)), context);
  }

  void Submit(
      const std::string& name, const std::function<void(Task&)>& change = [](Task&) {}) {
    Task task;
    task.metadata.ns = "default";
    task.metadata.name = name;
    task.metadata.finalizers = {std::string(task_controller::kTaskFinalizer)};
    task.spec.exec.emplace().command = {"true"};
    change(task);
    harness.api.Put(task.ToValue());
  }
  /// Lets time pass in steps of 50 ms, in which agents act.
  void Run(Duration time) {
    for (Duration passed{}; passed < time; passed += kStep) {
      agents.Tick();
      harness.Settle(kStep);
    }
  }
  std::optional<Task> Find(const std::string& name) {
    return harness.api.Find<Task>({"default", name});
  }
  std::string PhaseOf(const std::string& name) {
    const auto task = Find(name);
    return task ? task->status.phase : "gone";
  }
  std::set<std::string> EventReasons(const std::string& task) {
    std::set<std::string> reasons;
    for (const std::string& text : harness.EventTexts()) {
      if (text.find("Task/" + task + ":") == std::string::npos) continue;
      const std::size_t first = text.find(' ') + 1;
      reasons.insert(text.substr(first, text.find(' ', first) - first));
    }
    return reasons;
  }

  static constexpr Duration kStep = milliseconds(50);
  ReconcilerHarness harness;
  FakeAgents agents;
};

FakeAgents::Script Always(std::int64_t exit_code, Duration after = seconds(1)) {
  return [=](const Task&) { return FakeAgents::Outcome{exit_code, after}; };
}

using Names = std::set<std::string>;

TEST(Simulation, ATaskRunsToItsEnd) {
  Grid grid(Always(0));
  grid.agents.Join("n1");
  grid.Run(Grid::kStep);  // the node is Ready before the Task comes
  grid.Submit("t");
  grid.Run(seconds(2));
  const Task task = *grid.Find("t");
  EXPECT_EQ(task.status.phase, "Succeeded");
  EXPECT_EQ(task.status.node_name, "n1");
  EXPECT_TRUE(IsConditionTrue(task.status.conditions, "Complete"));
  EXPECT_EQ(grid.EventReasons("t"), (Names{"Completed", "Scheduled", "Started"}));
  EXPECT_EQ(grid.harness.api.Writes().size(), 2U) << "the node's conditions and the binding";
}

TEST(Simulation, AFailingTaskIsRetriedWithBackoffAndFails) {
  Grid grid(Always(3));
  grid.agents.Join("n1");
  grid.Run(Grid::kStep);  // the node is Ready before the Task comes
  grid.Submit("t", [](Task& task) { task.spec.retry.limit = 2; });
  grid.Run(seconds(3));
  EXPECT_EQ(grid.PhaseOf("t"), "Running")
      << "the second attempt, after one second of work and one of back-off";
  grid.Run(seconds(10));
  const Task task = *grid.Find("t");
  EXPECT_EQ(task.status.phase, "Failed");
  EXPECT_EQ(task.status.exit_code, 3);
  EXPECT_EQ(task.status.attempts.size(), 3U);
  EXPECT_EQ(grid.EventReasons("t"), (Names{"Failed", "Retrying", "Scheduled", "Started"}));
}

TEST(Simulation, ALostNodesTaskMovesAndTheStaleReportIsRefused) {
  Grid grid(Always(0, seconds(5)));
  grid.agents.Join("n1");
  grid.Submit("t");
  grid.Run(seconds(1));
  grid.agents.Join("n2");
  grid.agents.Lose("n1");
  grid.Run(seconds(1));
  EXPECT_EQ(grid.Find("t")->status.node_name, "n2");
  EXPECT_EQ(grid.Find("t")->status.attempt, 2);
  grid.agents.Return("n1");
  grid.Run(seconds(6));
  const Task task = *grid.Find("t");
  EXPECT_EQ(task.status.phase, "Succeeded");
  EXPECT_EQ(task.status.node_name, "n2");
  EXPECT_EQ(task.status.attempts[0].reason, "NodeLost");
  EXPECT_EQ(grid.agents.refused(), 1);
  EXPECT_TRUE(grid.EventReasons("t").contains("FailedOver"));
}

// The Task "t" runs on n1, then n2 joins, and n1 goes silent for long.
void LoseItsNode(Grid& grid, const std::string& failover) {
  grid.agents.Join("n1");
  grid.Submit("t", [&](Task& task) { task.spec.failover = failover; });
  grid.Run(seconds(1));
  grid.agents.Join("n2");
  grid.agents.Lose("n1");
  grid.Run(seconds(20));
}

TEST(Simulation, AnAtMostOnceTaskMovesOnceItsLeaseHasEnded) {
  Grid grid(Always(0, seconds(5)));
  LoseItsNode(grid, "AtMostOnce");
  const Task task = *grid.Find("t");
  EXPECT_EQ(task.status.phase, "Succeeded");
  EXPECT_EQ(task.status.node_name, "n2");
  ASSERT_EQ(task.status.failovers.size(), 1U);
  EXPECT_EQ(task.status.failovers[0].new_node_name, "n2");
  EXPECT_TRUE(task.status.failovers[0].duration_ms.has_value());
  EXPECT_TRUE(grid.EventReasons("t").contains("Recovered"));
}

TEST(Simulation, APinnedTaskWaitsForItsNode) {
  Grid grid(Always(0, seconds(5)));
  LoseItsNode(grid, "Pinned");
  EXPECT_EQ(grid.PhaseOf("t"), "Running");
  EXPECT_EQ(grid.Find("t")->status.reason, "NodeLost");
  grid.agents.Return("n1");
  grid.Run(seconds(1));
  EXPECT_EQ(grid.PhaseOf("t"), "Succeeded");
  EXPECT_EQ(grid.agents.executed().at("t").size(), 1U);
}

TEST(Simulation, APinnedTaskIsRetriedOnItsNodeOnly) {
  Grid grid(Always(1));
  grid.agents.Join("n1");
  grid.Submit("t", [](Task& task) {
    task.spec.failover = "Pinned";
    task.spec.retry.limit = 3;
  });
  grid.Run(seconds(1));
  for (int i = 2; i < 6; ++i) grid.agents.Join("n" + std::to_string(i), "64");
  grid.Run(seconds(30));
  EXPECT_EQ(grid.PhaseOf("t"), "Failed");
  for (const auto& [number, node] : grid.agents.executed().at("t")) EXPECT_EQ(node, "n1") << number;
}

TEST(Simulation, DependenciesRunInTheirOrder) {
  Grid grid(Always(0));
  grid.agents.Join("n1");
  grid.Submit("last", [](Task& task) { task.spec.depends_on = {"first", "second"}; });
  grid.Submit("second", [](Task& task) { task.spec.depends_on = {"first"}; });
  grid.Submit("first");
  grid.Run(milliseconds(500));
  EXPECT_EQ(grid.PhaseOf("first"), "Running");
  EXPECT_EQ(grid.Find("last")->status.message, "Waiting for first, second");
  grid.Run(seconds(1));
  EXPECT_EQ(grid.PhaseOf("second"), "Running");
  EXPECT_EQ(grid.Find("last")->status.message, "Waiting for second");
  grid.Run(seconds(2));
  EXPECT_EQ(grid.PhaseOf("last"), "Succeeded");
}

TEST(Simulation, AFailedDependencyFailsTheRest) {
  Grid grid(Always(1));
  grid.agents.Join("n1");
  grid.Submit("c", [](Task& task) { task.spec.depends_on = {"b"}; });
  grid.Submit("b", [](Task& task) { task.spec.depends_on = {"a"}; });
  grid.Submit("a");
  grid.Run(seconds(2));
  EXPECT_EQ(grid.PhaseOf("a"), "Failed");
  EXPECT_EQ(grid.Find("b")->status.reason, "DependencyFailed");
  EXPECT_EQ(grid.Find("c")->status.reason, "DependencyFailed");
  EXPECT_FALSE(grid.agents.executed().contains("b"));
}

TEST(Simulation, SuspendHoldsATaskBackUntilItIsLifted) {
  Grid grid(Always(0));
  grid.agents.Join("n1");
  grid.Submit("t", [](Task& task) { task.spec.suspend = true; });
  grid.Run(seconds(5));
  EXPECT_EQ(grid.PhaseOf("t"), "Pending");
  EXPECT_EQ(grid.Find("t")->status.reason, "Suspended");
  Task task = *grid.Find("t");
  task.spec.suspend = false;
  grid.harness.api.Put(task.ToValue());
  grid.Run(seconds(2));
  EXPECT_EQ(grid.PhaseOf("t"), "Succeeded");
}

TEST(Simulation, DeletionCancelsARunningTask) {
  Grid grid(Always(0, seconds(60)));
  grid.agents.Join("n1");
  grid.Submit("t");
  grid.Run(seconds(1));
  ASSERT_TRUE(grid.harness.client.Delete(ResourceOf<Task>(), {"default", "t"}).ok());
  grid.Run(milliseconds(100));
  EXPECT_EQ(grid.PhaseOf("t"), "gone");
  EXPECT_TRUE(grid.EventReasons("t").contains("Cancelled"));
}

TEST(Simulation, AServiceRunsUntilItIsDeleted) {
  Grid grid(Always(0));
  grid.agents.Join("n1");
  grid.Submit("t", [](Task& task) {
    task.spec.restart_policy = "Always";
    task.spec.retry.backoff.max_seconds = 1;
  });
  grid.Run(seconds(20));
  EXPECT_GE(grid.Find("t")->status.attempt, 8);
  EXPECT_FALSE(grid.Find("t")->status.completion_time.size() > 0);
}

// Many Tasks, nodes that come and go, watches that overtake each other: at rest every Task has
// ended, every attempt had its own number and node, and no node ever held more than it has.
void Churn(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  SeededRandom random(seed);
  Grid grid(
      [&random](const Task&) {
        return FakeAgents::Outcome{random.Below(3) == 0 ? 1 : 0,
                                   milliseconds(100 * random.Below(20))};
      },
      FeedOrder::kShuffled, seed);
  for (const char* node : {"n0", "n1", "n2"}) grid.agents.Join(node, "3");
  constexpr int kTasks = 20;
  for (int i = 0; i < kTasks; ++i) {
    grid.Submit("t" + std::to_string(i), [](Task& task) {
      task.spec.retry.limit = 1000;
      task.spec.retry.backoff.max_seconds = 1;
      task.spec.resources.requests["cpu"] = "1";
    });
    const std::string node = "n" + std::to_string(random.Below(3));
    if (random.Below(4) == 0) {
      grid.agents.Lose(node);
      grid.Run(milliseconds(100 * random.Below(10)));
      grid.agents.Return(node);
    }
    grid.Run(milliseconds(50));
    std::map<std::string, int> held;
    for (const Value& value : grid.harness.api.All(ResourceOf<Task>())) {
      const std::string_view phase = StringAt(value, {"status", "phase"});
      if (phase == "Scheduled" || phase == "Running")
        ++held[std::string(StringAt(value, {"status", "nodeName"}))];
    }
    for (const auto& [name, tasks] : held) ASSERT_LE(tasks, 3) << name;
  }
  grid.Run(seconds(60));
  for (int i = 0; i < kTasks; ++i) {
    const Task task = *grid.Find("t" + std::to_string(i));
    EXPECT_EQ(task.status.phase, "Succeeded") << task.metadata.name;
    EXPECT_EQ(task.status.attempts.size(), static_cast<std::size_t>(task.status.attempt));
    for (std::size_t n = 0; n < task.status.attempts.size(); ++n)
      EXPECT_EQ(task.status.attempts[n].number, static_cast<std::int64_t>(n) + 1);
  }
}

TEST(Simulation, ComesToRestAfterChurn) {
  for (std::uint64_t seed = 1; seed <= 5 && !::testing::Test::HasFailure(); ++seed) Churn(seed);
}

}  // namespace
}  // namespace noizy
