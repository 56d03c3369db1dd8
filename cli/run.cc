#include "cli/commands.h"
#include "cli/task_follower.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    {"type", 0, FlagKind::kText, "TYPE", "the capability that the node must offer (exec)"},
    {"node", 0, FlagKind::kText, "NODE", "run on this node and no other"},
    {"env", 'e', FlagKind::kList, "NAME=VALUE", "an environment variable; may come many times"},
    {"labels", 'l', FlagKind::kList, "KEY=VALUE", "a label of the task; may come many times"},
    {"timeout", 0, FlagKind::kText, "DURATION", "end the attempt after this long"},
    {"detach", 'd', FlagKind::kSwitch, "", "create the task and do not wait for it"},
    {"rm", 0, FlagKind::kSwitch, "", "delete the task when it has ended"}};

/// "NAME=VALUE" taken apart.
Result<std::pair<std::string, std::string>> SplitPair(const std::string& text,
                                                      std::string_view flag) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return WrongUsage("flag --" + std::string(flag) + " wants NAME=VALUE, not \"" + text + "\"");
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

Array Strings(const std::vector<std::string>& strings) {
  Array array;
  for (const std::string& text : strings) array.push_back(boost::json::string(text));
  return array;
}

Result<Value> MakeTask(const Invocation& invocation) {
  const FlagValues& flags = invocation.flags();
  Value task = Object{{"apiVersion", "noizy.dev/v1"}, {"kind", "Task"}};
  Set(task, {"metadata", "name"}, boost::json::string(invocation.words()[0]));
  for (const std::string& label : flags.List("labels")) {
    NOIZY_ASSIGN_OR_RETURN(const auto pair, SplitPair(label, "labels"));
    Set(task, {"metadata", "labels", pair.first}, boost::json::string(pair.second));
  }
  if (flags.Has("type")) Set(task, {"spec", "type"}, boost::json::string(flags.Text("type")));
  Set(task, {"spec", "exec", "command"}, Strings(invocation.trailer()));
  if (flags.Has("node")) Set(task, {"spec", "nodeName"}, boost::json::string(flags.Text("node")));
  for (const std::string& variable : flags.List("env")) {
    NOIZY_ASSIGN_OR_RETURN(const auto pair, SplitPair(variable, "env"));
    Value& env = Ensure(task, {"spec", "env"});
    if (!env.is_array()) env = Array();
    env.get_array().push_back(Object{{"name", boost::json::string(pair.first)},
                                     {"value", boost::json::string(pair.second)}});
  }
  NOIZY_ASSIGN_OR_RETURN(const Duration timeout, flags.Span("timeout", Duration::zero()));
  if (timeout > Duration::zero()) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(timeout).count();
    Set(task, {"spec", "timeoutSeconds"}, static_cast<std::int64_t>(seconds));
  }
  return task;
}

Result<int> RunRun(Invocation& invocation) {
  if (invocation.words().size() != 1 || invocation.trailer().empty()) {
    return WrongUsage("give the task a name, and its command behind \"--\"");
  }
  NOIZY_ASSIGN_OR_RETURN(const Value task, MakeTask(invocation));
  // Before the first connection, so that Ctrl-C is answered with how to go on from here.
  const bool detach = invocation.flags().On("detach");
  std::function<bool()> interrupted;
  if (!detach) interrupted = invocation.environment().catch_interrupts(Caught::kInterrupts);
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(const ServedKinds* const discovery, session->discovery());
  Target target;
  NOIZY_ASSIGN_OR_RETURN(target.kind, KindOfObject(*discovery, task));
  target.ns = session->ns();
  target.name = invocation.words()[0];
  NOIZY_RETURN_IF_ERROR(
      session->client()
          .Create(target.kind.resource, target.ns, task, {.field_manager = "noizy-run"})
          .status());
  invocation.err() << target.Shown() << " created\n";
  if (detach) return kExitOk;
  NOIZY_ASSIGN_OR_RETURN(const int code,
                         TaskFollower(invocation, *session, target, interrupted).Follow());
  if (invocation.flags().On("rm") && code != kExitInterrupted) {
    NOIZY_RETURN_IF_ERROR(session->client().Delete(target.kind.resource, target.Key()).status());
  }
  return code;
}

}  // namespace

const Command kRun = {
    .name = "run",
    .usage = "NAME [--node NODE] [--type TYPE] -- COMMAND [ARGUMENT…]",
    .summary = "Run a command as a task, follow its output, exit with its exit code",
    .details = "Ctrl-C stops following; the task goes on.",
    .flags = kFlags,
    .run = RunRun};

}  // namespace noizy::cli
