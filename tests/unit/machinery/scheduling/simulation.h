// A grid of unlike machines in virtual time, on which the scheduling core's strategies are compared
// with a clairvoyant greedy scheduler: one that knows, when a Task comes, exactly how long it will
// take on each machine, and puts it where it finishes first.
//
// The machines' speeds and the Tasks' mix are made up, but plausible: the order of the strategies
// and the size of the gaps is what counts.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <queue>
#include <string>
#include <vector>

#include "machinery/base/random.h"
#include "machinery/scheduling/decide.h"

namespace noizy::scheduling {

struct Machine {
  std::string name;
  std::int64_t slots;  // Tasks at once
  /// Seconds that a Task of each kind takes; 0: it cannot run here.
  std::array<double, 7> seconds;
};

inline const std::vector<Machine>& Machines() {
  // compile, transcode, prores, inference, training, analysis, script
  static const std::vector<Machine> kMachines = {{"m2-ultra", 4, {12, 15, 10, 20, 90, 10, 3}},
                                                 {"mac-pro", 3, {40, 55, 35, 0, 0, 30, 6}},
                                                 {"hp-omen", 2, {25, 18, 0, 12, 40, 22, 5}},
                                                 {"linux-a", 2, {45, 70, 0, 0, 0, 40, 8}},
                                                 {"linux-b", 1, {60, 95, 0, 0, 0, 55, 10}}};
  return kMachines;
}

struct SimulatedTask {
  double arrives = 0;
  std::size_t kind = 0;
  double luck = 1;  // this one's share of its kind's time
  std::size_t data_at = 0;
  double data_bytes = 0;
};

inline double SecondsOn(const SimulatedTask& task, std::size_t machine) {
  return Machines()[machine].seconds[task.kind] * task.luck;
}

inline double MoveSeconds(const SimulatedTask& task, std::size_t machine) {
  return task.data_at == machine ? 0 : task.data_bytes / 117e6;
}

/// Tasks that come at `per_second`, the same for the same seed.
class Workload {
 public:
  Workload(std::uint64_t seed, double per_second, std::size_t count) : random_(seed) {
    double now = 0;
    for (std::size_t i = 0; i < count; ++i) {
      now += -std::log(1 - Uniform()) / per_second;
      tasks_.push_back({now, Kind(), std::exp(0.3 * Normal()), random_.Below(Machines().size()),
                        2e9 * Uniform() * Uniform()});
    }
  }
  const std::vector<SimulatedTask>& tasks() const { return tasks_; }

 private:
  double Uniform() { return static_cast<double>(random_.Below(1'000'000)) / 1e6; }
  double Normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += Uniform();
    return sum;
  }
  std::size_t Kind() {
    static constexpr std::array<double, 7> kUntil = {0.25, 0.4, 0.45, 0.6, 0.65, 0.85, 1.0};
    const double drawn = Uniform();
    return static_cast<std::size_t>(
        std::find_if(kUntil.begin(), kUntil.end(), [&](double u) { return drawn < u; }) -
        kUntil.begin());
  }

  SeededRandom random_;
  std::vector<SimulatedTask> tasks_;
};

/// Seconds from arrival to end, in the mean over all Tasks after the first tenth.
inline double MeanCompletion(const std::vector<SimulatedTask>& tasks,
                             const std::vector<double>& ends) {
  double sum = 0;
  const std::size_t first = tasks.size() / 10;
  for (std::size_t i = first; i < tasks.size(); ++i) sum += ends[i] - tasks[i].arrives;
  return sum / static_cast<double>(tasks.size() - first);
}

inline double ClairvoyantGreedy(const std::vector<SimulatedTask>& tasks) {
  std::vector<std::vector<double>> free_at;
  for (const Machine& machine : Machines())
    free_at.emplace_back(static_cast<std::size_t>(machine.slots), 0.0);
  std::vector<double> ends;
  for (const SimulatedTask& task : tasks) {
    double best = 1e18;
    double* slot = nullptr;
    for (std::size_t m = 0; m < Machines().size(); ++m) {
      if (SecondsOn(task, m) <= 0) continue;
      const auto free = std::min_element(free_at[m].begin(), free_at[m].end());
      const double end = std::max(task.arrives, *free) + MoveSeconds(task, m) + SecondsOn(task, m);
      if (end >= best) continue;
      best = end;
      slot = &*free;
    }
    *slot = best;
    ends.push_back(best);
  }
  return MeanCompletion(tasks, ends);
}

/// The scheduling core with one strategy, which learns from what it sees.
class Simulation {
 public:
  Simulation(const std::vector<SimulatedTask>& tasks, std::string strategy)
      : tasks_(tasks), strategy_(std::move(strategy)), ends_(tasks.size()) {
    for (const Machine& machine : Machines()) grid_.SetNode(NodeOf(machine));
  }

  double Run() {
    std::size_t next = 0;
    while (next < tasks_.size() || !running_.empty()) {
      const bool arrival =
          next < tasks_.size() && (running_.empty() || tasks_[next].arrives < running_.top().at);
      arrival ? Arrive(next++) : Finish();
      Place();
    }
    return MeanCompletion(tasks_, ends_);
  }

 private:
  struct Ending {
    double at;
    std::size_t task;
    std::size_t machine;
    bool operator<(const Ending& other) const { return at > other.at; }
  };

  static NodeView NodeOf(const Machine& machine) {
    NodeView node;
    node.name = machine.name;
    node.ready = true;
    node.allocatable = {{"cpu", machine.slots * 1000}};
    for (std::size_t kind = 0; kind < machine.seconds.size(); ++kind) {
      if (machine.seconds[kind] > 0) node.capabilities.insert(std::to_string(kind));
    }
    return node;
  }
  static WallTime TimeAt(double seconds) {
    return WallTime(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds)));
  }

  TaskView ViewOf(std::size_t index) const {
    const SimulatedTask& task = tasks_[index];
    TaskView view;
    std::string name = std::to_string(index);
    view.created = std::string(9 - name.size(), '0') + name;
    view.key = {"default", std::move(name)};
    view.type = view.work = std::to_string(task.kind);
    view.requests = {{"cpu", 1000}};
    view.data_bytes = static_cast<std::int64_t>(task.data_bytes);
    view.data_node = Machines()[task.data_at].name;
    view.routing.strategies = {strategy_};
    return view;
  }
  void Arrive(std::size_t index) {
    now_ = tasks_[index].arrives;
    grid_.SetTask(ViewOf(index));
  }
  void Finish() {
    const Ending ending = running_.top();
    running_.pop();
    now_ = ends_[ending.task] = ending.at;
    const TaskView view = ViewOf(ending.task);
    grid_.Learn(view, Machines()[ending.machine].name,
                {SecondsOn(tasks_[ending.task], ending.machine)});
    grid_.RemoveTask(view.key);
  }
  void Place() {
    const Plan plan = Decide(grid_, TimeAt(now_));
    for (const Binding& binding : plan.bindings) {
      const std::size_t index = std::stoul(binding.task.name);
      const auto machine = static_cast<std::size_t>(
          std::find_if(Machines().begin(), Machines().end(),
                       [&](const Machine& m) { return m.name == binding.node; }) -
          Machines().begin());
      const SimulatedTask& task = tasks_[index];
      running_.push({now_ + MoveSeconds(task, machine) + SecondsOn(task, machine), index, machine});
      TaskView view = ViewOf(index);
      view.node = binding.node;
      view.started = TimeAt(now_ + MoveSeconds(task, machine));
      grid_.SetTask(std::move(view));
    }
  }

  const std::vector<SimulatedTask>& tasks_;
  const std::string strategy_;
  Grid grid_;
  double now_ = 0;
  std::priority_queue<Ending> running_;
  std::vector<double> ends_;
};

/// How much longer Tasks took than with the clairvoyant, in the mean over the seeds: 0.05 is 5 %.
inline double Regret(const std::string& strategy, double per_second, std::size_t tasks,
                     std::uint64_t seeds) {
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Workload workload(seed, per_second, tasks);
    sum += Simulation(workload.tasks(), strategy).Run() / ClairvoyantGreedy(workload.tasks()) - 1;
  }
  return sum / static_cast<double>(seeds);
}

}  // namespace noizy::scheduling
