#include "bench/routing/scenario_set.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "bench/routing/fleet.h"
#include "machinery/base/random.h"
#include "machinery/meta/time.h"
#include "machinery/scheduling/from_objects.h"

namespace noizy::bench {
namespace {

constexpr double kNetworkBytesPerSecond = 117e6;
// Between the right choice and the next best one, so that no model of the machines' load decides.
constexpr double kMargin = 1.3;
constexpr double kNever = std::numeric_limits<double>::infinity();

using Machines = std::vector<const Hardware*>;
using Times = std::array<double, 5>;  // of the fleet's machines

std::string Labelled(std::string text, std::int64_t number) {
  return text.append(std::to_string(number));
}

/// Draws one scenario; false for a draw that has no one right answer.
class Draw {
 public:
  Draw(Random& random, Scenario& scenario) : random_(random), scenario_(scenario) {
    for (const Hardware& machine : Fleet()) scenario.nodes.push_back(NodeOf(machine));
    task().metadata.name = "wanted";
    task().metadata.ns = "default";
    task().metadata.creation_timestamp = kScenarioTime;
    task().spec.exec.emplace().command = {"work"};
    Request("cpu", "1");
  }

  bool HardConstraint();
  bool Capacity();
  bool Speed();
  bool DataLocality();
  bool DeadlineOrPriority();
  bool CostAndQuiet();
  bool FreeText();
  bool NothingFeasible();

 private:
  Task& task() { return scenario_.task; }
  bool OneIn(std::uint64_t n) { return random_.Below(n) == 0; }
  std::int64_t Between(std::int64_t low, std::int64_t high) {
    return low +
           static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(high - low + 1)));
  }
  /// From `low` to `high`, each order of magnitude as likely.
  double Seconds(double low, double high) { return low * std::pow(high / low, random_.Unit()); }
  void Request(const std::string& resource, const std::string& quantity) {
    task().spec.resources.requests[resource] = quantity;
  }
  Node& NodeAt(std::size_t machine) { return scenario_.nodes[machine]; }

  /// Those that may run it, and all of them are as right.
  bool AnyOf(const std::function<bool(const Hardware&)>& may) {
    for (const Hardware& machine : Fleet()) {
      if (may(machine)) scenario_.accept.push_back(machine.name);
    }
    scenario_.feasible = scenario_.accept;
    scenario_.outcome = "Bound";
    return !scenario_.accept.empty() && scenario_.accept.size() < Fleet().size();
  }
  /// All may run it, and the first to be done is right.
  bool Soonest(const Times& times) {
    Times sorted = times;
    std::ranges::sort(sorted);
    const auto best = std::ranges::find(times, sorted[0]) - times.begin();
    scenario_.accept = {Fleet()[static_cast<std::size_t>(best)].name};
    AllFeasible();
    scenario_.outcome = "Bound";
    return sorted[1] > kMargin * sorted[0];
  }
  void AllFeasible() {
    for (const Hardware& machine : Fleet()) scenario_.feasible.push_back(machine.name);
  }
  /// How long Tasks like this one took everywhere.
  Times History(double low, double high) {
    Times times{};
    task().metadata.labels[std::string(scheduling::kWorkLabel)] = "known";
    for (std::size_t i = 0; i < times.size(); ++i) {
      times[i] = Seconds(low, high);
      scenario_.history.push_back({"known", Fleet()[i].name, times[i]});
    }
    return times;
  }
  Task& Running(std::size_t machine, std::int64_t cores, double since_seconds) {
    Task& other = scenario_.running.emplace_back();
    other.metadata.name = Labelled("running-", static_cast<std::int64_t>(scenario_.running.size()));
    other.metadata.ns = "default";
    other.metadata.labels[std::string(scheduling::kWorkLabel)] = "filler";
    other.spec.exec.emplace().command = {"fill"};
    other.spec.resources.requests["cpu"] = std::to_string(cores);
    other.status.phase = "Running";
    other.status.node_name = Fleet()[machine].name;
    TaskAttempt& attempt = other.status.attempts.emplace_back();
    attempt.number = 1;
    attempt.node_name = other.status.node_name;
    attempt.start_time =
        FormatTime(*ParseTime(kScenarioTime) - std::chrono::seconds(std::llround(since_seconds)));
    return other;
  }
  /// The machine is full for that long, as far as its history tells.
  void Fill(std::size_t machine, double for_seconds) {
    scenario_.history.push_back({"filler", Fleet()[machine].name, 2 * for_seconds});
    Running(machine, Fleet()[machine].cores, for_seconds);
    std::erase(scenario_.feasible, Fleet()[machine].name);
  }
  bool SpeedWithQueue();
  bool Deadline();
  bool Preemption();
  bool PreferLowPower();
  bool QuietHours();
  bool Peers();
  bool Driver();
  bool Failed();
  bool Tainted();
  bool Away();

  Random& random_;
  Scenario& scenario_;
};

bool Draw::Tainted() {
  std::set<std::string> tainted;
  for (std::size_t i = 0; i < Fleet().size(); ++i) {
    if (!OneIn(2)) continue;
    NodeAt(i).spec.taints.push_back({"reserved", "render", "NoSchedule", ""});
    tainted.insert(Fleet()[i].name);
  }
  return AnyOf([&](const Hardware& machine) { return !tainted.contains(machine.name); });
}

bool Draw::Away() {
  std::set<std::string> away;
  for (std::size_t i = 0; i < Fleet().size(); ++i) {
    if (!OneIn(2)) continue;
    away.insert(Fleet()[i].name);
    if (OneIn(2)) {
      NodeAt(i).spec.unschedulable = true;
    } else {
      NodeAt(i).status.conditions.front().status = "False";
    }
  }
  return AnyOf([&](const Hardware& machine) { return !away.contains(machine.name); });
}

bool Draw::Driver() {
  const std::int64_t least = Between(500, 560);
  NodeSelectorTerm term;
  term.match_expressions = {{"gpu-driver", "Gt", {std::to_string(least)}}};
  task()
      .spec.affinity.emplace()
      .node_affinity.emplace()
      .required_during_scheduling_ignored_during_execution.emplace()
      .node_selector_terms = {term};
  return AnyOf([&](const Hardware& machine) { return machine.gpu_driver > least; });
}

bool Draw::Failed() {
  const std::size_t machine = random_.Below(Fleet().size());
  task().spec.retry.limit = 3;
  task().spec.retry.elsewhere_on_exit_codes = {7};
  TaskAttempt& attempt = task().status.attempts.emplace_back();
  attempt.number = 1;
  attempt.node_name = Fleet()[machine].name;
  attempt.finish_time = kScenarioTime;
  attempt.exit_code = 7;
  const bool good =
      AnyOf([&](const Hardware& other) { return other.name != Fleet()[machine].name; });
  scenario_.feasible.push_back(Fleet()[machine].name);
  return good;
}

bool Draw::HardConstraint() {
  const Hardware& like = Fleet()[random_.Below(Fleet().size())];
  switch (random_.Below(9)) {
    case 0:
      task().spec.node_selector["noizy.dev/os"] = like.os;
      return AnyOf([&](const Hardware& machine) { return machine.os == like.os; });
    case 1:
      task().spec.node_selector["noizy.dev/arch"] = like.arch;
      return AnyOf([&](const Hardware& machine) { return machine.arch == like.arch; });
    case 2: {
      constexpr std::array kTypes = {"prores", "powershell", "shell", "gpu", "ai_inference"};
      const std::string type = kTypes[random_.Below(kTypes.size())];
      task().spec.type = type;
      return AnyOf([&](const Hardware& machine) { return machine.offers.contains(type); });
    }
    case 3: {
      const std::string model = OneIn(2) ? "llama3.1:8b" : "llama3.1:70b";
      task().spec.type = "ai_inference";
      task().spec.exec.reset();
      task().spec.inference.emplace().model = model;
      return AnyOf([&](const Hardware& m) { return m.offers.contains("model/" + model); });
    }
    case 4:
      task().spec.failover = "AtMostOnce";
      return AnyOf([](const Hardware& machine) { return machine.offers.contains("fencing"); });
    case 5:
      return Driver();
    case 6:
      return Tainted();
    case 7:
      return Away();
    default:
      return Failed();
  }
}

bool Draw::Peers() {
  // Two that want one port of a machine must not be on the same one.
  const Value label = Object{{"matchLabels", Object{{"port", "8080"}}}};
  TaskPeerTerm term;
  term.label_selector = label;
  term.topology_key = "kubernetes.io/hostname";
  task().metadata.labels["port"] = "8080";
  task()
      .spec.affinity.emplace()
      .pod_anti_affinity.emplace()
      .required_during_scheduling_ignored_during_execution = {term};
  std::set<std::string> taken;
  for (std::size_t i = 0; i < Fleet().size(); ++i) {
    if (!OneIn(2)) continue;
    Running(i, 1, 10).metadata.labels["port"] = "8080";
    taken.insert(Fleet()[i].name);
  }
  return AnyOf([&](const Hardware& machine) { return !taken.contains(machine.name); });
}

bool Draw::Capacity() {
  const std::uint64_t kind = random_.Below(5);
  if (kind == 0) return Peers();
  if (kind == 1) {
    const std::int64_t wanted = Between(2, 20);
    Request("cpu", std::to_string(wanted));
    std::map<std::string, std::int64_t> left;
    for (std::size_t i = 0; i < Fleet().size(); ++i) {
      const std::int64_t used = Between(1, Fleet()[i].cores);
      Running(i, used, 10);
      left[Fleet()[i].name] = Fleet()[i].cores - used;
    }
    return AnyOf([&](const Hardware& machine) { return left[machine.name] >= wanted; });
  }
  if (kind == 2) {
    const std::int64_t gib = Between(10, 380);
    Request("memory", Labelled("", gib) + "Gi");
    return AnyOf([&](const Hardware& machine) { return machine.memory_gib >= gib; });
  }
  const std::int64_t gpus = kind == 3 ? 1 : 2;
  const std::int64_t each = Between(4, 40);
  Request("noizy.dev/gpu", std::to_string(gpus));
  Request("noizy.dev/gpu-memory", Labelled("", gpus * each) + "Gi");
  return AnyOf([&](const Hardware& machine) {
    return std::ranges::count_if(machine.gpu_gib, [&](auto gib) { return gib >= each; }) >= gpus;
  });
}

bool Draw::SpeedWithQueue() {
  const Times times = History(10, 400);
  if (!Soonest(times)) return false;
  const auto best = static_cast<std::size_t>(std::ranges::min_element(times) - times.begin());
  Times others = times;
  others[best] = kNever;
  const auto second = static_cast<std::size_t>(std::ranges::min_element(others) - others.begin());
  const double busy_for = std::round(Seconds(2, 400));
  Fill(best, busy_for);
  const double queued = busy_for + times[best];
  if (queued * kMargin < others[second]) {
    scenario_.outcome = "Waits";
    return true;
  }
  scenario_.accept = {Fleet()[second].name};
  Times rest = others;
  rest[second] = queued;
  return *std::ranges::min_element(rest) > kMargin * others[second];
}

bool Draw::Speed() {
  return OneIn(2) ? Soonest(History(10, 400)) : SpeedWithQueue();
}

bool Draw::DataLocality() {
  Times times = History(10, 200);
  const std::size_t at = random_.Below(Fleet().size());
  const double bytes = Seconds(1e9, 60e9);
  task().metadata.annotations[std::string(scheduling::kDataNode)] = Fleet()[at].name;
  task().metadata.annotations[std::string(scheduling::kDataBytes)] =
      std::to_string(static_cast<std::int64_t>(bytes));
  for (std::size_t i = 0; i < times.size(); ++i)
    times[i] += i == at ? 0 : bytes / kNetworkBytesPerSecond;
  return Soonest(times);
}

bool Draw::Deadline() {
  const Times times = History(10, 400);
  if (!Soonest(times)) return false;
  const double deadline = std::round(Seconds(*std::ranges::min_element(times) * 1.1, 300));
  task().spec.timeout_seconds = static_cast<std::int64_t>(deadline);
  scenario_.accept.clear();
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (times[i] <= deadline) scenario_.accept.push_back(Fleet()[i].name);
  }
  return scenario_.accept.size() < Fleet().size();
}

bool Draw::Preemption() {
  std::vector<std::int64_t> priorities = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  for (std::size_t i = priorities.size() - 1; i > 0; --i)
    std::swap(priorities[i], priorities[random_.Below(i + 1)]);
  task().spec.priority = Between(3, 8);
  task().spec.resources.requests["cpu"] = std::to_string(Between(2, 8));
  std::optional<std::size_t> victim;
  for (std::size_t i = 0; i < Fleet().size(); ++i) {
    Task& running = Running(i, Fleet()[i].cores, 60);
    running.spec.priority = priorities[i];
    if (OneIn(4)) running.spec.failover = "Pinned";
    if (running.spec.failover == "Pinned" || priorities[i] >= task().spec.priority) continue;
    if (!victim || priorities[i] < priorities[*victim]) victim = i;
  }
  scenario_.outcome = victim ? "Preempts" : "Pending";
  if (victim) scenario_.accept = {Fleet()[*victim].name};
  scenario_.says = "insufficient cpu";
  return true;
}

bool Draw::DeadlineOrPriority() {
  return OneIn(2) ? Deadline() : Preemption();
}

// During quiet hours the operator would rather have the loud machines idle.
bool Draw::QuietHours() {
  Times times = History(10, 60);
  AllFeasible();
  for (std::size_t i = 0; i < Fleet().size(); ++i) {
    if (!Fleet()[i].noisy) continue;
    NodeAt(i).spec.taints.push_back({"quiet-hours", "", "PreferNoSchedule", ""});
    if (OneIn(2)) Fill(i, 3);  // what is loud is not worth waiting for either
    times[i] = kNever;
  }
  scenario_.outcome = "Bound";
  const auto best = static_cast<std::size_t>(std::ranges::min_element(times) - times.begin());
  scenario_.accept = {Fleet()[best].name};
  std::ranges::sort(times);
  return times[1] > kMargin * times[0];
}

bool Draw::PreferLowPower() {
  Times times = History(10, 60);
  AllFeasible();
  PreferredSchedulingTerm term;
  term.weight = 100;
  term.preference.match_expressions = {{"power", "In", {"low"}}};
  task()
      .spec.affinity.emplace()
      .node_affinity.emplace()
      .preferred_during_scheduling_ignored_during_execution = {term};
  for (std::size_t i = 0; i < Fleet().size(); ++i) {
    if (!Fleet()[i].low_power) times[i] = kNever;
  }
  scenario_.outcome = "Bound";
  const auto best = static_cast<std::size_t>(std::ranges::min_element(times) - times.begin());
  scenario_.accept = {Fleet()[best].name};
  std::ranges::sort(times);
  return times[1] > kMargin * times[0];
}

bool Draw::CostAndQuiet() {
  return OneIn(2) ? QuietHours() : PreferLowPower();
}

bool IsApple(const Hardware& machine) {
  return machine.gpu.starts_with("Apple");
}

/// What somebody might write, and the machines that he means.
struct Phrase {
  std::string_view text;
  bool (*means)(const Hardware& machine);
};

constexpr std::array kPhrases = {
    Phrase{"train.py --device cuda  # needs CUDA, so the NVIDIA box",
           [](const Hardware& m) { return m.gpu.starts_with("NVIDIA"); }},
    Phrase{"# rendering with OptiX: an NVIDIA card is a must",
           [](const Hardware& m) { return m.gpu.starts_with("NVIDIA"); }},
    Phrase{"hipcc kernel.cpp && ./a.out  # ROCm only",
           [](const Hardware& m) { return m.gpu.find("Radeon") != std::string::npos; }},
    Phrase{"ffmpeg -i master.mov -c:v prores_videotoolbox out.mov  # ProRes 422 HQ in hardware",
           IsApple},
    Phrase{"swift run shader-bench  # Metal 3", IsApple},
    Phrase{"start /wait setup.exe /S", [](const Hardware& m) { return m.os == "windows"; }},
    Phrase{"Get-ChildItem | Sort-Object Length  # PowerShell 7 on its own system",
           [](const Hardware& m) { return m.os == "windows"; }},
    Phrase{"xcodebuild archive  # Xcode 17", [](const Hardware& m) { return m.os == "darwin"; }},
    Phrase{"systemctl restart build.service  # a systemd unit",
           [](const Hardware& m) { return m.os == "linux"; }},
    Phrase{"sudo apt-get install -y ffmpeg && make test",
           [](const Hardware& m) { return m.os == "linux"; }},
    // What the simulated reader has no words for.
    Phrase{"bwa index: the whole genome graph stays in memory, some 300 gigabytes of it",
           [](const Hardware& m) { return m.memory_gib >= 300; }},
};

bool Draw::FreeText() {
  const Phrase& phrase = kPhrases[random_.Below(kPhrases.size())];
  task().spec.exec.reset();
  task().spec.script.emplace().source =
      Labelled("# job ", Between(1, 9999)).append("\n").append(phrase.text).append("\n");
  const bool good = AnyOf(phrase.means);
  scenario_.feasible.clear();
  AllFeasible();
  return good;
}

bool Draw::NothingFeasible() {
  scenario_.outcome = "Pending";
  switch (random_.Below(5)) {
    case 0:
      Request("cpu", std::to_string(Between(29, 200)));
      scenario_.says = "insufficient cpu";
      return true;
    case 1:
      Request("noizy.dev/gpu", std::to_string(Between(3, 8)));
      scenario_.says = "insufficient noizy.dev/gpu";
      return true;
    case 2:
      task().spec.type = "quantum";
      scenario_.says = "did not offer capability \"quantum\"";
      return true;
    case 3:
      task().spec.node_selector["noizy.dev/os"] = "plan9";
      scenario_.says = "did not match the Task's node selector";
      return true;
    default:
      for (Node& node : scenario_.nodes) node.spec.unschedulable = true;
      scenario_.says = "were unschedulable";
      return true;
  }
}

struct Category {
  std::string_view name;
  std::size_t count;
  bool (Draw::*draw)();
};

constexpr std::array kCategories = {
    Category{"hard constraint", 40, &Draw::HardConstraint},
    Category{"capacity", 30, &Draw::Capacity},
    Category{"unlike speed", 40, &Draw::Speed},
    Category{"data locality", 30, &Draw::DataLocality},
    Category{"deadline, priority", 30, &Draw::DeadlineOrPriority},
    Category{"cost, quiet hours", 20, &Draw::CostAndQuiet},
    Category{"free text", 40, &Draw::FreeText},
    Category{"nothing feasible", 10, &Draw::NothingFeasible},
};

}  // namespace

std::vector<Scenario> ScenarioSet(std::uint64_t seed) {
  SeededRandom random(seed);
  std::vector<Scenario> scenarios;
  for (const Category& category : kCategories) {
    for (std::size_t made = 0; made < category.count;) {
      Scenario scenario;
      scenario.category = category.name;
      scenario.name = std::string(category.name).append(" ").append(std::to_string(made));
      if (!(Draw(random, scenario).*category.draw)()) continue;
      scenarios.push_back(std::move(scenario));
      ++made;
    }
  }
  return scenarios;
}

}  // namespace noizy::bench
