// The server programs in the binary. Each takes its arguments without the command's own name and
// returns an exit code.
#pragma once

#include <string>
#include <vector>

#include "cmd/noizy/program.h"

namespace noizy {

/// The whole grid on this machine, in the foreground.
int RunUp(const std::vector<std::string>& arguments);
/// API server and agents' port alone.
int RunApiserver(const std::vector<std::string>& arguments);
/// The controllers alone, over a kubeconfig, one leader at a time.
int RunControllers(const std::vector<std::string>& arguments);
/// The node agent.
int RunNodeAgent(const std::vector<std::string>& arguments);

/// A grid in one file, and back.
Tool BackupTool();
Tool RestoreTool();
/// Checks what a person would check.
Tool DoctorTool();
/// Upkeep of Secrets at rest.
Tool SecretsTool();

}  // namespace noizy
