#include "cli/commands.h"
#include "cli/waiting.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    kFilenameFlag,
    kRecursiveFlag,
    kSelectorFlag,
    kFieldSelectorFlag,
    kAllNamespacesFlag,
    {"all", 0, FlagKind::kSwitch, "", "all objects of the type"},
    {"wait", 0, FlagKind::kSwitch, "",
     "return only when they are gone (the default); --wait=false does not"},
    {"timeout", 0, FlagKind::kText, "DURATION",
     "how long to wait for that; 0: as long as it takes (the default)"},
    {"grace-period", 0, FlagKind::kText, "SECONDS", "how long a running task has to end by itself"},
    {"now", 0, FlagKind::kSwitch, "", "the same as --grace-period=1"},
    {"force", 0, FlagKind::kSwitch, "", "the same as --grace-period=0"},
    {"cascade", 0, FlagKind::kOptional, "background|foreground|orphan",
     "what becomes of the objects that these own"},
    {"ignore-not-found", 0, FlagKind::kSwitch, "", "an object that is not there is no error"},
    {"dry-run", 0, FlagKind::kOptional, "server|client", "check alone"},
    {"output", 'o', FlagKind::kText, "name", "print names alone"}};

Result<DeleteOptions> OptionsOf(const FlagValues& flags) {
  DeleteOptions options;
  NOIZY_ASSIGN_OR_RETURN(options.grace_period_seconds, flags.Number("grace-period"));
  if (flags.On("now")) options.grace_period_seconds = 1;
  if (flags.On("force")) options.grace_period_seconds = 0;
  if (options.grace_period_seconds && *options.grace_period_seconds < 0)
    options.grace_period_seconds.reset();
  const std::string_view cascade = flags.Text("cascade");
  if (cascade == "foreground") {
    options.propagation_policy = "Foreground";
  } else if (cascade == "orphan" || cascade == "false") {
    options.propagation_policy = "Orphan";
  } else if (cascade.empty() || cascade == "background" || cascade == "true") {
    options.propagation_policy = "Background";
  } else {
    return WrongUsage("flag --cascade wants background, foreground or orphan");
  }
  options.dry_run = flags.Text("dry-run") == "server";
  return options;
}

/// `task.noizy.dev "a" deleted`
std::string DeletedLine(const Target& target, const FlagValues& flags) {
  if (flags.Text("output") == "name") return target.Shown();
  const std::string shown = target.Shown();
  const std::size_t slash = shown.find('/');
  std::string line = shown.substr(0, slash) + " \"" + shown.substr(slash + 1) + "\" " +
                     (flags.On("force") ? "force deleted" : "deleted");
  if (flags.Text("dry-run") == "server") line += " (server dry run)";
  if (flags.Has("dry-run") && flags.Text("dry-run") != "server") line += " (dry run)";
  return line;
}

Status AwaitGone(Invocation& invocation,
                 const std::vector<std::pair<Target, std::string>>& deleted) {
  NOIZY_ASSIGN_OR_RETURN(const Duration timeout,
                         invocation.flags().Span("timeout", Duration::zero()));
  WaitLimits limits;
  if (timeout > Duration::zero())
    limits.deadline = invocation.environment().clock.Monotonic() + timeout;
  for (const auto& [target, uid] : deleted) {
    // Another object of the same name means that this one is gone.
    const auto gone = [&uid = uid](const Value* object) {
      return object == nullptr || (!uid.empty() && UidOf(*object) != uid);
    };
    NOIZY_RETURN_IF_ERROR(WaitForObject(invocation, target, limits, gone));
  }
  return Status::Ok();
}

Result<int> RunDelete(Invocation& invocation) {
  const FlagValues& flags = invocation.flags();
  NOIZY_ASSIGN_OR_RETURN(const DeleteOptions options, OptionsOf(flags));
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Target> targets, SelectedTargets(invocation));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  const bool client_dry_run = flags.Has("dry-run") && !options.dry_run;
  const bool files_may_be_gone = flags.On("ignore-not-found");
  std::vector<std::pair<Target, std::string>> deleted;
  int code = kExitOk;
  for (const Target& target : targets) {
    if (!client_dry_run) {
      const Result<Value> reply =
          session->client().Delete(target.kind.resource, target.Key(), options);
      if (!reply.ok() && reply.status().reason() == StatusReason::kNotFound && files_may_be_gone)
        continue;
      if (!reply.ok()) {
        invocation.Say(reply.status());
        code = kExitFailed;
        continue;
      }
      const std::string_view in_details = StringAt(*reply, {"details", "uid"});
      deleted.emplace_back(target, in_details.empty() ? UidOf(*reply) : in_details);
    }
    invocation.out() << DeletedLine(target, flags) << std::endl;
  }
  if (targets.empty()) invocation.err() << "No resources found\n";
  if (flags.On("wait", true) && !flags.Has("dry-run"))
    NOIZY_RETURN_IF_ERROR(AwaitGone(invocation, deleted));
  return code;
}

}  // namespace

const Command kDelete = {.name = "delete",
                         .usage = "TYPE NAME… | TYPE/NAME… | TYPE -l LABELS | TYPE --all | -f FILE",
                         .summary = "Delete objects; a running task is stopped",
                         .details = "",
                         .flags = kFlags,
                         .run = RunDelete};

}  // namespace noizy::cli
