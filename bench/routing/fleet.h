// The machines of the scenarios: what is true of them, apart from how the API says it, so that the
// right answers are reckoned from here and not by the code that is measured.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "kinds/node.h"

namespace noizy::bench {

struct Hardware {
  std::string name;
  std::string os;
  std::string arch;
  std::int64_t cores = 0;
  std::int64_t memory_gib = 0;
  std::string cpu;
  std::string gpu;  // "": none
  /// Of each GPU.
  std::vector<std::int64_t> gpu_gib;
  std::int64_t gpu_driver = 0;
  std::set<std::string> offers;
  bool low_power = false;
  bool noisy = false;
};

const std::vector<Hardware>& Fleet();
/// Ready, idle, with labels of its os, arch, driver and power.
Node NodeOf(const Hardware& hardware);

}  // namespace noizy::bench
