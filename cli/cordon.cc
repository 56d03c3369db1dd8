// cordon and uncordon: one field of a Node.
#include "cli/commands.h"
#include "cli/targets.h"
#include "cli/writing.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {kSelectorFlag, kDryRunFlag};

enum class Placement : std::uint8_t { kRefused, kAllowed };

Result<int> Run(Invocation& invocation, Placement placement) {
  const bool cordon = placement == Placement::kRefused;
  std::vector<std::string> words = invocation.words();
  if (words.empty() == !invocation.flags().Has("selector"))
    return WrongUsage("say which nodes: NODE… or -l LABELS");
  NOIZY_ASSIGN_OR_RETURN(const Writing writing, Writing::Parse(invocation.flags(), "noizy-cordon"));
  words.insert(words.begin(), "nodes.noizy.dev");
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Target> targets, SelectedTargets(invocation, words));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  int code = kExitOk;
  for (const Target& target : targets) {
    Result<Value> node = session->client().Get(target.kind.resource, target.Key());
    const bool as_wanted = node.ok() && BoolAt(*node, {"spec", "unschedulable"}) == cordon;
    if (node.ok() && !as_wanted && writing.dry_run != DryRun::kClient) {
      Value patch;
      Set(patch, {"spec", "unschedulable"}, cordon ? Value(true) : Value(nullptr));
      node = session->client().Patch(
          target.kind.resource, target.Key(), PatchType::kMerge, patch,
          {.field_manager = writing.options.field_manager, .dry_run = writing.options.dry_run});
    }
    if (!node.ok()) {
      invocation.Say(node.status());
      code = kExitFailed;
      continue;
    }
    const std::string done = cordon ? "cordoned" : "uncordoned";
    writing.Tell(invocation, target.kind, *node, as_wanted ? "already " + done : done);
  }
  return code;
}

Result<int> RunCordon(Invocation& invocation) {
  return Run(invocation, Placement::kRefused);
}
Result<int> RunUncordon(Invocation& invocation) {
  return Run(invocation, Placement::kAllowed);
}

}  // namespace

const Command kCordon = {.name = "cordon",
                         .usage = "NODE… | -l LABELS",
                         .summary = "Place no more tasks on a node; what runs goes on",
                         .details = "",
                         .flags = kFlags,
                         .run = RunCordon};

const Command kUncordon = {.name = "uncordon",
                           .usage = "NODE… | -l LABELS",
                           .summary = "Place tasks on a node again",
                           .details = "",
                           .flags = kFlags,
                           .run = RunUncordon};

}  // namespace noizy::cli
