#include "bench/routing/simulation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <queue>
#include <utility>

#include "machinery/base/random.h"
#include "machinery/scheduling/from_objects.h"

namespace noizy::bench {
namespace {

constexpr double kNetworkBytesPerSecond = 117e6;

using namespace scheduling;

double SecondsOn(const SimulatedTask& task, std::size_t machine) {
  return Machines()[machine].seconds[task.kind] * task.luck;
}

double MoveSeconds(const SimulatedTask& task, std::size_t machine) {
  return task.data_at == machine ? 0 : task.data_bytes / kNetworkBytesPerSecond;
}

double Normal(Random& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += random.Unit();
  return sum;
}

std::size_t DrawKind(Random& random) {
  static constexpr std::array<double, 7> kUntil = {0.25, 0.4, 0.45, 0.6, 0.65, 0.85, 1.0};
  const double drawn = random.Unit();
  return static_cast<std::size_t>(
      std::ranges::find_if(kUntil, [&](double until) { return drawn < until; }) - kUntil.begin());
}

/// From arrival to end, after the first tenth, in which the machines are learned.
Completion CompletionOf(const std::vector<SimulatedTask>& tasks, const std::vector<double>& ends) {
  std::vector<double> took;
  for (std::size_t i = tasks.size() / 10; i < tasks.size(); ++i)
    took.push_back(ends[i] - tasks[i].arrives);
  std::ranges::sort(took);
  Completion completion;
  for (const double seconds : took)
    completion.mean_seconds += seconds / static_cast<double>(took.size());
  completion.p99_seconds = took[took.size() * 99 / 100];
  return completion;
}

Node NodeOf(const Machine& machine) {
  Node node;
  node.metadata.name = machine.name;
  node.status.conditions = {{"Ready", "True", "Simulated", "", "2026-01-01T00:00:00Z", 1}};
  node.status.allocatable = {{"cpu", std::to_string(machine.slots)}};
  for (std::size_t kind = 0; kind < machine.seconds.size(); ++kind) {
    if (machine.seconds[kind] > 0) node.status.capabilities.push_back(std::to_string(kind));
  }
  return node;
}

WallTime TimeAt(double seconds) {
  return WallTime(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds)));
}

/// The scheduling core over the machines, learning from what it sees.
class Simulation {
 public:
  Simulation(const std::vector<SimulatedTask>& tasks, const Contestant& contestant)
      : tasks_(tasks),
        contestant_(contestant),
        routing_({PolicyOf(contestant)}),
        ends_(tasks.size()) {
    for (const Machine& machine : Machines()) {
      nodes_.push_back(NodeOf(machine));
      grid_.SetNode(scheduling::ViewOf(nodes_.back()));
    }
  }

  Completion Run() {
    std::size_t next = 0;
    while (next < tasks_.size() || !coming_.empty()) {
      const bool arrival =
          next < tasks_.size() && (coming_.empty() || tasks_[next].arrives < coming_.top().at);
      arrival ? Arrive(next++) : Happen();
      Place();
    }
    Completion completion = CompletionOf(tasks_, ends_);
    completion.infeasible = infeasible_;
    completion.questions = questions_;
    return completion;
  }

 private:
  /// A Task's end, or an answer.
  struct Coming {
    double at = 0;
    std::size_t task = 0;
    std::size_t machine = 0;
    std::optional<std::pair<std::string, Reply>> reply = {};
    bool operator<(const Coming& other) const { return at > other.at; }
  };

  TaskView ViewOf(std::size_t index) const {
    const SimulatedTask& task = tasks_[index];
    Task object;
    object.spec.type = std::to_string(task.kind);
    TaskView view = scheduling::ViewOf(object, routing_);
    std::string name = std::to_string(index);
    view.created = std::string(9 - name.size(), '0') + name;
    view.key = {"default", std::move(name)};
    view.requests = {{"cpu", 1000}};
    view.data_bytes = static_cast<std::int64_t>(task.data_bytes);
    view.data_node = Machines()[task.data_at].name;
    return view;
  }
  void Arrive(std::size_t index) {
    now_ = tasks_[index].arrives;
    grid_.SetTask(ViewOf(index));
  }
  void Happen() {
    const Coming coming = coming_.top();
    coming_.pop();
    now_ = coming.at;
    if (coming.reply) return grid_.SetAdvice(coming.reply->first, coming.reply->second, Now());
    ends_[coming.task] = now_;
    const TaskView view = ViewOf(coming.task);
    grid_.Learn(view, Machines()[coming.machine].name,
                {SecondsOn(tasks_[coming.task], coming.machine)});
    grid_.RemoveTask(view.key);
  }
  WallTime Now() const { return TimeAt(now_); }
  void Place() {
    for (bool again = true; again;) {
      const Plan plan = Decide(grid_, Now());
      for (const Binding& binding : plan.bindings) Start(binding);
      for (const scheduling::Question& question : plan.questions) Answer(question);
      again = !plan.questions.empty() && contestant_.answers_after_seconds <= 0;
    }
  }
  void Answer(const scheduling::Question& question) {
    ++questions_;
    Reply reply = Consult(contestant_, question, nullptr, nodes_);
    if (contestant_.answers_after_seconds <= 0)
      return grid_.SetAdvice(question.task_class, reply, Now());
    const double at = now_ + contestant_.answers_after_seconds;
    coming_.push({at, 0, 0, std::pair(question.task_class, std::move(reply))});
  }
  void Start(const Binding& binding) {
    const std::size_t index = std::stoul(binding.task.name);
    const auto machine = static_cast<std::size_t>(
        std::ranges::find(Machines(), binding.node, &Machine::name) - Machines().begin());
    const SimulatedTask& task = tasks_[index];
    if (SecondsOn(task, machine) <= 0) ++infeasible_;
    const double starts = now_ + MoveSeconds(task, machine);
    coming_.push({starts + SecondsOn(task, machine), index, machine});
    TaskView view = ViewOf(index);
    view.node = binding.node;
    view.started = TimeAt(starts);
    grid_.SetTask(std::move(view));
  }

  const std::vector<SimulatedTask>& tasks_;
  const Contestant& contestant_;
  const RoutingTable routing_;
  std::vector<Node> nodes_;
  Grid grid_;
  double now_ = 0;
  std::priority_queue<Coming> coming_;
  std::vector<double> ends_;
  std::size_t infeasible_ = 0;
  std::size_t questions_ = 0;
};

}  // namespace

const std::vector<Machine>& Machines() {
  // compile, transcode, prores, inference, training, analysis, script
  static const std::vector<Machine> kMachines = {{"m2-ultra", 4, {12, 15, 10, 20, 90, 10, 3}},
                                                 {"mac-pro", 3, {40, 55, 35, 0, 0, 30, 6}},
                                                 {"hp-omen", 2, {25, 18, 0, 12, 40, 22, 5}},
                                                 {"linux-a", 2, {45, 70, 0, 0, 0, 40, 8}},
                                                 {"linux-b", 1, {60, 95, 0, 0, 0, 55, 10}}};
  return kMachines;
}

std::vector<SimulatedTask> Workload(std::uint64_t seed, double per_second, std::size_t count) {
  SeededRandom random(seed);
  std::vector<SimulatedTask> tasks;
  double now = 0;
  for (std::size_t i = 0; i < count; ++i) {
    now += -std::log(1 - random.Unit()) / per_second;
    const std::size_t kind = DrawKind(random);
    const double luck = std::exp(0.3 * Normal(random));
    const std::size_t data_at = random.Below(Machines().size());
    const double share = random.Unit();
    tasks.push_back({now, kind, luck, data_at, 2e9 * share * random.Unit()});
  }
  return tasks;
}

Completion ClairvoyantGreedy(const std::vector<SimulatedTask>& tasks) {
  std::vector<std::vector<double>> free_at;
  for (const Machine& machine : Machines())
    free_at.emplace_back(static_cast<std::size_t>(machine.slots), 0.0);
  std::vector<double> ends;
  for (const SimulatedTask& task : tasks) {
    double best = 1e18;
    double* slot = nullptr;
    for (std::size_t m = 0; m < Machines().size(); ++m) {
      if (SecondsOn(task, m) <= 0) continue;
      const auto free = std::ranges::min_element(free_at[m]);
      const double end = std::max(task.arrives, *free) + MoveSeconds(task, m) + SecondsOn(task, m);
      if (end >= best) continue;
      best = end;
      slot = &*free;
    }
    *slot = best;
    ends.push_back(best);
  }
  return CompletionOf(tasks, ends);
}

Completion Simulate(const std::vector<SimulatedTask>& tasks, const Contestant& contestant) {
  return Simulation(tasks, contestant).Run();
}

Regret RegretOf(const Contestant& contestant, const Load& load) {
  Regret regret;
  const auto seeds = static_cast<double>(load.seeds);
  for (std::uint64_t i = 0; i < load.seeds; ++i) {
    const auto tasks = Workload(load.first_seed + i, load.per_second, load.tasks);
    const Completion best = ClairvoyantGreedy(tasks);
    const Completion seen = Simulate(tasks, contestant);
    const double more = seen.mean_seconds / best.mean_seconds - 1;
    regret.mean += more / seeds;
    regret.worst_seed = i == 0 ? more : std::max(regret.worst_seed, more);
    regret.p99 += (seen.p99_seconds / best.p99_seconds - 1) / seeds;
    regret.infeasible += seen.infeasible;
    regret.questions_per_task +=
        static_cast<double>(seen.questions) / static_cast<double>(tasks.size()) / seeds;
  }
  return regret;
}

}  // namespace noizy::bench
