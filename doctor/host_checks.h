// This machine as a place to run: what its kernel offers, who has its ports.
#pragma once

#include <cstdint>
#include <string>

#include "doctor/finding.h"
#include "machinery/os/cgroup.h"

namespace noizy::doctor {

/// What ends an attempt for certain when its lease does: a PID namespace, or a control group that
/// kills; and what bounds it.
Finding CheckFencing(bool pid_namespace, const CgroupSupport& cgroups);

/// A port that should be answered where a server runs, and free where none does.
Finding CheckPort(const std::string& name, const std::string& address, std::uint16_t port,
                  bool served);

}  // namespace noizy::doctor
