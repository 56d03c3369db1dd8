// What a supervisor is told on its standard input. It may hold secrets (the task's environment), so
// it is never in a file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/os/confinement.h"
#include "nodeagent/drivers/liveness.h"

namespace noizy::nodeagent {

struct SupervisorSpec {
  std::vector<std::string> argv;
  std::vector<std::string> env;  // NAME=value, complete
  std::string working_dir;
  std::string stdin_path;
  std::map<std::string, std::string> cgroup;  // Cgroup::folders()
  std::int64_t log_cap_bytes = 0;
  Duration timeout{0};  // 0: none
  Duration grace{0};
  /// The task may run until then, and on after each renewal; none: for ever.
  std::optional<MonotonicTime> lease_until;
  LivenessSpec liveness;
  std::optional<Confinement> confinement = {};  // of the task
  bool own_program = false;                     // TaskConfig::own_program
  std::string notice;                           // not empty: the log's first line
};

std::string EncodeSpec(const SupervisorSpec& spec);
/// BadRequest for a text that is none.
Result<SupervisorSpec> DecodeSpec(std::string_view text);

}  // namespace noizy::nodeagent
