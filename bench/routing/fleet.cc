#include "bench/routing/fleet.h"

namespace noizy::bench {

const std::vector<Hardware>& Fleet() {
  static const std::vector<Hardware> kFleet = {
      {"m2-ultra",
       "darwin",
       "arm64",
       24,
       192,
       "Apple M2 Ultra",
       "Apple M2 Ultra",
       {144},
       0,
       {"exec", "shell", "gpu", "prores", "ai_inference", "model/llama3.1:70b"},
       true,
       false},
      {"mac-pro",
       "darwin",
       "amd64",
       28,
       384,
       "Intel Xeon W-3275M",
       "AMD Radeon Pro Vega II",
       {32, 32},
       0,
       {"exec", "shell", "gpu", "prores"},
       false,
       true},
      {"hp-omen",
       "windows",
       "amd64",
       16,
       32,
       "Intel Core i9-13900K",
       "NVIDIA GeForce RTX 4090",
       {24},
       551,
       {"exec", "powershell", "gpu", "ai_inference", "model/llama3.1:8b"},
       false,
       true},
      {"linux-a",
       "linux",
       "amd64",
       16,
       64,
       "AMD Ryzen 9 5950X",
       "NVIDIA GeForce RTX 3060",
       {12, 12},
       535,
       {"exec", "shell", "gpu", "fencing"},
       false,
       false},
      {"linux-b",
       "linux",
       "arm64",
       8,
       16,
       "ARM Cortex-A76",
       "",
       {},
       0,
       {"exec", "shell", "fencing"},
       true,
       false}};
  return kFleet;
}

Node NodeOf(const Hardware& hardware) {
  constexpr std::int64_t kGi = std::int64_t{1} << 30;
  Node node;
  node.metadata.name = hardware.name;
  node.metadata.labels = {{"noizy.dev/os", hardware.os},
                          {"noizy.dev/arch", hardware.arch},
                          {"power", hardware.low_power ? "low" : "high"}};
  if (hardware.gpu_driver > 0)
    node.metadata.labels["gpu-driver"] = std::to_string(hardware.gpu_driver);
  node.status.conditions = {{"Ready", "True", "Simulated", "", "2026-01-01T00:00:00Z", 1}};
  node.status.capabilities.assign(hardware.offers.begin(), hardware.offers.end());
  node.status.allocatable = {{"cpu", std::to_string(hardware.cores)},
                             {"memory", std::to_string(hardware.memory_gib) + "Gi"},
                             {"noizy.dev/gpu", std::to_string(hardware.gpu_gib.size())}};
  NodeSystemInfo& info = node.status.node_info.emplace();
  info.os = hardware.os;
  info.arch = hardware.arch;
  info.cpu_model = hardware.cpu;
  info.cpu_cores = hardware.cores;
  for (const std::int64_t gib : hardware.gpu_gib)
    info.gpus.push_back({hardware.gpu, gib * kGi, std::to_string(hardware.gpu_driver)});
  return node;
}

}  // namespace noizy::bench
