#include "nodeagent/drivers/task_lease.h"

#include <algorithm>
#include <array>

#include "machinery/os/fifo.h"
#include "machinery/os/files.h"

namespace noizy::nodeagent {
namespace {

using Nanos = Duration::rep;

std::string PipeOf(const std::string& folder) {
  return folder + "/lease";
}

}  // namespace

Status MakeTaskLease(const std::string& folder) {
  return MakeFifo(PipeOf(folder));
}

Status RenewTaskLease(const std::string& folder, MonotonicTime until) {
  const Nanos nanos = until.time_since_epoch().count();
  const Status sent =
      SendToFifo(PipeOf(folder), {reinterpret_cast<const char*>(&nanos), sizeof(nanos)});
  return sent.reason() == StatusReason::kNotFound ? Status::Ok() : sent;
}

bool HasTaskLease(const std::string& folder) {
  return FileExists(PipeOf(folder));
}

Result<TaskLease> TaskLease::Open(const std::string& folder) {
  NOIZY_ASSIGN_OR_RETURN(UniqueFd pipe, OpenFifo(PipeOf(folder)));
  return TaskLease(std::move(pipe));
}

// Messages are whole, so a read of whole messages never splits one.
std::optional<MonotonicTime> TaskLease::Read() {
  std::optional<MonotonicTime> latest;
  std::array<Nanos, 64> messages{};
  while (true) {
    const auto got =
        ReadSome(pipe_.get(), {reinterpret_cast<char*>(messages.data()), sizeof(messages)});
    const std::size_t count = got.ok() ? *got / sizeof(Nanos) : 0;
    for (std::size_t i = 0; i < count; ++i) {
      const MonotonicTime until{Duration(messages[i])};
      latest = std::max(latest.value_or(until), until);
    }
    if (count < messages.size()) return latest;
  }
}

}  // namespace noizy::nodeagent
