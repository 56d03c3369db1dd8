// What this machine is, and how busy it is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy {

/// Names as Go and Kubernetes use them. What could not be learnt is empty or 0, never made up.
struct HostFacts {
  std::string os;        // linux, darwin, windows
  std::string arch;      // amd64, arm64
  std::string os_image;  // "Debian GNU/Linux 12 (bookworm)"
  std::string kernel_version;
  std::string hostname;
  std::string cpu_model;
  int cpu_cores = 0;
  std::int64_t memory_bytes = 0;
  std::string boot_id;
  std::vector<std::string>
      addresses;  // IP addresses of interfaces that are up; no loopback, no link-local
};
HostFacts ReadHostFacts();

struct DiskSpace {
  std::int64_t total_bytes = 0;
  std::int64_t free_bytes = 0;  // for others than root
};
Result<DiskSpace> ReadDiskSpace(const std::string& path);

struct HostUsage {
  double cpu_percent = 0;         // of all cores together, since the sample before
  std::int64_t memory_bytes = 0;  // used, without caches
  double load1 = 0;
};

/// Samples usage. Thread-compatible.
class HostUsageSampler {
 public:
  /// The first sample's cpu_percent covers the time since boot.
  HostUsage Sample();

 private:
  std::uint64_t busy_ = 0;
  std::uint64_t total_ = 0;
};

struct Accelerator {
  std::string name;
  std::int64_t memory_bytes = 0;
  std::string driver;
  double utilization_percent = 0;
};
/// The GPUs that NVIDIA's tool tells of, asked with a bound of five seconds; none when there is no
/// such tool. Blocks.
std::vector<Accelerator> ReadAccelerators(const std::string& nvidia_smi = "nvidia-smi");
/// The tool's answer (--format=csv,noheader,nounits), line by line; lines that make no sense are
/// left out.
std::vector<Accelerator> ParseNvidiaSmi(std::string_view csv);

/// The accelerators as last seen, asked for again every `interval` on a thread of its own: the tool
/// is slow and may hang, and whoever reports usage must not wait for it. Without an accelerator at
/// the start there is no thread. Latest is thread-safe.
class AcceleratorSampler {
 public:
  /// Blocks for the first answer.
  explicit AcceleratorSampler(std::string nvidia_smi = "nvidia-smi",
                              Duration interval = std::chrono::seconds(10));
  ~AcceleratorSampler();
  AcceleratorSampler(const AcceleratorSampler&) = delete;
  AcceleratorSampler& operator=(const AcceleratorSampler&) = delete;

  std::vector<Accelerator> Latest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace noizy
