#include "controllers/task/attempt_end.h"

#include <gtest/gtest.h>

#include "tests/unit/controllers/task/life.h"

namespace noizy::task_controller {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct EndCase {
  std::string name;
  RestartPolicy policy;
  std::int64_t retry_limit;
  std::vector<std::int64_t> on_exit_codes;
  std::vector<Attempt> attempts;
  Phase phase;
  std::string why;  // the Scheduled condition's reason, or the final one
};

Attempt Signalled(std::int64_t number, std::int64_t signal) {
  Attempt attempt = Ended(number, "Error", 0);
  attempt.exit_code.reset();
  attempt.signal = signal;
  return attempt;
}

class Ends : public ::testing::TestWithParam<EndCase> {};

TEST_P(Ends, Decide) {
  const EndCase& param = GetParam();
  Observed seen = RunningTask();
  seen.restart_policy = param.policy;
  seen.retry_limit = param.retry_limit;
  seen.retry_on_exit_codes = param.on_exit_codes;
  seen.state.attempts = param.attempts;
  const Plan plan = Decide(seen);
  ASSERT_TRUE(plan.state);
  const TaskState& next = *plan.state;
  EXPECT_EQ(next.phase, param.phase);
  EXPECT_EQ(next.reason, param.why);
  EXPECT_EQ(next.attempts, param.attempts) << "what was reported stays as it was reported";
  EXPECT_EQ(next.node_name.empty(), param.phase == Phase::kPending);
  EXPECT_EQ(next.completion_time.has_value(), IsFinished(param.phase));
  if (param.phase == Phase::kPending) {
    EXPECT_EQ(ConditionOf(next, "Scheduled"), "False " + param.why);
    EXPECT_EQ(ConditionOf(next, "Started"), "False " + param.why);
  } else {
    EXPECT_EQ(next.exit_code, param.attempts.back().exit_code);
    EXPECT_EQ(next.execution_time_ms, param.attempts.back().execution_time_ms);
  }
  EXPECT_FALSE(Decide(Applied(seen, plan)).state) << "a second run changes nothing";
}

TEST(AfterAttempt, AnEvictedAttemptIsFollowedByAnotherAtOnce) {
  Observed seen = EndedTask("Cancelled", 143);
  seen.state.conditions.push_back(
      {"DisruptionTarget", "True", "Preempted", "for Task default/b", "2026-01-01T00:00:00Z", 2});
  const Plan plan = Decide(seen);
  ASSERT_TRUE(plan.state);
  EXPECT_EQ(plan.state->phase, Phase::kPending);
  EXPECT_EQ(plan.state->reason, "Preempted");
  EXPECT_EQ(plan.state->attempts.back().message, "for Task default/b");
  EXPECT_FALSE(plan.state->next_attempt_time) << "no back-off: it did nothing wrong";
  EXPECT_EQ(ConditionOf(*plan.state, "DisruptionTarget"), "False LeftItsNode");
  EXPECT_EQ(Told(plan), std::vector<std::string>{"Evicted"});
  EXPECT_FALSE(Decide(Applied(seen, plan)).state);
}

TEST(AfterAttempt, AFailureWhileBeingEvictedIsAFailure) {
  Observed seen = EndedTask("Error", 1);
  seen.state.conditions.push_back({"DisruptionTarget", "True", "Preempted", "", "", 2});
  EXPECT_EQ(Decide(seen).state->phase, Phase::kFailed);
}

TEST(AfterAttempt, SomeExitCodesAreFinal) {
  Observed seen = EndedTask("Error", 3);
  seen.retry_limit = 5;
  EXPECT_EQ(Decide(seen).state->phase, Phase::kPending);
  seen.fail_on_exit_codes = {2, 3};
  EXPECT_EQ(Decide(seen).state->phase, Phase::kFailed);
  seen.restart_policy = RestartPolicy::kAlways;
  EXPECT_EQ(Decide(seen).state->phase, Phase::kFailed);
}

constexpr auto kNever = RestartPolicy::kNever;
constexpr auto kOnFailure = RestartPolicy::kOnFailure;
constexpr auto kAlways = RestartPolicy::kAlways;

const std::vector<EndCase> kEndCases = {
    {"NoRetries", kNever, 0, {}, {Ended(1, "Error")}, Phase::kFailed, "Error"},
    {"OneRetryLeft", kNever, 1, {}, {Ended(1, "Error")}, Phase::kPending, "Retrying"},
    {"RetriesUsedUp",
     kNever,
     1,
     {},
     {Ended(1, "Error"), Ended(2, "TimedOut")},
     Phase::kFailed,
     "TimedOut"},
    {"NodeLossUsesUpNone",
     kNever,
     1,
     {},
     {Ended(1, "NodeLost"), Ended(2, "NodeLost"), Ended(3, "Error")},
     Phase::kPending,
     "Retrying"},
    {"LostUsesUpNone", kNever, 0, {}, {Ended(1, "Lost")}, Phase::kPending, "Retrying"},
    {"StartFailedRetries", kNever, 1, {}, {Ended(1, "StartFailed")}, Phase::kPending, "Retrying"},
    {"TimedOutIsNoSuccessHoweverItEnds",
     kNever,
     0,
     {},
     {Ended(1, "TimedOut", 0)},
     Phase::kFailed,
     "TimedOut"},
    {"UnhealthyIsNoSuccess",
     kNever,
     0,
     {},
     {Ended(1, "Unhealthy", 0)},
     Phase::kFailed,
     "Unhealthy"},
    {"AnUnhealthyServiceStartsAnew",
     kAlways,
     0,
     {},
     {Ended(1, "Unhealthy", 0)},
     Phase::kPending,
     "Restarting"},
    {"CodeListed", kNever, 1, {75, 3}, {Ended(1, "Error", 3)}, Phase::kPending, "Retrying"},
    {"CodeNotListed", kNever, 1, {75}, {Ended(1, "Error", 3)}, Phase::kFailed, "Error"},
    {"SignalAsTheShellCountsIt", kNever, 1, {137}, {Signalled(1, 9)}, Phase::kPending, "Retrying"},
    {"OtherSignal", kNever, 1, {137}, {Signalled(1, 15)}, Phase::kFailed, "Error"},
    {"OnFailureKnowsNoLimit",
     kOnFailure,
     0,
     {},
     {Ended(1, "Error"), Ended(2, "Error")},
     Phase::kPending,
     "Restarting"},
    {"OnFailureKeepsToTheCodes",
     kOnFailure,
     0,
     {75},
     {Ended(1, "Error", 3)},
     Phase::kFailed,
     "Error"},
    {"OnFailureEndsWithSuccess",
     kOnFailure,
     0,
     {},
     {Ended(1, "Completed", 0)},
     Phase::kSucceeded,
     "Completed"},
    {"NeverEndsWithSuccess",
     kNever,
     3,
     {},
     {Ended(1, "Completed", 0)},
     Phase::kSucceeded,
     "Completed"},
    {"AlwaysRestartsAfterSuccess",
     kAlways,
     0,
     {},
     {Ended(1, "Completed", 0)},
     Phase::kPending,
     "Restarting"},
    {"AlwaysRestartsAfterFailure",
     kAlways,
     0,
     {},
     {Ended(1, "Error")},
     Phase::kPending,
     "Restarting"},
    {"CancelledForALiftedSuspend",
     kNever,
     0,
     {},
     {Ended(1, "Cancelled")},
     Phase::kPending,
     "Retrying"},
    {"StartFailedHasNoExitCode",
     kNever,
     0,
     {},
     {Ended(1, "StartFailed", 0)},
     Phase::kFailed,
     "StartFailed"},
};
INSTANTIATE_TEST_SUITE_P(Cases, Ends, ::testing::ValuesIn(kEndCases),
                         [](const auto& info) { return info.param.name; });

TEST(AfterAttempt, AStoppedSuspendedTaskWaitsAndLosesNoRetry) {
  Observed seen = EndedTask("Cancelled", 143);
  seen.suspend = true;
  seen.retry_limit = 0;
  const Plan plan = Decide(seen);
  ASSERT_TRUE(plan.state);
  EXPECT_EQ(plan.state->phase, Phase::kPending);
  EXPECT_EQ(plan.state->reason, "Suspended");
  EXPECT_FALSE(Decide(Applied(seen, plan)).state);
}

TEST(AfterAttempt, SaysWhatHappened) {
  Observed seen = EndedTask("Error", 3);
  seen.state.attempts[0].message = "no such file";
  Plan plan = Decide(seen);
  EXPECT_EQ(plan.state->message, "Attempt 1 on node n1 failed: Error (exit code 3), no such file");
  EXPECT_EQ(plan.events, (std::vector<Note>{{true, "Failed", plan.state->message}}));
  seen.state.attempts[0] = Signalled(1, 9);
  seen.retry_limit = 1;
  plan = Decide(seen);
  EXPECT_EQ(plan.state->message,
            "Attempt 1 on node n1 failed: Error (signal 9); another attempt follows in 1s");
}

TEST(BackoffAfter, GrowsToItsBound) {
  Observed seen = NewTask();
  seen.backoff = {.initial_seconds = 0.5, .factor = 3, .max_seconds = 10};
  std::vector<Attempt> attempts;
  for (const auto expected : {milliseconds(500), milliseconds(1500), milliseconds(4500),
                              milliseconds(10000), milliseconds(10000)}) {
    attempts.push_back(Ended(static_cast<std::int64_t>(attempts.size()) + 1, "Error"));
    EXPECT_EQ(BackoffAfter(seen, attempts), expected);
  }
  attempts.resize(2000, attempts[0]);
  EXPECT_EQ(BackoffAfter(seen, attempts), seconds(10))
      << "factor^1999 is infinite, and still bounded";
}

TEST(BackoffAfter, NodeLossDoesNotCount) {
  const Observed seen = NewTask();
  EXPECT_EQ(BackoffAfter(seen, {Ended(1, "NodeLost"), Ended(2, "Error"), Ended(3, "NodeLost"),
                                Ended(4, "Error")}),
            seconds(2));
}

TEST(BackoffAfter, AStableServiceBeginsAnew) {
  Observed seen = NewTask();
  std::vector<Attempt> attempts = {Ended(1, "Error"), Ended(2, "Error"), Ended(3, "Error")};
  EXPECT_EQ(BackoffAfter(seen, attempts), seconds(4));
  attempts[1].finish_time = *attempts[1].start_time + kStableRun;
  EXPECT_EQ(BackoffAfter(seen, attempts), seconds(4))
      << "a Task with a limit is patient to its end";
  seen.restart_policy = RestartPolicy::kAlways;
  EXPECT_EQ(BackoffAfter(seen, attempts), seconds(1));
}

TEST(AfterAttempt, TheWaitIsInTheState) {
  Observed seen = EndedTask("Error");
  seen.retry_limit = 1;
  EXPECT_EQ(Decide(seen).state->next_attempt_time, seen.now + seconds(1));
}

TEST(Trim, ServicesKeepTheLatestAttempts) {
  std::vector<Attempt> attempts;
  for (std::size_t i = 1; i <= kKeptAttempts + 5; ++i)
    attempts.push_back(Ended(static_cast<std::int64_t>(i), "Error"));
  std::vector<Attempt> limited = attempts;
  Trim(limited, RestartPolicy::kNever);
  EXPECT_EQ(limited.size(), attempts.size()) << "each counts against the limit";
  limited[2].reason = limited[50].reason = "NodeLost";
  Trim(limited, RestartPolicy::kNever);
  EXPECT_EQ(limited.size(), attempts.size() - 2);
  Trim(attempts, RestartPolicy::kAlways);
  EXPECT_EQ(attempts.size(), kKeptAttempts);
  EXPECT_EQ(attempts.front().number, 6);
}

}  // namespace
}  // namespace noizy::task_controller
