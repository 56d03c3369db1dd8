#include <thread>

#include "machinery/base/mutex.h"
#include "machinery/os/command.h"
#include "machinery/os/host.h"
#include "machinery/os/parse_number.h"

namespace noizy {
namespace {

std::string_view TakeField(std::string_view& line) {
  std::string_view field = line.substr(0, line.find(','));
  line.remove_prefix(std::min(line.size(), field.size() + 1));
  while (field.starts_with(' ')) field.remove_prefix(1);
  while (field.ends_with(' ') || field.ends_with('\r')) field.remove_suffix(1);
  return field;
}

}  // namespace

std::vector<Accelerator> ParseNvidiaSmi(std::string_view csv) {
  constexpr std::int64_t kMiB = std::int64_t{1} << 20;
  std::vector<Accelerator> found;
  while (!csv.empty()) {
    std::string_view line = csv.substr(0, csv.find('\n'));
    csv.remove_prefix(std::min(csv.size(), line.size() + 1));
    Accelerator gpu;
    gpu.name = TakeField(line);
    gpu.memory_bytes = ParseNumber<std::int64_t>(TakeField(line)) * kMiB;
    gpu.driver = TakeField(line);
    gpu.utilization_percent = ParseNumber<double>(TakeField(line));
    if (!gpu.name.empty() && !gpu.driver.empty()) found.push_back(std::move(gpu));
  }
  return found;
}

std::vector<Accelerator> ReadAccelerators(const std::string& nvidia_smi) {
  const auto answer =
      RunCommand({nvidia_smi, "--query-gpu=name,memory.total,driver_version,utilization.gpu",
                  "--format=csv,noheader,nounits"});
  if (!answer.ok() || answer->exit != ExitStatus{}) return {};
  return ParseNvidiaSmi(answer->output);
}

struct AcceleratorSampler::State {
  void Run(const std::string& nvidia_smi, Duration interval);

  Mutex mutex;
  CondVar wake;
  bool stopped NOIZY_GUARDED_BY(mutex) = false;
  std::vector<Accelerator> latest NOIZY_GUARDED_BY(mutex);
  std::thread thread;
};

void AcceleratorSampler::State::Run(const std::string& nvidia_smi, Duration interval) {
  while (true) {
    {
      MutexLock lock(mutex);
      if (!stopped) wake.WaitFor(mutex, interval);
      if (stopped) return;
    }
    std::vector<Accelerator> seen = ReadAccelerators(nvidia_smi);
    MutexLock lock(mutex);
    // A tool that fails for once does not make the cards vanish.
    if (!seen.empty()) latest = std::move(seen);
  }
}

AcceleratorSampler::AcceleratorSampler(std::string nvidia_smi, Duration interval)
    : state_(std::make_unique<State>()) {
  std::vector<Accelerator> first = ReadAccelerators(nvidia_smi);
  if (first.empty()) return;
  {
    MutexLock lock(state_->mutex);
    state_->latest = std::move(first);
  }
  state_->thread = std::thread([state = state_.get(), nvidia_smi = std::move(nvidia_smi),
                                interval] { state->Run(nvidia_smi, interval); });
}

AcceleratorSampler::~AcceleratorSampler() {
  if (!state_->thread.joinable()) return;
  {
    MutexLock lock(state_->mutex);
    state_->stopped = true;
  }
  state_->wake.NotifyAll();
  state_->thread.join();
}

std::vector<Accelerator> AcceleratorSampler::Latest() const {
  MutexLock lock(state_->mutex);
  return state_->latest;
}

}  // namespace noizy
