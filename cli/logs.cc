#include "cli/commands.h"
#include "cli/log_stream.h"
#include "cli/targets.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    {"follow", 'f', FlagKind::kSwitch, "", "go on as the task writes, until it ends"},
    {"tail", 0, FlagKind::kText, "N", "only the last N lines; -1: all (the default)"},
    {"since", 0, FlagKind::kText, "DURATION", "only what is younger: 10m, 1h30m"},
    {"timestamps", 0, FlagKind::kSwitch, "", "the time before each line"},
    {"attempt", 0, FlagKind::kText, "N", "another attempt than the last"}};

/// "NAME" means a task; "TYPE/NAME" or "TYPE NAME" says so itself.
Result<Target> LogTarget(Invocation& invocation) {
  const std::vector<std::string>& words = invocation.words();
  if (words.empty() || words.size() > 2) return WrongUsage("say which task: noizy logs NAME");
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(const ServedKinds* const discovery, session->discovery());
  const std::size_t slash = words[0].find('/');
  std::string type = words.size() == 2 ? words[0] : "tasks";
  if (slash != std::string::npos) type = words[0].substr(0, slash);
  Target target;
  NOIZY_ASSIGN_OR_RETURN(target.kind, KindByWord(*discovery, type));
  target.ns = session->ns();
  target.name = slash == std::string::npos ? words.back() : words[0].substr(slash + 1);
  return target;
}

Result<int> RunLogs(Invocation& invocation) {
  const FlagValues& flags = invocation.flags();
  LogQuery query;
  query.follow = flags.On("follow");
  query.timestamps = flags.On("timestamps");
  NOIZY_ASSIGN_OR_RETURN(query.tail_lines, flags.Number("tail"));
  if (query.tail_lines && *query.tail_lines < 0) query.tail_lines.reset();
  NOIZY_ASSIGN_OR_RETURN(query.attempt, flags.Number("attempt"));
  NOIZY_ASSIGN_OR_RETURN(const Duration since, flags.Span("since", Duration::zero()));
  if (since > Duration::zero()) {
    query.since_seconds =
        std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::seconds>(since).count());
  }
  NOIZY_ASSIGN_OR_RETURN(const Target target, LogTarget(invocation));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_RETURN_IF_ERROR(StreamLog(*session, target, query, invocation.out(), [] { return false; }));
  return kExitOk;
}

}  // namespace

const Command kLogs = {.name = "logs",
                       .usage = "TASK [-f]",
                       .summary = "Print what a task has written, or follow it",
                       .details = "",
                       .flags = kFlags,
                       .run = RunLogs};

}  // namespace noizy::cli
