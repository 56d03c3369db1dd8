#include "cli/commands.h"
#include "cli/manifests.h"
#include "cli/prune.h"
#include "cli/targets.h"
#include "cli/three_way_merge.h"
#include "cli/waiting.h"
#include "cli/writing.h"
#include "machinery/patch/patch.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    kFilenameFlag,
    kRecursiveFlag,
    {"kustomize", 'k', FlagKind::kText, "FOLDER",
     "a kustomization, as kubectl kustomize prints it"},
    kSelectorFlag,
    {"prune", 0, FlagKind::kSwitch, "",
     "delete what was applied before and is in no file now; needs -l or --all"},
    {"all", 0, FlagKind::kSwitch, "", "with --prune: whatever its labels"},
    {"prune-allowlist", 0, FlagKind::kList, "GROUP/VERSION/KIND", "with --prune: only these kinds"},
    kDryRunFlag,
    {"server-side", 0, FlagKind::kSwitch, "",
     "let the server merge, field by field and owner by owner"},
    {"force-conflicts", 0, FlagKind::kSwitch, "", "with --server-side: take over others' fields"},
    kFieldManagerFlag,
    kValidateFlag,
    kWriteOutputFlag};

/// A definition is served a moment after it was accepted; longer than this it will not be.
constexpr std::chrono::seconds kEstablishTimeout{15};

/// Applies manifests one after the other; one that fails does not keep back the others.
class Applying {
 public:
  Applying(Invocation& invocation, Session& session, Writing writing)
      : invocation_(invocation), session_(session), writing_(std::move(writing)) {}

  Status Apply(const Manifest& manifest) {
    NOIZY_RETURN_IF_ERROR(CheckNamed(manifest));
    NOIZY_ASSIGN_OR_RETURN(const ServedKinds* const discovery, session_.discovery());
    NOIZY_ASSIGN_OR_RETURN(const ServedKind kind, KindOfObject(*discovery, manifest.object));
    NOIZY_ASSIGN_OR_RETURN(const std::string ns,
                           NamespaceFor(session_, kind, manifest.object, manifest.origin));
    const Target target{kind, ns, std::string(NameOf(manifest.object))};
    const Value object = WithNamespace(manifest.object, ns);
    NOIZY_ASSIGN_OR_RETURN(const Value applied, invocation_.flags().On("server-side")
                                                    ? ApplyOnServer(target, object)
                                                    : ApplyHere(target, WithLastApplied(object)));
    applied_.uids.emplace(StringAt(applied, {"metadata", "uid"}));
    if (!ns.empty()) applied_.namespaces.insert(ns);
    const bool defines_kind =
        kind.kind == "CustomResourceDefinition" && writing_.dry_run == DryRun::kNone;
    return defines_kind ? AwaitEstablished(target) : Status::Ok();
  }

  const Applied& applied() const { return applied_; }

 private:
  Result<Value> ApplyOnServer(const Target& target, const Value& object) {
    if (writing_.dry_run == DryRun::kClient)
      return WrongUsage("--server-side goes with --dry-run=server");
    WriteOptions options = writing_.options;
    options.force = invocation_.flags().On("force-conflicts");
    NOIZY_ASSIGN_OR_RETURN(Value applied,
                           session_.client().Patch(target.kind.resource, target.Key(),
                                                   PatchType::kApply, object, options));
    writing_.Tell(invocation_, target.kind, applied, "serverside-applied");
    return applied;
  }

  Result<Value> ApplyHere(const Target& target, const Value& wanted) {
    Result<Value> live = session_.client().Get(target.kind.resource, target.Key());
    if (!live.ok() && live.status().reason() != StatusReason::kNotFound) return live.status();
    if (!live.ok()) return CreateNew(target, wanted);
    const Value patch = ThreeWayMergePatch(*live, wanted);
    if (patch.get_object().empty()) {
      writing_.Tell(invocation_, target.kind, *live, "unchanged");
      return live;
    }
    Value configured = *live;
    ApplyMergePatch(configured, patch);
    if (writing_.dry_run != DryRun::kClient) {
      NOIZY_ASSIGN_OR_RETURN(
          configured, session_.client().Patch(target.kind.resource, target.Key(), PatchType::kMerge,
                                              patch, writing_.options));
    }
    writing_.Tell(invocation_, target.kind, configured, "configured");
    return configured;
  }

  Result<Value> CreateNew(const Target& target, const Value& wanted) {
    Value created = wanted;
    if (writing_.dry_run != DryRun::kClient) {
      NOIZY_ASSIGN_OR_RETURN(created, session_.client().Create(target.kind.resource, target.ns,
                                                               wanted, writing_.options));
    }
    writing_.Tell(invocation_, target.kind, created, "created");
    return created;
  }

  /// Objects of the new kind may follow in the same files.
  Status AwaitEstablished(const Target& target) {
    session_.Refresh();
    const WaitLimits limits{
        .deadline = invocation_.environment().clock.Monotonic() + kEstablishTimeout,
        .interrupted = {}};
    return WaitForObject(invocation_, target, limits, [](const Value* object) {
      const Array* conditions =
          object == nullptr ? nullptr : ArrayAt(*object, {"status", "conditions"});
      if (conditions == nullptr) return object == nullptr;
      return std::any_of(conditions->begin(), conditions->end(), [](const Value& condition) {
        return StringAt(condition, {"type"}) == "Established" &&
               StringAt(condition, {"status"}) == "True";
      });
    });
  }

  Invocation& invocation_;
  Session& session_;
  Writing writing_;
  Applied applied_;
};

Status CheckPrune(const FlagValues& flags) {
  if (!flags.On("prune")) return Status::Ok();
  if (flags.On("server-side"))
    return WrongUsage(
        "--prune knows what apply has made by an annotation that --server-side does not leave");
  if (flags.Has("selector") == flags.On("all"))
    return WrongUsage("say what to prune: -l LABELS or --all");
  return Status::Ok();
}

Result<int> RunApply(Invocation& invocation) {
  const FlagValues& flags = invocation.flags();
  if (flags.Has("kustomize")) {
    const std::string folder(flags.Text("kustomize"));
    return WrongUsage("noizy does not build kustomizations; kubectl does: kubectl kustomize " +
                      folder + " | noizy apply -f -");
  }
  if (!flags.Has("filename") || !invocation.words().empty()) {
    return WrongUsage("say what to apply: -f FILE, -f FOLDER or -f -");
  }
  NOIZY_RETURN_IF_ERROR(CheckPrune(flags));
  const bool server_side = flags.On("server-side");
  NOIZY_ASSIGN_OR_RETURN(Writing writing,
                         Writing::Parse(flags, server_side ? "noizy" : "noizy-client-side-apply"));
  NOIZY_ASSIGN_OR_RETURN(std::vector<Manifest> manifests, SelectedManifests(invocation));
  SortForCreation(manifests);
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  Applying applying(invocation, *session, writing);
  int code = kExitOk;
  for (const Manifest& manifest : manifests) {
    const Status applied = applying.Apply(manifest);
    if (applied.ok()) continue;
    if (IsWrongUsage(applied)) return applied;
    invocation.Say(applied.WithContext(manifest.origin));
    code = kExitFailed;
    // Without a server every other manifest would only say the same again.
    if (applied.reason() == StatusReason::kServiceUnavailable) break;
  }
  // What could not be applied must not look as if it were in no file.
  if (flags.On("prune") && code == kExitOk)
    NOIZY_RETURN_IF_ERROR(Prune(invocation, writing, applying.applied()));
  return code;
}

}  // namespace

const Command kApply = {
    .name = "apply",
    .usage = "-f FILE|FOLDER|- [-R] [--prune] [--server-side] [--dry-run=server|client]",
    .summary = "Make objects be as files say: created, changed or left as they are",
    .details =
        "A folder's *.yaml, *.yml and *.json are read; what others need (namespaces, kinds, "
        "secrets) goes first.",
    .flags = kFlags,
    .run = RunApply};

}  // namespace noizy::cli
