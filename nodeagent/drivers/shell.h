// Which program runs a script, and under which file name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"

namespace noizy::nodeagent {

struct ShellCommand {
  std::vector<std::string> argv;  // the script's path follows
  std::string suffix;             // of the script's file name: PowerShell insists on one
};

/// The command for `shell` (auto, sh, bash, zsh, powershell, pwsh, cmd) among the programs in
/// `path`. auto is what the script's first line names with "#!", else bash, else sh. NotFound, in a
/// user's words, when this node has no such shell.
Result<ShellCommand> ChooseShell(std::string_view shell, std::string_view source,
                                 std::string_view path);

}  // namespace noizy::nodeagent
