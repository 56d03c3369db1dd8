// A grid of unlike machines in virtual time, on which ways of placing Tasks are compared with a
// clairvoyant greedy scheduler: one that knows, when a Task comes, exactly how long it will take on
// each machine, and puts it where it finishes first.
//
// The machines' speeds and the Tasks' mix are made up, but plausible: the order of the strategies
// and the size of the gaps is what counts. What places the Tasks is the scheduling core itself.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/routing/contestant.h"

namespace noizy::bench {

struct Machine {
  std::string name;
  std::int64_t slots;  // Tasks at once
  /// Seconds that a Task of each kind takes; 0: it cannot run here.
  std::array<double, 7> seconds;
};

const std::vector<Machine>& Machines();

struct SimulatedTask {
  double arrives = 0;
  std::size_t kind = 0;
  double luck = 1;  // this one's share of its kind's time
  std::size_t data_at = 0;
  double data_bytes = 0;
};

/// Tasks that come at `per_second`, the same for the same seed.
std::vector<SimulatedTask> Workload(std::uint64_t seed, double per_second, std::size_t count);

struct Completion {
  double mean_seconds = 0;
  double p99_seconds = 0;
  /// Tasks that were given a machine that cannot run them.
  std::size_t infeasible = 0;
  std::size_t questions = 0;
};

Completion ClairvoyantGreedy(const std::vector<SimulatedTask>& tasks);
Completion Simulate(const std::vector<SimulatedTask>& tasks, const Contestant& contestant);

struct Load {
  double per_second = 0.1;
  std::size_t tasks = 1500;
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 2;
};

/// How much longer Tasks took than with the clairvoyant: 0.05 is 5 %.
struct Regret {
  double mean = 0;
  double worst_seed = 0;
  /// Of the slowest hundredth, in the mean over the seeds.
  double p99 = 0;
  std::size_t infeasible = 0;
  double questions_per_task = 0;
};

Regret RegretOf(const Contestant& contestant, const Load& load);

}  // namespace noizy::bench
