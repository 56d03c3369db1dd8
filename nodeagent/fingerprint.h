// What a node tells the control plane about itself: once a session its facts, with every heartbeat
// its usage.
#pragma once

#include <string>
#include <vector>

#include "machinery/os/host.h"
#include "noizy/v1/agent.pb.h"

namespace noizy::nodeagent {

/// Facts in the words of the protocol; capacity as Kubernetes quantities. `capabilities` are the
/// drivers'; "gpu" is added for a machine with one.
v1::NodeFacts MakeNodeFacts(const HostFacts& host, const std::vector<Accelerator>& gpus,
                            const DiskSpace& disk, const std::vector<std::string>& capabilities,
                            const std::string& agent_version);

v1::Usage MakeUsage(const HostUsage& host, const DiskSpace& disk,
                    const std::vector<Accelerator>& gpus, std::size_t running_tasks);

}  // namespace noizy::nodeagent
