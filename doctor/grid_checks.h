// A running grid through its API: the server, its clock, the nodes, what waits.
#pragma once

#include <string>
#include <vector>

#include "doctor/finding.h"
#include "kinds/node.h"
#include "kinds/task.h"
#include "machinery/base/clock.h"
#include "machinery/client/client.h"

namespace noizy::doctor {

/// Whether the API answers and calls itself ready, and how far its clock is from `clock`'s.
Findings CheckServer(const Client& client, const Clock& clock);

/// Nodes that are not Ready, each with its reason.
Finding CheckNodes(const std::vector<Node>& nodes);
/// Agents of another version than `own`.
Finding CheckVersions(const std::vector<Node>& nodes, const std::string& own);
/// Tasks that have waited for a node for long, and why.
Finding CheckTasks(const std::vector<Task>& tasks, WallTime now);
/// Tasks that have yet to run and whose payloads are not in `folder`.
Finding CheckPayloads(const std::vector<Task>& tasks, const std::string& folder);

/// All of the above, of what the API has. `payload_folder`: of the control plane, "" where it is
/// not on this machine.
Findings CheckObjects(const Client& client, const std::string& own_version, WallTime now,
                      const std::string& payload_folder);

}  // namespace noizy::doctor
