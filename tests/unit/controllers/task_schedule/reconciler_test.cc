#include "controllers/task_schedule/reconciler.h"

#include "machinery/client/typed.h"
#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::task_schedule {
namespace {

using std::chrono::minutes;

TaskSchedule Hourly() {
  TaskSchedule schedule;
  schedule.metadata.ns = "default";
  schedule.metadata.name = "s";
  schedule.spec.schedule = "@hourly";
  schedule.spec.template_.metadata.labels = {{"app", "a"}};
  schedule.spec.template_.spec = Object{{"exec", Object{{"command", Array{"true"}}}}};
  return schedule;
}

Controller& AddTo(ReconcilerHarness& harness) {
  harness.api.AddKind<Task>();
  harness.api.AddKind<TaskSchedule>();
  Controller& controller = harness.Add(std::make_unique<TaskScheduleReconciler>(harness.Context()));
  Register(controller);
  return controller;
}

const bool kRegistered = RegisterReconcilerContract({.name = "TaskSchedule",
                                                     .add = AddTo,
                                                     .world = {Hourly().ToValue()},
                                                     .key = ObjectKey{"default", "s"}});

class TaskSchedules : public ::testing::Test {
 protected:
  TaskSchedules() { AddTo(harness_); }
  std::vector<Task> Tasks() {
    std::vector<Task> tasks;
    for (const Value& value : harness_.api.All(ResourceOf<Task>()))
      tasks.push_back(*Task::FromValue(value));
    return tasks;
  }
  ReconcilerHarness harness_;
};

TEST_F(TaskSchedules, MakesTasksAsTimePasses) {
  harness_.api.Put(Hourly().ToValue());
  harness_.Settle(minutes(59));
  EXPECT_TRUE(Tasks().empty());
  harness_.Settle(minutes(2));
  ASSERT_EQ(Tasks().size(), 1U);
  const Task made = Tasks()[0];
  EXPECT_EQ(made.metadata.labels,
            (std::map<std::string, std::string>{{"app", "a"}, {"noizy.dev/task-schedule", "s"}}));
  EXPECT_EQ(made.spec.exec->command, std::vector<std::string>{"true"});
  const TaskSchedule schedule = *harness_.api.Find<TaskSchedule>({"default", "s"});
  EXPECT_EQ(schedule.status.last_schedule_time, "2026-01-01T01:00:00Z");
  EXPECT_EQ(schedule.status.last_task, made.metadata.name);
  EXPECT_EQ(schedule.status.active, 1);
  harness_.Settle(minutes(60));
  EXPECT_EQ(Tasks().size(), 2U);
}

TEST_F(TaskSchedules, RemovesWhatItNeedNotKeep) {
  TaskSchedule schedule = Hourly();
  schedule.spec.successful_tasks_history_limit = 1;
  harness_.api.Put(schedule.ToValue());
  for (int hour = 0; hour < 3; ++hour) {
    harness_.Settle(minutes(60));
    for (Task task : Tasks()) {
      task.status.phase = "Succeeded";
      harness_.api.Put(task.ToValue());
    }
  }
  harness_.Settle();
  EXPECT_EQ(Tasks().size(), 1U);
}

TEST_F(TaskSchedules, AZoneThatIsUnknownIsSaidSo) {
  TaskSchedule schedule = Hourly();
  schedule.spec.time_zone = "No/Where";
  harness_.api.Put(schedule.ToValue());
  harness_.Settle(minutes(120));
  EXPECT_TRUE(Tasks().empty());
  const Condition ready = harness_.api.Find<TaskSchedule>({"default", "s"})->status.conditions[0];
  EXPECT_EQ(ready.status, "False");
  EXPECT_EQ(ready.message, "this machine knows no time zone \"No/Where\"");
}

}  // namespace
}  // namespace noizy::task_schedule
