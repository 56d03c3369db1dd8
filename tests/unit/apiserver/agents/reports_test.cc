#include "apiserver/agents/reports.h"

#include <gtest/gtest.h>

#include "machinery/meta/condition.h"
#include "machinery/meta/time.h"

namespace noizy::apiserver {
namespace {

constexpr std::int64_t kStart = 1'767'225'600'000'000'000;  // 2026-01-01T00:00:00Z
constexpr const char* kStartText = "2026-01-01T00:00:00.000000Z";
constexpr const char* kEndText = "2026-01-01T00:00:02.500000Z";

Task BoundTask() {
  Task task;
  task.metadata.name = "t";
  task.metadata.ns = "default";
  task.metadata.uid = "u";
  task.metadata.generation = 3;
  task.status.phase = "Scheduled";
  task.status.node_name = "a";
  task.status.attempt = 2;
  task.status.attempts = {TaskAttempt{}, TaskAttempt{}};
  task.status.attempts[0].number = 1;
  task.status.attempts[0].node_name = "b";
  task.status.attempts[0].finish_time = kStartText;
  task.status.attempts[1].number = 2;
  task.status.attempts[1].node_name = "a";
  return task;
}

v1::AttemptRef Ref(std::int64_t attempt = 2, const std::string& uid = "u") {
  v1::AttemptRef ref;
  ref.set_uid(uid);
  ref.set_attempt(attempt);
  return ref;
}

v1::Started Started() {
  v1::Started started;
  started.set_time_unix_ns(kStart);
  return started;
}

v1::Finished Finished(int exit_code, const std::string& reason = "Completed") {
  v1::Finished finished;
  finished.set_time_unix_ns(kStart + 2'500'000'000);
  finished.set_execution_time_ms(2500);
  finished.set_exit_code(exit_code);
  finished.set_reason(reason);
  finished.set_result("out\n");
  return finished;
}

TaskStatus Must(Result<TaskStatus> result) {
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return result.ok() ? *result : TaskStatus{};
}

Task With(Task task, TaskStatus status) {
  task.status = std::move(status);
  return task;
}

TEST(Reports, StartedMakesTheTaskRun) {
  const TaskStatus next = Must(ApplyStarted(BoundTask(), "a", Ref(), Started()));
  EXPECT_EQ(next.phase, "Running");
  EXPECT_EQ(next.start_time, kStartText);
  EXPECT_EQ(next.attempts[1].start_time, kStartText);
  const Condition* started = FindCondition(next.conditions, "Started");
  ASSERT_NE(started, nullptr);
  EXPECT_EQ(started->status, "True");
  EXPECT_EQ(started->reason, "Started");
  EXPECT_EQ(started->observed_generation, 3);
}

TEST(Reports, TheFirstAttemptsStartStays) {
  Task task = BoundTask();
  task.status.start_time = "2025-12-31T00:00:00Z";
  EXPECT_EQ(Must(ApplyStarted(task, "a", Ref(), Started())).start_time, "2025-12-31T00:00:00Z");
}

TEST(Reports, SuccessFinishesTheTask) {
  const Task running = With(BoundTask(), Must(ApplyStarted(BoundTask(), "a", Ref(), Started())));
  const TaskStatus next = Must(ApplyFinished(running, "a", Ref(), Finished(0)));
  EXPECT_EQ(next.phase, "Succeeded");
  EXPECT_EQ(next.completion_time, kEndText);
  EXPECT_EQ(next.attempts[1].finish_time, kEndText);
  EXPECT_EQ(next.execution_time_ms, 2500);
  EXPECT_EQ(next.exit_code, 0);
  EXPECT_EQ(next.result, "out\n");
  EXPECT_TRUE(IsConditionTrue(next.conditions, "Complete"));
  EXPECT_TRUE(IsFinished(next));
}

TEST(Reports, WhatAModelServerCountedIsKept) {
  v1::Finished finished = Finished(0);
  finished.mutable_usage()->set_prompt_tokens(9);
  finished.mutable_usage()->set_completion_tokens(30);
  finished.mutable_usage()->set_tokens_per_second(12.5);
  TaskStatus next = Must(ApplyFinished(BoundTask(), "a", Ref(), finished));
  ASSERT_TRUE(next.usage);
  EXPECT_EQ(next.usage->prompt_tokens, 9);
  EXPECT_EQ(next.usage->completion_tokens, 30);
  EXPECT_EQ(next.usage->tokens_per_second, 12.5);
  // What JSON cannot carry is left out; an attempt that counted nothing says nothing.
  finished.mutable_usage()->set_tokens_per_second(std::numeric_limits<double>::infinity());
  next = Must(ApplyFinished(BoundTask(), "a", Ref(), finished));
  EXPECT_FALSE(next.usage->tokens_per_second);
  EXPECT_FALSE(
      Must(ApplyFinished(With(BoundTask(), BoundTask().status), "a", Ref(), Finished(0))).usage);
}

TEST(Reports, FailuresAreLeftToTheTaskController) {
  Task running = With(BoundTask(), Must(ApplyStarted(BoundTask(), "a", Ref(), Started())));
  const TaskStatus failed = Must(ApplyFinished(running, "a", Ref(), Finished(3, "Error")));
  EXPECT_EQ(failed.phase, "Running");
  EXPECT_EQ(failed.attempts[1].exit_code, 3);
  EXPECT_EQ(failed.attempts[1].reason, "Error");
  EXPECT_EQ(failed.completion_time, "");
  EXPECT_FALSE(IsOpen(failed));

  v1::Finished killed = Finished(0, "Error");
  killed.set_signal(9);
  const TaskStatus signalled = Must(ApplyFinished(running, "a", Ref(), killed));
  EXPECT_EQ(signalled.phase, "Running");
  EXPECT_EQ(signalled.attempts[1].signal, 9);
  EXPECT_FALSE(signalled.attempts[1].exit_code.has_value());

  for (const char* reason : {"Cancelled", "Lost", "StartFailed", "Unhealthy", "TimedOut"}) {
    EXPECT_EQ(Must(ApplyFinished(running, "a", Ref(), Finished(0, reason))).phase, "Running")
        << reason;
  }
  running.spec.restart_policy = "Always";
  EXPECT_EQ(Must(ApplyFinished(running, "a", Ref(), Finished(0))).phase, "Running");
  running.spec.restart_policy = "OnFailure";
  EXPECT_EQ(Must(ApplyFinished(running, "a", Ref(), Finished(0))).phase, "Succeeded");
}

TEST(Reports, TheFenceHoldsEverythingElseOff) {
  const Task task = BoundTask();
  const auto refused = [&](const std::string& node, const v1::AttemptRef& ref) {
    const Status started = ApplyStarted(task, node, ref, Started()).status();
    const Status finished = ApplyFinished(task, node, ref, Finished(0)).status();
    EXPECT_EQ(started.reason(), StatusReason::kConflict);
    EXPECT_EQ(finished.reason(), StatusReason::kConflict);
    return finished.message();
  };
  EXPECT_NE(refused("b", Ref(1)).find("attempt 1 is fenced by attempt 2"), std::string::npos);
  EXPECT_NE(refused("a", Ref(3)).find("fenced"), std::string::npos);
  EXPECT_NE(refused("b", Ref()).find("belongs to node a"), std::string::npos);
  EXPECT_NE(refused("a", Ref(2, "other")).find("another Task"), std::string::npos);
}

TEST(Reports, TheSameReportTwiceIsOnce) {
  const Task running = With(BoundTask(), Must(ApplyStarted(BoundTask(), "a", Ref(), Started())));
  EXPECT_EQ(Must(ApplyStarted(running, "a", Ref(), Started())), running.status);
  for (const int exit_code : {0, 1}) {
    const Task ended = With(running, Must(ApplyFinished(running, "a", Ref(), Finished(exit_code))));
    EXPECT_EQ(Must(ApplyFinished(ended, "a", Ref(), Finished(exit_code))), ended.status);
    EXPECT_EQ(Must(ApplyStarted(ended, "a", Ref(), Started())), ended.status);
    EXPECT_EQ(ApplyFinished(ended, "a", Ref(), Finished(7, "Error")).status().reason(),
              StatusReason::kConflict);
  }
}

TEST(Reports, AnAttemptThatWasGivenUpIsOver) {
  const WallTime now{std::chrono::nanoseconds(kStart)};
  const Task task = BoundTask();
  const TaskStatus next =
      Must(ApplyGivenUp(task, "a", Ref(), "SecretNotFound", "no Secret s", now));
  EXPECT_EQ(next.attempts[1].reason, "SecretNotFound");
  EXPECT_EQ(next.attempts[1].finish_time, kStartText);
  EXPECT_EQ(next.phase, "Scheduled");
  const Task over = With(task, next);
  EXPECT_EQ(Must(ApplyGivenUp(over, "a", Ref(), "Lost", "x", now)), next);
  EXPECT_EQ(ApplyStarted(over, "a", Ref(), Started()).status().reason(), StatusReason::kConflict);
  EXPECT_EQ(ApplyFinished(over, "a", Ref(), Finished(0)).status().reason(),
            StatusReason::kConflict);
  EXPECT_EQ(ApplyGivenUp(task, "b", Ref(), "Lost", "x", now).status().reason(),
            StatusReason::kConflict);
}

TEST(Reports, ACancelledTaskTakesNoEnd) {
  Task task = BoundTask();
  task.status.phase = "Cancelled";
  EXPECT_EQ(ApplyFinished(task, "a", Ref(), Finished(0)).status().reason(),
            StatusReason::kConflict);
}

TEST(Reports, ResultsAreCutAtACharacterAndAreAlwaysUtf8) {
  EXPECT_EQ(Utf8Tail("abc", 10), "abc");
  EXPECT_EQ(Utf8Tail("abcdef", 3), "def");
  EXPECT_EQ(Utf8Tail("xäö", 3), "ö");  // two bytes each
  EXPECT_EQ(Utf8Tail("€uro", 5), "uro");
  EXPECT_EQ(Utf8Tail("a\xffz", 10), "a\xEF\xBF\xBDz");
  EXPECT_EQ(Utf8Tail("", 0), "");
  const std::string garbage(kMaxResultBytes, '\xff');
  EXPECT_LE(Utf8Tail(garbage, kMaxResultBytes).size(), kMaxResultBytes);
  EXPECT_EQ(Must(ApplyFinished(BoundTask(), "a", Ref(),
                               [] {
                                 v1::Finished finished = Finished(0);
                                 finished.set_result(std::string(100'000, 'x'));
                                 return finished;
                               }()))
                .result.size(),
            kMaxResultBytes);
}

}  // namespace
}  // namespace noizy::apiserver
