#include "cli/commands.h"
#include "cli/jsonpath.h"
#include "cli/text.h"
#include "cli/waiting.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {{"for", 0, FlagKind::kText, "WHAT",
                            "condition=TYPE[=VALUE], delete, create, or jsonpath={.path}[=VALUE]"},
                           {"timeout", 0, FlagKind::kText, "DURATION",
                            "give up after this long (30s); 0: look once; negative: never"},
                           kAllNamespacesFlag,
                           kSelectorFlag,
                           kFieldSelectorFlag,
                           {"all", 0, FlagKind::kSwitch, "", "all objects of the type"},
                           kFilenameFlag,
                           kRecursiveFlag};

using Check = std::function<bool(const Value* object)>;

/// A condition counts only when it was made for the object's present generation.
bool HasCondition(const Value& object, std::string_view type, std::string_view value) {
  const Array* conditions = ArrayAt(object, {"status", "conditions"});
  if (conditions == nullptr) return false;
  const std::int64_t generation = IntAt(object, {"metadata", "generation"}).value_or(0);
  return std::any_of(conditions->begin(), conditions->end(), [&](const Value& condition) {
    const std::int64_t observed = IntAt(condition, {"observedGeneration"}).value_or(generation);
    return LowerCase(StringAt(condition, {"type"})) == LowerCase(type) &&
           LowerCase(StringAt(condition, {"status"})) == LowerCase(value) && observed >= generation;
  });
}

Check ConditionCheck(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string type(text.substr(0, equals));
  const std::string value(equals == std::string_view::npos ? "True" : text.substr(equals + 1));
  return [type, value](const Value* object) {
    return object != nullptr && HasCondition(*object, type, value);
  };
}

Result<Check> JsonPathCheck(std::string_view text) {
  // The value stands behind the braces; an "=" inside them belongs to the path.
  const std::size_t brace = text.rfind('}');
  const std::size_t equals = text.find('=', brace == std::string_view::npos ? 0 : brace);
  Result<JsonPath> path = ParseJsonPath(text.substr(0, equals));
  if (!path.ok()) return WrongUsage("flag --for: " + path.status().message());
  std::optional<std::string> wanted;
  if (equals != std::string_view::npos) wanted = text.substr(equals + 1);
  return Check([path = *std::move(path), wanted](const Value* object) {
    if (object == nullptr) return false;
    const std::vector<const Value*> values = SelectByPath(path, *object);
    if (!wanted) return !values.empty();
    return values.size() == 1 && BareText(*values[0]) == *wanted;
  });
}

Result<Check> ParseCheck(std::string_view text) {
  if (text == "delete") return Check([](const Value* object) { return object == nullptr; });
  if (text == "create") return Check([](const Value* object) { return object != nullptr; });
  if (text.starts_with("condition=") && text.size() > 10) return ConditionCheck(text.substr(10));
  if (text.starts_with("jsonpath=")) return JsonPathCheck(text.substr(9));
  return WrongUsage(
      "flag --for wants condition=TYPE[=VALUE], delete, create or jsonpath={.path}[=VALUE]");
}

/// The moment to give up at; empty for never.
Result<std::optional<MonotonicTime>> Deadline(const Invocation& invocation) {
  const std::string_view text = invocation.flags().Text("timeout");
  if (text.starts_with('-')) return std::optional<MonotonicTime>();
  NOIZY_ASSIGN_OR_RETURN(const Duration timeout,
                         invocation.flags().Span("timeout", std::chrono::seconds(30)));
  return std::optional(invocation.environment().clock.Monotonic() + timeout);
}

Result<int> RunWait(Invocation& invocation) {
  const std::string_view what = invocation.flags().Text("for");
  NOIZY_ASSIGN_OR_RETURN(const Check check, ParseCheck(what));
  WaitLimits limits;
  NOIZY_ASSIGN_OR_RETURN(limits.deadline, Deadline(invocation));
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Target> targets, SelectedTargets(invocation));
  if (targets.empty() && what != "delete")
    return Status(StatusReason::kNotFound, "no objects match the selector");
  const bool may_be_missing = what == "create" || what == "delete";
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  for (const Target& target : targets) {
    // As with kubectl, an object that is not there now is an error, not something to wait for.
    if (!may_be_missing)
      NOIZY_RETURN_IF_ERROR(session->client().Get(target.kind.resource, target.Key()).status());
    NOIZY_RETURN_IF_ERROR(WaitForObject(invocation, target, limits, check));
    invocation.out() << target.Shown() << (what == "delete" ? " deleted" : " condition met")
                     << std::endl;
  }
  return kExitOk;
}

}  // namespace

const Command kWait = {.name = "wait",
                       .usage = "TYPE/NAME… | TYPE NAME… | TYPE -l LABELS --for=WHAT",
                       .summary = "Wait until objects are as they should be",
                       .details = "noizy wait task/a --for=condition=Complete --timeout=5m",
                       .flags = kFlags,
                       .run = RunWait};

}  // namespace noizy::cli
