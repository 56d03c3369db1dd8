#include "cli/task_follower.h"

#include "cli/log_stream.h"
#include "cli/waiting.h"

namespace noizy::cli {
namespace {

std::int64_t AttemptOf(const Value& task) {
  return IntAt(task, {"status", "attempt"}).value_or(0);
}
std::string_view PhaseOf(const Value& task) {
  return StringAt(task, {"status", "phase"});
}

/// The last attempt's record; an empty object when there was none.
const Value& LastAttempt(const Value& task) {
  static const Value kNone = Object();
  const Array* attempts = ArrayAt(task, {"status", "attempts"});
  return attempts == nullptr || attempts->empty() ? kNone : attempts->back();
}

/// " on m1: it ended with exit code 7": what is known, the attempt's own words before the task's.
std::string HowItEnded(const Value& task) {
  const Value& attempt = LastAttempt(task);
  std::string text;
  if (const std::string_view node = StringAt(attempt, {"nodeName"}); !node.empty())
    text += " on " + std::string(node);
  std::string_view words = StringAt(attempt, {"message"});
  if (words.empty()) words = StringAt(task, {"status", "message"});
  if (words.empty()) words = StringAt(task, {"status", "reason"});
  return words.empty() ? text : text + ": " + std::string(words);
}

}  // namespace

bool IsEndPhase(std::string_view phase) {
  return phase == "Succeeded" || phase == "Failed" || phase == "Cancelled";
}

bool TaskFollower::Interrupted() {
  was_interrupted_ = was_interrupted_ || (interrupted_ && interrupted_());
  return was_interrupted_;
}

Result<int> TaskFollower::Follow() {
  while (true) {
    const Status ready = AwaitAttempt();
    if (was_interrupted_) return SayInterrupted();
    if (!ready.ok()) return ready;
    // Attempts that came and went unseen are shown too, in their order.
    while (followed_ < AttemptOf(task_)) {
      ++followed_;
      const LogQuery query{.follow = true, .attempt = followed_};
      const Status streamed =
          StreamLog(session_, target_, query, invocation_.out(), [this] { return Interrupted(); });
      if (was_interrupted_) return SayInterrupted();
      // An attempt may have ended before it wrote anything: nothing to show is no failure.
      if (!streamed.ok() && streamed.reason() != StatusReason::kNotFound) return streamed;
    }
    if (IsEndPhase(PhaseOf(task_))) return Verdict();
  }
}

Status TaskFollower::AwaitAttempt() {
  const WaitLimits limits{.deadline = std::nullopt,
                          .interrupted = [this] { return Interrupted(); }};
  bool deleted = false;
  const Status waited = WaitForObject(invocation_, target_, limits, [&](const Value* task) {
    deleted = task == nullptr;
    if (deleted) return true;
    task_ = *task;
    const std::string_view phase = PhaseOf(task_);
    if (IsEndPhase(phase) || (phase == "Running" && AttemptOf(task_) > followed_)) return true;
    TellWaiting();
    return false;
  });
  if (deleted)
    return NotFound(target_.kind.resource.Resource(), target_.name)
        .WithContext("deleted while it was followed");
  return waited;
}

void TaskFollower::TellWaiting() {
  if (PhaseOf(task_) == "Running") return;
  std::string now = target_.Shown() + " waits";
  const std::string_view node = StringAt(task_, {"status", "nodeName"});
  if (!node.empty()) {
    now += " for node " + std::string(node) + " to start it";
  } else if (const std::string_view why = StringAt(task_, {"status", "message"}); !why.empty()) {
    now += ": " + std::string(why);
  } else {
    now += " for a node";
  }
  if (now == told_) return;
  told_ = now;
  if (invocation_.environment().err_is_terminal) invocation_.err() << now << "\n";
}

int TaskFollower::Verdict() const {
  const std::string_view phase = PhaseOf(task_);
  if (phase == "Succeeded") return kExitOk;
  invocation_.err() << target_.Shown() << (phase == "Cancelled" ? " was cancelled" : " failed")
                    << HowItEnded(task_) << "\n";
  const std::int64_t signal = IntAt(LastAttempt(task_), {"signal"}).value_or(0);
  if (signal != 0) return static_cast<int>(128 + signal);
  const std::int64_t exit_code = IntAt(task_, {"status", "exitCode"}).value_or(0) & 0xFF;
  return exit_code != 0 ? static_cast<int>(exit_code) : kExitFailed;
}

int TaskFollower::SayInterrupted() const {
  invocation_.err() << "\n"
                    << target_.Shown() << " goes on; noizy logs -f " << target_.name << " -n "
                    << target_.ns << " follows it again, noizy delete task " << target_.name
                    << " -n " << target_.ns << " stops it\n";
  return kExitInterrupted;
}

}  // namespace noizy::cli
