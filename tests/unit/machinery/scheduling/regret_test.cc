#include <gtest/gtest.h>

#include "tests/unit/machinery/scheduling/simulation.h"

namespace noizy::scheduling {
namespace {

constexpr std::array kLoads = {0.10, 0.16, 0.22};  // Tasks a second: light to heavy
constexpr std::size_t kTasks = 1500;
constexpr std::uint64_t kSeeds = 2;

TEST(Regret, FastestFinishIsNearTheClairvoyant) {
  for (const double load : kLoads) {
    const double regret = Regret("FastestFinish", load, kTasks, kSeeds);
    std::printf("FastestFinish at %.2f/s: %.1f %%\n", load, 100 * regret);
    EXPECT_LE(regret, 0.05) << "at " << load << " Tasks a second";
  }
}

TEST(Regret, LeastLoadedIsNot) {
  for (const double load : kLoads) {
    const double regret = Regret("LeastLoaded", load, kTasks, kSeeds);
    std::printf("LeastLoaded at %.2f/s: %.1f %%\n", load, 100 * regret);
    EXPECT_GE(regret, 0.3) << "at " << load << " Tasks a second: the grid tells strategies apart";
  }
}

}  // namespace
}  // namespace noizy::scheduling
