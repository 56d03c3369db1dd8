#include "nodeagent/drivers/liveness.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>

namespace noizy::nodeagent {
namespace {

std::string FaultOf(ExitStatus ended) {
  if (ended.signal != 0) return "it was killed by " + SignalName(ended.signal);
  return ended.code == 0 ? "" : "exit code " + std::to_string(ended.code);
}

std::string TooLong(Duration timeout) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "it ran longer than %g s",
                std::chrono::duration<double>(timeout).count());
  return text.data();
}

}  // namespace

Liveness::Liveness(LivenessSpec spec, ProcessSpec around, MonotonicTime started)
    : spec_(std::move(spec)), around_(std::move(around)), due_(started + spec_.initial_delay) {}

std::optional<std::string> Liveness::Look(MonotonicTime now) {
  if (!asked_) {
    if (now < due_) return {};
    Ask(now);
    if (!asked_) return Judge(now, spawn_fault_);
    return {};
  }
  if (const auto ended = asked_->TryWait().ValueOr(ExitStatus{0, SIGKILL})) {
    asked_.reset();
    return Judge(now, too_late_ ? TooLong(spec_.timeout) : FaultOf(*ended));
  }
  if (now < due_) return {};
  too_late_ = true;
  due_ = MonotonicTime::max();
  (void)asked_->SignalGroup(SIGKILL);
  return {};
}

void Liveness::Ask(MonotonicTime now) {
  ProcessSpec process = around_;
  process.argv = spec_.command;
  auto asked = Process::Spawn(process);
  asked_at_ = now;
  too_late_ = false;
  due_ = now + spec_.timeout;
  if (asked.ok()) {
    asked_ = *std::move(asked);
  } else {
    spawn_fault_ = asked.status().message();
  }
}

std::optional<std::string> Liveness::Judge(MonotonicTime now, std::string fault) {
  due_ = std::max(now, asked_at_ + spec_.period);
  failures_ = fault.empty() ? 0 : failures_ + 1;
  if (failures_ < spec_.failure_threshold) return {};
  due_ = MonotonicTime::max();
  const std::string times = failures_ == 1 ? "once" : std::to_string(failures_) + " times in a row";
  return "its liveness command failed " + times + ", last: " + fault;
}

void Liveness::Forget(MonotonicTime now) {
  if (asked_) (void)asked_->SignalGroup(SIGKILL);
  asked_.reset();
  due_ = now + spec_.period;
}

}  // namespace noizy::nodeagent
