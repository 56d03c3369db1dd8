#include "bench/routing/simulation.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "bench/routing/oracles.h"

namespace noizy::bench {
namespace {

constexpr std::array kLoads = {0.10, 0.16, 0.22};  // Tasks a second: light to heavy

Regret At(double per_second, const Contestant& contestant) {
  const Regret regret = RegretOf(contestant, {per_second, 1500, 1, 2});
  std::printf("%s at %.2f/s: %.1f %%, %.2f questions a Task\n", contestant.name.c_str(), per_second,
              100 * regret.mean, regret.questions_per_task);
  EXPECT_EQ(regret.infeasible, 0U);
  return regret;
}

TEST(Regret, FastestFinishIsNearTheClairvoyant) {
  for (const double load : kLoads)
    EXPECT_LE(At(load, {"FastestFinish", "FastestFinish"}).mean, 0.05) << load;
}

TEST(Regret, LeastLoadedIsNot) {
  // The grid tells strategies apart.
  for (const double load : kLoads)
    EXPECT_GE(At(load, {"LeastLoaded", "LeastLoaded"}).mean, 0.3) << load;
}

TEST(Regret, AnAdversaryInTheBandCostsNoMoreThanTheBandAllows) {
  for (const double load : kLoads)
    EXPECT_LE(At(load, {"adversary", "AI", 25, Adversary()}).mean, 0.05) << load;
}

TEST(Regret, AnAdversaryWithoutABandIsRuinous) {
  for (const double load : kLoads)
    EXPECT_GE(At(load, {"free adversary", "AI", kFree, Adversary()}).mean, 1) << load;
}

TEST(Regret, ANoisyModelInTheBandCostsNothingToSpeakOf) {
  for (const double load : kLoads)
    EXPECT_LE(At(load, {"model", "AI", 25, Reader({0.2, 0.05}, 1)}).mean, 0.05) << load;
}

}  // namespace
}  // namespace noizy::bench
