// How well Tasks are placed; bench/routing/options.h has its flags.
//
// First Tasks with a known right place, drawn from the seed or read from FILE (a scenario a line,
// as --write-scenarios writes them); then the regret of mean completion time against a clairvoyant
// greedy scheduler. Models are simulated, but for one behind --model's URL. Ends with 1 when a bar
// is missed.
//
// Links: bench_routing

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/routing/charts.h"
#include "bench/routing/options.h"
#include "bench/routing/oracles.h"
#include "bench/routing/scenario_set.h"
#include "bench/routing/simulation.h"
#include "machinery/value/json.h"

namespace noizy::bench {
namespace {

constexpr double kMostRegret = 0.05;
// What a simulated model gets wrong: one answer in five is any candidate, one in fifty is none.
constexpr Noise kNoise = {0.2, 0.02};

struct Entry {
  Contestant contestant;
  /// Held to the bar for regret.
  bool bounded = false;
};

std::vector<Entry> Entries(const Options& options, const std::shared_ptr<Asked>& asked) {
  const auto reader = [&] { return Reader(kNoise, options.seed); };
  std::vector<Entry> entries = {{{"random", "AI", kFree, Reader({1, 0}, options.seed)}},
                                {{"round robin", "RoundRobin"}},
                                {{"least loaded", "LeastLoaded"}},
                                {{"power of two", "PowerOfTwo"}},
                                {{"FastestFinish", "FastestFinish"}, true},
                                {{"free model", "AI", kFree, reader()}},
                                {{"banded model", "AI", 25, reader()}, true},
                                {{"banded model, 0.5 s", "AI", 25, reader(), 0.5}, true},
                                {{"free adversary", "AI", kFree, Adversary()}},
                                {{"banded adversary", "AI", 25, Adversary()}, true}};
  if (!options.model_url.empty())
    entries.push_back(
        {{options.model_name, "AI", 25, ModelAt(options.model_url, options.model_name, asked)},
         true});
  return entries;
}

std::vector<Scenario> ReadScenarios(const std::string& path) {
  std::vector<Scenario> scenarios;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    const Result<Value> value = ParseJson(line);
    const Result<Scenario> scenario = value.ok() ? ScenarioFrom(*value) : value.status();
    if (!scenario.ok()) {
      std::fprintf(stderr, "%s: %s\n", path.c_str(), scenario.status().message().c_str());
      std::exit(2);
    }
    scenarios.push_back(*scenario);
  }
  return scenarios;
}

void WriteScenarios(const std::string& path, const std::vector<Scenario>& scenarios) {
  std::ofstream file(path);
  for (const Scenario& scenario : scenarios) file << ToJson(ToValue(scenario)) << "\n";
}

void Save(const Options& options, const std::string& name, const Chart& chart) {
  if (!options.charts.empty()) std::ofstream(options.charts + "/" + name) << SvgOf(chart);
}

void Tell(const Options& options, const Asked& asked) {
  if (options.model_url.empty()) return;
  std::printf("%s: %s\n\n", options.model_name.c_str(), asked.ToString().c_str());
}

struct Marks {
  std::map<std::string, int> right;
  int all_right = 0;
  int infeasible = 0;
};

Marks MarksOf(const std::vector<Scenario>& scenarios, const Entry& entry, bool tell_wrong) {
  Marks marks;
  for (const Scenario& scenario : scenarios) {
    const Judgement judgement = Judge(scenario, entry.contestant);
    marks.right[scenario.category] += judgement.right ? 1 : 0;
    marks.all_right += judgement.right ? 1 : 0;
    marks.infeasible += judgement.feasible ? 0 : 1;
    if (tell_wrong && !judgement.right)
      std::fprintf(stderr, "%s: %s: %s\n", entry.contestant.name.c_str(), scenario.name.c_str(),
                   judgement.did.c_str());
  }
  return marks;
}

bool RunScenarios(const Options& options) {
  const auto asked = std::make_shared<Asked>();
  const std::vector<Scenario> scenarios =
      options.scenarios.empty() ? ScenarioSet(options.seed) : ReadScenarios(options.scenarios);
  if (!options.write.empty()) WriteScenarios(options.write, scenarios);
  std::map<std::string, int> sizes;
  for (const Scenario& scenario : scenarios) ++sizes[scenario.category];
  std::printf("| right of %zu |", scenarios.size());
  for (const auto& [category, size] : sizes) std::printf(" %s (%d) |", category.c_str(), size);
  std::printf(" all | infeasible |\n|---|");
  for (std::size_t i = 0; i < sizes.size() + 2; ++i) std::printf("---|");
  Chart chart{"Scenarios with the right place", {"of all"}, {}, false, 0, 100};
  bool feasible = true;
  for (const Entry& entry : Entries(options, asked)) {
    Marks marks = MarksOf(scenarios, entry, options.tell_wrong);
    std::printf("\n| %s |", entry.contestant.name.c_str());
    for (const auto& [category, size] : sizes) std::printf(" %d |", marks.right[category]);
    const double share = 100.0 * marks.all_right / static_cast<double>(scenarios.size());
    std::printf(" %.1f %% | %d |", share, marks.infeasible);
    chart.rows.push_back({entry.contestant.name, {share}});
    feasible = feasible && marks.infeasible == 0;
  }
  std::printf("\n\n");
  Tell(options, *asked);
  Save(options, "routing-scenarios.svg", chart);
  return feasible;
}

bool RunRegret(const Options& options) {
  const auto asked = std::make_shared<Asked>();
  constexpr std::array kLoads = {0.10, 0.16, 0.22};
  std::printf(
      "| regret | light (0.10/s) | medium (0.16/s) | heavy (0.22/s) | worst seed | "
      "slowest 1 %%, heavy | questions a Task | infeasible |\n"
      "|---|---|---|---|---|---|---|---|\n");
  Chart chart{"Regret of mean completion time against a clairvoyant greedy scheduler",
              {"light", "medium", "heavy"},
              {},
              true,
              0.1,
              10'000};
  bool good = true;
  for (const Entry& entry : Entries(options, asked)) {
    Bars bars{entry.contestant.name, {}};
    Regret last;
    double worst = 0;
    double questions = 0;
    std::printf("| %s |", entry.contestant.name.c_str());
    for (const double load : kLoads) {
      last = RegretOf(entry.contestant, {load, options.tasks, options.seed, options.seeds});
      std::printf(" %.1f %% |", 100 * last.mean);
      std::fflush(stdout);
      bars.values.push_back(100 * last.mean);
      worst = std::max(worst, last.worst_seed);
      questions += last.questions_per_task / kLoads.size();
      good = good && last.infeasible == 0 && (!entry.bounded || last.mean <= kMostRegret);
    }
    std::printf(" %.1f %% | %.1f %% | %.2f | %zu |\n", 100 * worst, 100 * last.p99, questions,
                last.infeasible);
    chart.rows.push_back(std::move(bars));
  }
  std::printf("\n");
  Tell(options, *asked);
  Save(options, "routing-regret.svg", chart);
  return good;
}

}  // namespace
}  // namespace noizy::bench

int main(int argc, char** argv) {
  const auto options = noizy::bench::OptionsFrom({argv + 1, argv + argc});
  if (!options.ok()) {
    std::fprintf(stderr, "routing_bench: %s\n%s", options.status().message().c_str(),
                 noizy::bench::kUsage.data());
    return 2;
  }
  const bool feasible = noizy::bench::RunScenarios(*options);
  const bool good = noizy::bench::RunRegret(*options);
  std::printf("%s\n", feasible && good ? "all bars are met" : "A BAR IS MISSED");
  return feasible && good ? 0 : 1;
}
