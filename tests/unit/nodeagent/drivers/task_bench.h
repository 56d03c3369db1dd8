// Runs real tasks through a ProcessDriver and waits for what it tells. The test program is the
// supervisor too: see the main() in supervisor_test.cc.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "machinery/base/executor.h"
#include "machinery/os/process.h"
#include "nodeagent/drivers/process_driver.h"
#include "nodeagent/drivers/supervisor.h"
#include "tests/unit/machinery/os/scratch.h"
#include "tests/unit/machinery/os/stranger.h"

namespace noizy::nodeagent {

/// Runs `work` on the executor's thread and returns what it returns.
template <typename Work>
auto RunOn(Executor& executor, Work work) {
  using Answer = decltype(work());
  struct State {
    Mutex mutex;
    CondVar ready;
    std::optional<Answer> answer NOIZY_GUARDED_BY(mutex);
  };
  auto state = std::make_shared<State>();
  executor.Post([state, &work] {
    Answer answer = work();
    MutexLock lock(state->mutex);
    state->answer.emplace(std::move(answer));
    state->ready.NotifyAll();
  });
  MutexLock lock(state->mutex);
  while (!state->answer) state->ready.Wait(state->mutex);
  return *std::move(state->answer);
}

/// What a driver told of one task. Thread-safe.
class TaskWitness {
 public:
  TaskEvents Events();
  /// Wait up to a minute.
  std::optional<TaskStart> AwaitStart();
  std::optional<TaskExit> AwaitExit();
  int exits();
  /// Waits, likewise, until `holds` after some output.
  bool AwaitOutput(const std::function<bool()>& holds);

 private:
  Mutex mutex_;
  CondVar changed_;
  std::optional<TaskStart> start_ NOIZY_GUARDED_BY(mutex_);
  std::optional<TaskExit> exit_ NOIZY_GUARDED_BY(mutex_);
  int exits_ NOIZY_GUARDED_BY(mutex_) = 0;
  int outputs_ NOIZY_GUARDED_BY(mutex_) = 0;
};

inline TaskEvents TaskWitness::Events() {
  TaskEvents events;
  events.on_start = [this](const TaskStart& start) {
    MutexLock lock(mutex_);
    start_ = start;
    changed_.NotifyAll();
  };
  events.on_output = [this] {
    MutexLock lock(mutex_);
    ++outputs_;
    changed_.NotifyAll();
  };
  events.on_exit = [this](const TaskExit& exit) {
    MutexLock lock(mutex_);
    exit_ = exit;
    ++exits_;
    ++outputs_;
    changed_.NotifyAll();
  };
  return events;
}

inline std::optional<TaskStart> TaskWitness::AwaitStart() {
  MutexLock lock(mutex_);
  while (!start_ && changed_.WaitFor(mutex_, std::chrono::minutes(1))) {
  }
  return start_;
}

inline std::optional<TaskExit> TaskWitness::AwaitExit() {
  MutexLock lock(mutex_);
  while (!exit_ && changed_.WaitFor(mutex_, std::chrono::minutes(1))) {
  }
  return exit_;
}

inline int TaskWitness::exits() {
  MutexLock lock(mutex_);
  return exits_;
}

inline bool TaskWitness::AwaitOutput(const std::function<bool()>& holds) {
  while (true) {
    int seen = 0;
    {
      MutexLock lock(mutex_);
      seen = outputs_;
    }
    if (holds()) return true;
    MutexLock lock(mutex_);
    while (outputs_ == seen) {
      if (!changed_.WaitFor(mutex_, std::chrono::minutes(1))) return false;
    }
  }
}

/// An assignment of a shell command.
inline v1::Assignment ShellTask(const std::string& command) {
  v1::Assignment assignment;
  v1::AttemptRef& ref = *assignment.mutable_ref();
  ref.set_namespace_("default");
  ref.set_name("a-task");
  ref.set_uid("uid-1");
  ref.set_attempt(1);
  for (const char* word : {"sh", "-c"}) assignment.mutable_exec()->add_command(word);
  assignment.mutable_exec()->add_command(command);
  assignment.set_grace_period_ms(30'000);
  return assignment;
}

inline std::vector<std::string> TestSupervisorCommand() {
  return {SelfExecutable(), std::string(kSupervisorCommand)};
}

/// Runs each test twice: with tasks as they are by default, and with confined ones of another user.
class TaskKinds : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    task_user = GetParam() ? FindStranger() : std::nullopt;
    if (GetParam() && !task_user) GTEST_SKIP() << "tasks cannot run as another user here";
  }
  void TearDown() override { task_user.reset(); }
  static bool confined() { return task_user.has_value(); }

 public:
  /// Who a TaskBench's tasks run as.
  inline static std::optional<User> task_user;
  static std::string Name(const testing::TestParamInfo<bool>& kind) {
    return kind.param ? "Confined" : "Free";
  }
};

/// A driver with a folder for one task. Start and the rest are called from the test's thread.
class TaskBench {
 public:
  TaskBench() : driver_(Options(), executor_, RealClock::Instance()) {}
  ~TaskBench() {
    Drop();
    executor_.Stop();
  }

  Status Start(const v1::Assignment& assignment) {
    TaskConfig config{assignment, "test-node", folder(), log_cap_bytes, lease_until, own_program};
    return RunOn(executor_, [&] {
      auto task = driver_.Start(config, witness.Events());
      if (task.ok()) task_ = *task;
      return task.status();
    });
  }
  /// As an agent that was restarted: nothing but the folder is known.
  Status Recover() {
    return RunOn(executor_, [&] {
      auto task = driver_.Recover(folder(), witness.Events());
      if (task.ok()) task_ = *task;
      return task.status();
    });
  }
  Status Stop(Duration grace) {
    return RunOn(executor_, [&] { return task_->Stop(grace, kCancelled, "asked to"); });
  }
  Status Renew(Duration lease) {
    return RunOn(executor_,
                 [&] { return task_->Renew(RealClock::Instance().Monotonic() + lease); });
  }
  /// Lets the task run on unwatched.
  void Drop() {
    RunOn(executor_, [&] { return (task_.reset(), true); });
  }
  /// Starts, and waits for the end.
  TaskExit Finish(const v1::Assignment& assignment) {
    const Status started = Start(assignment);
    EXPECT_TRUE(started.ok()) << started.ToString();
    const auto exit = witness.AwaitExit();
    EXPECT_TRUE(exit.has_value());
    return exit.value_or(TaskExit{});
  }
  std::string folder() const { return scratch.path() + "/attempt"; }
  std::string File(const std::string& name) const {
    return ReadFile(folder() + "/" + name).ValueOr("(none)");
  }
  bool AwaitLog(const std::string& words) {
    return witness.AwaitOutput([&] { return File("output.log").find(words) != std::string::npos; });
  }
  DriverFingerprint Fingerprint() { return driver_.Fingerprint(); }

  ScratchFolder scratch;
  TaskWitness witness;
  std::int64_t log_cap_bytes = std::int64_t{16} << 20;
  std::optional<MonotonicTime> lease_until;
  bool own_program = false;

 private:
  ProcessDriverOptions Options() const {
    EXPECT_TRUE(MakeFolders(folder()).ok());
    ProcessDriverOptions options;
    options.supervisor_command = TestSupervisorCommand();
    options.task_user = TaskKinds::task_user;
    options.hidden = scratch.path();
    return options;
  }

  ThreadExecutor executor_;
  ProcessDriver driver_;
  std::shared_ptr<DriverTask> task_;
};

}  // namespace noizy::nodeagent
