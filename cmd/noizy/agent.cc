// `noizy agent`: the node agent as a program.
#include <cstdio>

#include "cmd/noizy/commands.h"
#include "cmd/noizy/program.h"
#include "nodeagent/program.h"

namespace noizy {
namespace {

FlagTable AgentFlags() {
  FlagTable table;
  table.valued = {
      {"--join", "HOST:PORT of the control plane's agents' port; needed once"},
      {"--token", "a one-time token (noizy token create); needed once"},
      {"--ca-hash", "sha256:HEX of the grid's CA, printed with the token; needed once"},
      {"--name", "this node's name (the host's)"},
      {"--data-dir", "where the agent keeps its certificate and its Tasks (~/.noizy/agent)"}};
  AddTaskUserFlag(table);
  AddModelServerFlag(table);
  AddMetricsFlag(table);
  AddCommonFlags(table);
  return table;
}

}  // namespace

int RunNodeAgent(const std::vector<std::string>& arguments) {
  const FlagTable table = AgentFlags();
  const Result<Flags> flags = Flags::Parse(table, arguments);
  if (!flags.ok()) return ReportUsage(flags.status());
  if (flags->Has("--help")) {
    std::fputs(
        UsageText("agent", "Runs Tasks on this machine for a grid, in the foreground.", table)
            .c_str(),
        stdout);
    return 0;
  }
  if (const Status status = PrepareProcess(*flags); !status.ok()) return ReportUsage(status);
  nodeagent::AgentProgramOptions options;
  options.data_dir = flags->Text("--data-dir", HomeFolder() + "/.noizy/agent");
  options.node_name = flags->Text("--name", "");
  options.server = flags->Text("--join", "");
  options.token = flags->Text("--token", "");
  options.ca_hash = flags->Text("--ca-hash", "");
  options.task_user = flags->Text("--task-user", "");
  options.agent_version = NOIZY_VERSION;
  options.model_server = ModelServerUrl(*flags);
  options.model_server_key = ModelServerKey();
  const auto metrics = ServeMetrics(*flags);
  if (!metrics.ok()) return ReportError(metrics.status());
  const Status status = nodeagent::RunAgent(std::move(options));
  return status.ok() ? 0 : ReportError(status);
}

}  // namespace noizy
