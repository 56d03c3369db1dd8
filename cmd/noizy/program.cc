#include "cmd/noizy/program.h"

#include <malloc.h>

#include <cstdio>
#include <cstdlib>

#include "machinery/base/log.h"

extern "C" {
// What jemalloc reads when the process starts, where it is linked (cmake/NoizyAllocator.cmake). Two
// arenas: as below.
// NOLINTNEXTLINE(readability-identifier-naming): jemalloc's name
const char* malloc_conf = "narenas:2";
}

namespace noizy {
namespace {

Result<LogLevel> ReadLogLevel(const std::string& text) {
  if (text == "debug") return LogLevel::kDebug;
  if (text == "info") return LogLevel::kInfo;
  if (text == "warning") return LogLevel::kWarning;
  if (text == "error") return LogLevel::kError;
  return BadRequest("flag --log-level: \"" + text + "\" is none of debug, info, warning, error");
}

// Requests allocate and free megabytes; giving them back to the kernel each time costs a page fault
// per 4 KiB (11 µs on a virtual machine). Two arenas are enough for a handful of threads, and each
// one more keeps memory of its own. For builds without jemalloc, which has settings of its own.
void TuneAllocator() {
  constexpr int kKeepBytes = 8 << 20;
  constexpr int kArenas = 2;
  mallopt(M_MMAP_THRESHOLD, kKeepBytes);
  mallopt(M_TRIM_THRESHOLD, kKeepBytes);
  mallopt(M_ARENA_MAX, kArenas);
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

Status PrepareProcess(const Flags& flags) {
  NOIZY_ASSIGN_OR_RETURN(const LogLevel level, ReadLogLevel(flags.Text("--log-level", "info")));
  const std::string format = flags.Text("--log-format", "text");
  if (format != "text" && format != "json")
    return BadRequest("flag --log-format: \"" + format + "\" is neither text nor json");
  ConfigureLog(level, format == "json" ? LogFormat::kJson : LogFormat::kText);
  TuneAllocator();
  return Status::Ok();
}

int ReportError(const Status& status) {
  std::fprintf(stderr, "error: %s\n", status.message().c_str());
  return ExitCode(status.reason());
}

int ReportUsage(const Status& status) {
  constexpr int kWrongUsage = 2;
  std::fprintf(stderr, "error: %s\n", status.message().c_str());
  return kWrongUsage;
}

void AddCommonFlags(FlagTable& table) {
  table.valued.emplace_back("--log-level", "debug, info, warning or error (info)");
  table.valued.emplace_back("--log-format", "text or json (text)");
  table.switches.emplace_back("--help", "this text");
}

void AddMetricsFlag(FlagTable& table) {
  table.valued.emplace_back("--metrics-address",
                            "HOST:PORT to serve /metrics at, in plain HTTP (nowhere)");
}

Result<std::unique_ptr<MetricsServer>> ServeMetrics(const Flags& flags) {
  if (!flags.Has("--metrics-address")) return std::unique_ptr<MetricsServer>();
  NOIZY_ASSIGN_OR_RETURN(auto server, MetricsServer::Start(flags.Text("--metrics-address", "")));
  LogInfo("Serving metrics", {{"port", std::to_string(server->port())}});
  return server;
}

int RunTool(const Tool& tool, const std::vector<std::string>& arguments) {
  const Result<Flags> flags = Flags::Parse(tool.flags, arguments);
  if (!flags.ok()) return ReportUsage(flags.status());
  if (flags->Has("--help")) {
    std::fputs(UsageText(tool.name, tool.purpose, tool.flags).c_str(), stdout);
    return 0;
  }
  if (const Status status = PrepareProcess(*flags); !status.ok()) return ReportUsage(status);
  const Status status = tool.run(*flags);
  return status.ok() ? 0 : ReportError(status);
}

void AddTaskUserFlag(FlagTable& table) {
  table.valued.emplace_back("--task-user",
                            "who Tasks run as, confined: a user of this machine, other than the "
                            "agent's when that is root (the agent's, and free)");
}

void AddModelServerFlag(FlagTable& table) {
  table.valued.emplace_back(
      "--model-server",
      "URL of this machine's model server, or none ($NOIZY_MODEL_SERVER; its key "
      "$NOIZY_MODEL_SERVER_KEY; else looked for on ports 11434, 8080, 1234)");
}

std::string ModelServerUrl(const Flags& flags) {
  return flags.Text("--model-server", Environment("NOIZY_MODEL_SERVER"));
}

std::string ModelServerKey() {
  return Environment("NOIZY_MODEL_SERVER_KEY");
}

std::string HomeFolder() {
  const std::string home = Environment("HOME");
  return home.empty() ? "." : home;
}

std::string DataDir(const Flags& flags) {
  return flags.Text("--data-dir", HomeFolder() + "/.noizy");
}

}  // namespace noizy
