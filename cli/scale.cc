#include "cli/commands.h"
#include "cli/targets.h"
#include "cli/writing.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    {"replicas", 0, FlagKind::kText, "N", "how many there are to be"},
    {"current-replicas", 0, FlagKind::kText, "N", "only if there are to be that many now"},
    kFilenameFlag,
    kRecursiveFlag,
    kSelectorFlag,
    {"all", 0, FlagKind::kSwitch, "", "every object of the kind"},
    kDryRunFlag,
    kFieldManagerFlag,
    kWriteOutputFlag};

/// The patch of the scale; with `current`, one that holds only for the version that was looked at.
Result<Value> PatchFor(const Session& session, const Target& target, std::int64_t replicas,
                       std::optional<std::int64_t> current) {
  Value patch;
  Set(patch, {"spec", "replicas"}, replicas);
  if (!current) return patch;
  NOIZY_ASSIGN_OR_RETURN(const Value scale, session.GetValue(target.kind.resource.Path(
                                                target.ns, target.name, "scale")));
  const std::int64_t now = IntAt(scale, {"spec", "replicas"}).value_or(0);
  if (now != *current) {
    return Status(StatusReason::kConflict,
                  target.Shown() + ": spec.replicas is " + std::to_string(now) + ", not " +
                      std::to_string(*current) + " as --current-replicas says");
  }
  Set(patch, {"metadata", "resourceVersion"},
      boost::json::string(StringAt(scale, {"metadata", "resourceVersion"})));
  return patch;
}

Result<int> RunScale(Invocation& invocation) {
  const FlagValues& flags = invocation.flags();
  NOIZY_ASSIGN_OR_RETURN(const std::optional<std::int64_t> replicas, flags.Number("replicas"));
  NOIZY_ASSIGN_OR_RETURN(const std::optional<std::int64_t> current,
                         flags.Number("current-replicas"));
  if (!replicas || *replicas < 0) return WrongUsage("--replicas wants a number from 0 on");
  NOIZY_ASSIGN_OR_RETURN(const Writing writing, Writing::Parse(flags, "noizy-scale"));
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Target> targets, SelectedTargets(invocation));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  for (const Target& target : targets) {
    NOIZY_ASSIGN_OR_RETURN(Value scaled, PatchFor(*session, target, *replicas, current));
    if (writing.dry_run != DryRun::kClient) {
      NOIZY_ASSIGN_OR_RETURN(
          scaled, session->client().Patch(target.kind.resource, target.Key(), PatchType::kMerge,
                                          scaled, writing.options, "scale"));
    }
    Set(scaled, {"metadata", "name"}, boost::json::string(target.name));
    writing.Tell(invocation, target.kind, scaled, "scaled");
  }
  return kExitOk;
}

}  // namespace

const Command kScale = {.name = "scale",
                        .usage = "TYPE NAME --replicas=N",
                        .summary = "Set how many replicas an object is to have",
                        .details = "For kinds whose definition has a scale subresource.",
                        .flags = kFlags,
                        .run = RunScale};

}  // namespace noizy::cli
