// The binary: the command line, and the server programs as commands of it.
#include <unistd.h>

#include "cli/cli.h"
#include "cmd/noizy/commands.h"
#include "nodeagent/inference/run_inference.h"
#include "nodeagent/program.h"

namespace {

noizy::cli::ExtraCommand CommandOf(const noizy::Tool& tool) {
  noizy::cli::ExtraCommand command{
      tool.name, tool.summary,
      [tool](const std::vector<std::string>& arguments) { return noizy::RunTool(tool, arguments); },
      tool.words};
  for (const auto* flags : {&tool.flags.valued, &tool.flags.switches}) {
    for (const auto& [name, meaning] : *flags) command.arguments.push_back(name);
  }
  return command;
}

}  // namespace

int main(int argc, char** argv) {
  // A supervisor of one attempt: the same binary, started by the agent. Not a command for people.
  if (argc > 1 && std::string_view(argv[1]) == noizy::nodeagent::kSupervisorCommand) {
    return noizy::nodeagent::RunSupervisor(argc - 1, argv + 1);
  }
  // Nor is the process of one inference.
  if (argc > 1 && std::string_view(argv[1]) == noizy::nodeagent::kInferenceCommand) {
    return noizy::nodeagent::RunInference(argc - 1, argv + 1);
  }
  noizy::cli::CliOptions options;
  options.version = NOIZY_VERSION;
  options.extra_commands = {
      {"up", "Run the whole grid on this machine", noizy::RunUp},
      {"apiserver", "Run the API server and the agents' port", noizy::RunApiserver},
      {"controllers", "Run the controllers", noizy::RunControllers},
      {"agent", "Run the node agent", noizy::RunNodeAgent},
  };
  for (const noizy::Tool& tool :
       {noizy::BackupTool(), noizy::RestoreTool(), noizy::DoctorTool(), noizy::SecretsTool()})
    options.extra_commands.push_back(CommandOf(tool));
  options.err_is_terminal = isatty(STDERR_FILENO) == 1;
  return noizy::cli::RunCli(argc, argv, options);
}
