// What the server programs share: set-up of the process, and one way of saying an error.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cmd/noizy/flags.h"
#include "machinery/base/metrics_server.h"
#include "machinery/base/status.h"

namespace noizy {

/// Log level and format from --log-level and --log-format; allocator thresholds. Call once, first.
Status PrepareProcess(const Flags& flags);

/// "error: …" on stderr; the exit code for it. `usage` errors (BadRequest from flags) exit with 2.
int ReportError(const Status& status);
int ReportUsage(const Status& status);

/// Flags every server program takes.
void AddCommonFlags(FlagTable& table);

/// --metrics-address, for programs without an HTTPS listener.
void AddMetricsFlag(FlagTable& table);
/// What serves /metrics there until it is dropped; null without the flag.
Result<std::unique_ptr<MetricsServer>> ServeMetrics(const Flags& flags);

/// A program that does one thing and ends.
struct Tool {
  std::string name;
  std::string summary;  // one line, for the list of commands
  std::string purpose;  // for its own help
  FlagTable flags;
  Status (*run)(const Flags& flags);
  /// What may stand in the place of its words, where that is known.
  std::vector<std::string> words = {};
};
/// Reads the flags, says --help or runs it; the exit code.
int RunTool(const Tool& tool, const std::vector<std::string>& arguments);

/// --task-user, for programs with an agent.
void AddTaskUserFlag(FlagTable& table);
/// --model-server, for programs with an agent.
void AddModelServerFlag(FlagTable& table);
/// The flag, or $NOIZY_MODEL_SERVER.
std::string ModelServerUrl(const Flags& flags);
/// $NOIZY_MODEL_SERVER_KEY: a flag would show it to everyone on the machine.
std::string ModelServerKey();

/// --data-dir, or ~/.noizy.
std::string DataDir(const Flags& flags);
std::string HomeFolder();

}  // namespace noizy
