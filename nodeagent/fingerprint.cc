#include "nodeagent/fingerprint.h"

#include <algorithm>

namespace noizy::nodeagent {

v1::NodeFacts MakeNodeFacts(const HostFacts& host, const std::vector<Accelerator>& gpus,
                            const DiskSpace& disk, const std::vector<std::string>& capabilities,
                            const std::string& agent_version) {
  v1::NodeFacts facts;
  facts.set_os(host.os);
  facts.set_arch(host.arch);
  facts.set_os_image(host.os_image);
  facts.set_kernel_version(host.kernel_version);
  facts.set_hostname(host.hostname);
  facts.set_cpu_model(host.cpu_model);
  facts.set_cpu_cores(host.cpu_cores);
  facts.set_agent_version(agent_version);
  facts.set_boot_id(host.boot_id);
  for (const Accelerator& gpu : gpus) {
    v1::Gpu& told = *facts.add_gpus();
    told.set_name(gpu.name);
    told.set_memory_bytes(gpu.memory_bytes);
    told.set_driver(gpu.driver);
  }
  // Bytes in Ki, as a kubelet tells them.
  const auto kibibytes = [](std::int64_t bytes) { return std::to_string(bytes / 1024) + "Ki"; };
  auto& capacity = *facts.mutable_capacity();
  capacity["cpu"] = std::to_string(host.cpu_cores);
  capacity["memory"] = kibibytes(host.memory_bytes);
  capacity[std::string("ephemeral-storage")] = kibibytes(disk.total_bytes);
  if (!gpus.empty()) capacity[std::string("noizy.dev/gpu")] = std::to_string(gpus.size());
  for (const std::string& capability : capabilities) facts.add_capabilities(capability);
  if (!gpus.empty()) facts.add_capabilities("gpu");
  for (const std::string& address : host.addresses) facts.add_addresses(address);
  return facts;
}

v1::Usage MakeUsage(const HostUsage& host, const DiskSpace& disk,
                    const std::vector<Accelerator>& gpus, std::size_t running_tasks) {
  v1::Usage usage;
  usage.set_cpu_percent(host.cpu_percent);
  usage.set_memory_bytes(host.memory_bytes);
  usage.set_load1(host.load1);
  usage.set_disk_free_bytes(disk.free_bytes);
  usage.set_running_tasks(static_cast<std::int32_t>(running_tasks));
  double gpu_percent = 0;
  for (const Accelerator& gpu : gpus) gpu_percent += gpu.utilization_percent;
  if (!gpus.empty()) usage.set_gpu_percent(gpu_percent / static_cast<double>(gpus.size()));
  return usage;
}

}  // namespace noizy::nodeagent
