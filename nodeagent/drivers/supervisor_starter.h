// How supervisors come to be: as copies of one that is kept ready, in a millisecond or two instead
// of the 20 and more that a start of this program takes; or, where that fails, as programs of their
// own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "machinery/os/fork_server.h"
#include "machinery/os/process.h"
#include "nodeagent/drivers/supervisor_spec.h"

namespace noizy::nodeagent {

/// Thread-compatible.
class SupervisorStarter {
 public:
  /// `command` is a supervisor's without its folder; `path` the PATH it looks in. Begins to make
  /// one ready.
  SupervisorStarter(std::vector<std::string> command, std::string path);

  /// Starts the supervisor of an attempt. Conflict: one holds the folder's lock, of which this
  /// call knows no more (its starter died over it).
  Result<Process> Start(const std::string& folder, const SupervisorSpec& spec);

 private:
  ProcessSpec Program() const;
  void MakeReady();

  const std::vector<std::string> command_;
  const std::string path_;
  std::optional<ForkServer> server_;
};

}  // namespace noizy::nodeagent
