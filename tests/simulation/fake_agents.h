// Node agents as the API server shows them: leases, and reports written into Tasks' status. They
// play by the fencing rule, so what a lost agent reports late is refused.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "kinds/node.h"
#include "kinds/task.h"
#include "tests/fakes/reconciler_harness.h"

namespace noizy {

/// One thread, the harness's.
class FakeAgents {
 public:
  /// How an attempt ends: its exit code, and how long after its start.
  struct Outcome {
    std::int64_t exit_code = 0;
    Duration after{};
  };
  using Script = std::function<Outcome(const Task&)>;

  /// `script` says what becomes of each attempt.
  FakeAgents(ReconcilerHarness& harness, Script script)
      : harness_(harness), script_(std::move(script)) {}

  void Join(const std::string& node, const std::string& cpu = "4");
  /// Silent from now on; its lease expires at once.
  void Lose(const std::string& node);
  /// Comes back, still holding what it ran.
  void Return(const std::string& node);

  /// Starts what is newly bound, ends what is due, cancels what is being deleted. Call it between
  /// steps of time.
  void Tick();

  /// Reports that were refused because their attempt was fenced.
  int refused() const { return refused_; }
  /// Attempts that ran, by Task: (number, node).
  const std::map<std::string, std::map<std::int64_t, std::string>>& executed() const {
    return executed_;
  }

 private:
  struct Running {
    ObjectKey task;
    std::int64_t attempt = 0;
    std::string node;
    WallTime end;
    std::int64_t exit_code = 0;
  };

  void Start(const Task& task);
  void Report(const Running& run, std::int64_t exit_code, const std::string& reason);
  bool WriteLease(const std::string& node, const std::string& expired_time);

  ReconcilerHarness& harness_;
  Script script_;
  std::set<std::string> silent_;
  std::vector<Running> running_;
  std::map<std::string, std::map<std::int64_t, std::string>> executed_;
  int refused_ = 0;
};

}  // namespace noizy
