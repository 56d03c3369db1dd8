// The command line: everything that `noizy` does as a client of the API. What follows the
// environment's arguments is data on stdout, talk on stderr, and an exit code: 0, 1 for a failure
// said in one line, 2 for wrong usage.
//
//   commands.h   the table of commands, one file each
//   command.h    what a command is, and one run of it
//   session.h    its connection: kubeconfig, client, discovery
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/environment.h"

namespace noizy::cli {

/// A command that another room brings: `up`, `agent`. It parses its own arguments, "--help" too,
/// and returns the exit code.
struct ExtraCommand {
  std::string name;
  std::string summary;
  std::function<int(const std::vector<std::string>& arguments)> run;
  /// What may stand behind its name, for completion: words and flags.
  std::vector<std::string> arguments = {};
};

struct CliOptions {
  std::string version;
  std::vector<ExtraCommand> extra_commands;
  bool err_is_terminal = false;
};

/// The whole program: the process's streams, environment variables and network.
int RunCli(int argc, char** argv, const CliOptions& options);

/// The same in an environment of the caller's.
int RunCommandLine(const std::vector<std::string>& arguments, const Environment& environment,
                   const std::vector<ExtraCommand>& extra_commands = {});

}  // namespace noizy::cli
