#include "cli/commands.h"
#include "cli/targets.h"
#include "cli/writing.h"
#include "machinery/os/files.h"
#include "machinery/value/yaml.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    {"patch", 'p', FlagKind::kText, "PATCH", "the patch, as JSON or YAML"},
    {"patch-file", 0, FlagKind::kText, "FILE", "a file that holds the patch"},
    {"type", 0, FlagKind::kText, "TYPE", "merge (the default), json or strategic"},
    {"subresource", 0, FlagKind::kText, "NAME", "status or scale instead of the object"},
    kDryRunFlag,
    kFieldManagerFlag,
    kValidateFlag,
    kWriteOutputFlag};

Result<PatchType> TypeOf(std::string_view text) {
  if (text.empty() || text == "merge") return PatchType::kMerge;
  if (text == "json") return PatchType::kJson;
  if (text == "strategic") return PatchType::kStrategicMerge;
  return WrongUsage("flag --type wants merge, json or strategic");
}

Result<Value> ReadPatch(const FlagValues& flags) {
  if (flags.Has("patch") == flags.Has("patch-file"))
    return WrongUsage("give the patch with -p or --patch-file");
  std::string text(flags.Text("patch"));
  if (flags.Has("patch-file")) {
    NOIZY_ASSIGN_OR_RETURN(text, ReadFile(std::string(flags.Text("patch-file"))));
  }
  Result<std::vector<YamlDocument>> documents = ParseYaml(text);
  if (!documents.ok()) return documents.status().WithContext("the patch");
  if (documents->size() != 1) return BadRequest("the patch must be one document");
  return std::move(documents->front().value);
}

Result<int> RunPatch(Invocation& invocation) {
  const FlagValues& flags = invocation.flags();
  NOIZY_ASSIGN_OR_RETURN(const PatchType type, TypeOf(flags.Text("type")));
  NOIZY_ASSIGN_OR_RETURN(const Value patch, ReadPatch(flags));
  NOIZY_ASSIGN_OR_RETURN(const Writing writing, Writing::Parse(flags, "noizy-patch"));
  if (writing.dry_run == DryRun::kClient)
    return WrongUsage("only the server can try a patch: --dry-run=server");
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Target> targets, NamedTargets(invocation));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  for (const Target& target : targets) {
    if (target.name.empty()) return WrongUsage("say which object to patch: TYPE NAME");
    const Client& client = session->client();
    NOIZY_ASSIGN_OR_RETURN(const Value before, client.Get(target.kind.resource, target.Key()));
    NOIZY_ASSIGN_OR_RETURN(const Value after,
                           client.Patch(target.kind.resource, target.Key(), type, patch,
                                        writing.options, flags.Text("subresource")));
    const bool changed = StringAt(before, {"metadata", "resourceVersion"}) !=
                         StringAt(after, {"metadata", "resourceVersion"});
    writing.Tell(invocation, target.kind, after,
                 changed || writing.options.dry_run ? "patched" : "patched (no change)");
  }
  return kExitOk;
}

}  // namespace

const Command kPatch = {.name = "patch",
                        .usage = "TYPE NAME -p PATCH [--type=merge|json|strategic]",
                        .summary = "Change fields of an object",
                        .details = "noizy patch task a -p '{\"spec\": {\"suspend\": true}}'",
                        .flags = kFlags,
                        .run = RunPatch};

}  // namespace noizy::cli
