// A short command run to its end with bounds on its time and its output: for tools that answer a
// question.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/os/process.h"

namespace noizy {

struct CommandOptions {
  Duration timeout = std::chrono::seconds(5);
  std::size_t max_output_bytes = std::size_t{1} << 20;
  std::vector<std::string> env = {"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C"};
};

struct CommandOutput {
  ExitStatus exit;
  std::string output;  // stdout; stderr goes nowhere
};

/// Blocks until the command has ended. Timeout: it was killed, with its process group;
/// RequestEntityTooLarge likewise for more output than asked; NotFound: there is no such program. A
/// failing exit code is no error here.
Result<CommandOutput> RunCommand(const std::vector<std::string>& argv,
                                 const CommandOptions& options = {});

/// Runs a program in the foreground, such as an editor: with the caller's terminal, environment and
/// process group. Blocks until it has ended; Ctrl-C meanwhile is the program's business. NotFound:
/// there is no such program.
Result<ExitStatus> RunInForeground(const std::vector<std::string>& argv);

}  // namespace noizy
