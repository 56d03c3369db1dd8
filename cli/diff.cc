#include "cli/commands.h"
#include "cli/manifests.h"
#include "cli/printer.h"
#include "cli/targets.h"
#include "cli/three_way_merge.h"
#include "cli/unified_diff.h"
#include "cli/writing.h"
#include "machinery/meta/meta.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    kFilenameFlag,
    kRecursiveFlag,
    kSelectorFlag,
    {"server-side", 0, FlagKind::kSwitch, "", "as apply --server-side would do it"},
    {"force-conflicts", 0, FlagKind::kSwitch, "", "with --server-side: take over others' fields"},
    kFieldManagerFlag,
    kValidateFlag};

/// As kubectl diff: 1 says that there are differences, so an error must say something else.
constexpr int kExitDifferent = 1;
constexpr int kExitFailedDiff = 2;

std::string Comparable(Value object) {
  if (object.is_null()) return "";
  DropManagedFields(object);
  return PrintObject({.kind = OutputFormat::Kind::kYaml}, object);
}

class Diffing {
 public:
  Diffing(Invocation& invocation, Session& session, WriteOptions options)
      : invocation_(invocation), session_(session), options_(std::move(options)) {
    options_.dry_run = true;
    options_.force = invocation.flags().On("force-conflicts");
  }

  /// Whether there is a difference; it has been printed.
  Result<bool> Diff(const Manifest& manifest) {
    NOIZY_RETURN_IF_ERROR(CheckNamed(manifest));
    NOIZY_ASSIGN_OR_RETURN(const ServedKinds* const discovery, session_.discovery());
    NOIZY_ASSIGN_OR_RETURN(const ServedKind kind, KindOfObject(*discovery, manifest.object));
    NOIZY_ASSIGN_OR_RETURN(const std::string ns,
                           NamespaceFor(session_, kind, manifest.object, manifest.origin));
    const Target target{kind, ns, std::string(NameOf(manifest.object))};
    Result<Value> live = session_.client().Get(kind.resource, target.Key());
    if (!live.ok() && live.status().reason() == StatusReason::kNotFound) live = Value(nullptr);
    if (!live.ok()) return live.status();
    NOIZY_ASSIGN_OR_RETURN(const Value merged,
                           Merged(target, *live, WithNamespace(manifest.object, ns)));
    const std::string name = FileName(target);
    const std::string text =
        UnifiedDiff(Comparable(*live), Comparable(merged), "live/" + name, "merged/" + name);
    invocation_.out() << text;
    return !text.empty();
  }

 private:
  /// What apply would make of it, by the server's own word.
  Result<Value> Merged(const Target& target, const Value& live, const Value& wanted) const {
    const Client& client = session_.client();
    const ResourceRef& resource = target.kind.resource;
    if (invocation_.flags().On("server-side"))
      return client.Patch(resource, target.Key(), PatchType::kApply, wanted, options_);
    if (live.is_null()) return client.Create(resource, target.ns, wanted, options_);
    // What was applied last is no difference to look at.
    Value unmarked = wanted;
    const std::string_view last = AnnotationOf(live, kLastAppliedAnnotation);
    if (!last.empty())
      Set(unmarked, {"metadata", "annotations", kLastAppliedAnnotation}, boost::json::string(last));
    const Value patch = ThreeWayMergePatch(live, unmarked);
    if (patch.get_object().empty()) return live;
    return client.Patch(resource, target.Key(), PatchType::kMerge, patch, options_);
  }

  /// "noizy.dev.v1.Task.default.a".
  static std::string FileName(const Target& target) {
    std::string name = target.kind.resource.group;
    if (!name.empty()) name += ".";
    name += target.kind.resource.version + "." + target.kind.kind + ".";
    return name + target.ns + "." + target.name;
  }

  Invocation& invocation_;
  Session& session_;
  WriteOptions options_;
};

Result<int> RunDiff(Invocation& invocation) {
  const FlagValues& flags = invocation.flags();
  if (!flags.Has("filename") || !invocation.words().empty())
    return WrongUsage("say what to compare: -f FILE, -f FOLDER or -f -");
  NOIZY_ASSIGN_OR_RETURN(
      const Writing writing,
      Writing::Parse(flags, flags.On("server-side") ? "noizy" : "noizy-client-side-apply"));
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Manifest> manifests, SelectedManifests(invocation));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  Diffing diffing(invocation, *session, writing.options);
  int code = kExitOk;
  for (const Manifest& manifest : manifests) {
    const Result<bool> differs = diffing.Diff(manifest);
    if (differs.ok()) {
      if (*differs && code == kExitOk) code = kExitDifferent;
      continue;
    }
    invocation.Say(differs.status().WithContext(manifest.origin));
    code = kExitFailedDiff;
    if (differs.status().reason() == StatusReason::kServiceUnavailable) break;
  }
  return code;
}

}  // namespace

const Command kDiff = {.name = "diff",
                       .usage = "-f FILE|FOLDER|- [-R] [--server-side]",
                       .summary = "Show what apply would change (exit code 1: something)",
                       .details =
                           "Nothing is changed. Exit codes: 0 no difference, 1 differences, "
                           "2 an error.",
                       .flags = kFlags,
                       .run = RunDiff};

}  // namespace noizy::cli
