#include "nodeagent/drivers/shell.h"

#include <array>

#include "machinery/os/process.h"

namespace noizy::nodeagent {
namespace {

struct ShellRow {
  std::string_view name;
  std::vector<std::string> programs;  // in order of preference
  std::vector<std::string> options;
  std::string suffix;
};

const std::vector<ShellRow>& Shells() {
  static const std::vector<std::string> kPowerShellOptions = {"-NoLogo", "-NoProfile",
                                                              "-NonInteractive", "-File"};
  static const std::vector<ShellRow> kShells = {
      {"auto", {"bash", "sh"}, {}, ""},
      {"sh", {"sh"}, {}, ""},
      {"bash", {"bash"}, {}, ""},
      {"zsh", {"zsh"}, {}, ""},
      {"powershell", {"powershell", "pwsh"}, kPowerShellOptions, ".ps1"},
      {"pwsh", {"pwsh"}, kPowerShellOptions, ".ps1"},
      {"cmd", {"cmd.exe"}, {"/D", "/C"}, ".cmd"},
  };
  return kShells;
}

}  // namespace

Result<ShellCommand> ChooseShell(std::string_view shell, std::string_view source,
                                 std::string_view path) {
  const std::string_view name = shell.empty() ? "auto" : shell;
  if (name == "auto" && source.starts_with("#!")) return ShellCommand{};
  for (const ShellRow& row : Shells()) {
    if (row.name != name) continue;
    for (const std::string& program : row.programs) {
      const auto found = FindExecutable(program, path);
      if (!found.ok()) continue;
      ShellCommand command{{*found}, row.suffix};
      command.argv.insert(command.argv.end(), row.options.begin(), row.options.end());
      return command;
    }
    return Status(StatusReason::kNotFound, "this node has no shell \"" + std::string(name) + "\"");
  }
  return BadRequest("there is no shell \"" + std::string(name) + "\"");
}

}  // namespace noizy::nodeagent
