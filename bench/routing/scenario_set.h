// Scenarios in eight categories, drawn from a seed. What is right in each is reckoned from the
// machines' truth (fleet.h) by plain arithmetic; a draw of which the right answer is a matter of
// taste is drawn again.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/routing/scenario.h"

namespace noizy::bench {

/// 240 of them, the same for the same seed.
std::vector<Scenario> ScenarioSet(std::uint64_t seed);

}  // namespace noizy::bench
