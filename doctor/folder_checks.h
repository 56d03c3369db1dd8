// A control plane's data folder: who may read it, the disk under it, the certificates in it.
#pragma once

#include <string>

#include "doctor/finding.h"
#include "machinery/base/clock.h"

namespace noizy::doctor {

/// Modes and owner of the folder and of every private file in it.
Finding CheckModes(const std::string& data_dir);
/// Room on its disk.
Finding CheckDisk(const std::string& data_dir);
/// Every certificate in pki/: how long it lasts, and whether those of the grid's own chain are
/// signed as they should be; and the administrator's in the kubeconfig.
Finding CheckCertificates(const std::string& data_dir, WallTime now);

}  // namespace noizy::doctor
