// The binary: the command line, and the server programs as commands of it.
#include <unistd.h>

#include "cli/cli.h"
#include "cmd/noizy/commands.h"
#include "nodeagent/inference/run_inference.h"
#include "nodeagent/program.h"

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
      {"backup", "Copy a grid, running or not, into one file", noizy::RunBackup},
      {"restore", "Make a data folder of a backup", noizy::RunRestore},
      {"doctor", "Check a grid and its machine, and say what is to be mended", noizy::RunDoctor},
      {"secrets", "Rotate the key of Secrets at rest: secrets rotate-key", noizy::RunSecrets},
  };
  options.err_is_terminal = isatty(STDERR_FILENO) == 1;
  return noizy::cli::RunCli(argc, argv, options);
}
