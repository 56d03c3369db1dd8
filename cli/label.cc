// label and annotate: the same command on two maps of the metadata.
#include "cli/commands.h"
#include "cli/targets.h"
#include "cli/writing.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    kSelectorFlag,
    kFieldSelectorFlag,
    kAllNamespacesFlag,
    {"all", 0, FlagKind::kSwitch, "", "all objects of the type"},
    {"overwrite", 0, FlagKind::kSwitch, "", "change values that are there already"},
    kDryRunFlag,
    kFieldManagerFlag,
    kWriteOutputFlag};

/// Which map, and how its changes are told.
struct Words {
  const char* member;    // of metadata
  const char* done;      // "labeled"
  const char* undone;    // "unlabeled"
  const char* not_done;  // "not labeled"
};

constexpr Words kLabelWords = {"labels", "labeled", "unlabeled", "not labeled"};
constexpr Words kAnnotateWords = {"annotations", "annotated", "annotated", "not annotated"};

/// What "a=b" and "c-" ask for: a merge patch of the map.
struct Changes {
  Object patch;
  bool only_removes = true;
};

bool IsChange(const std::string& word) {
  return word.find('=') != std::string::npos || word.ends_with('-');
}

Result<Changes> ParseChanges(const std::vector<std::string>& words) {
  Changes changes;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    const std::string key =
        equals == std::string::npos ? word.substr(0, word.size() - 1) : word.substr(0, equals);
    if (key.empty()) return WrongUsage("\"" + word + "\" has no key: KEY=VALUE sets, KEY- removes");
    if (changes.patch.contains(key)) return WrongUsage("the key \"" + key + "\" comes twice");
    if (equals == std::string::npos) {
      changes.patch[key] = nullptr;
    } else {
      changes.patch[key] = boost::json::string(word.substr(equals + 1));
      changes.only_removes = false;
    }
  }
  if (changes.patch.empty()) return WrongUsage("say what to set (KEY=VALUE) or to remove (KEY-)");
  return changes;
}

Status CheckOverwrites(const Value& object, const Words& words, const Changes& changes) {
  for (const auto& [key, value] : changes.patch) {
    const std::string_view old = StringAt(object, {"metadata", words.member, key});
    if (value.is_null() || old.empty() || old == View(value.get_string())) continue;
    return BadRequest("\"" + std::string(key) + "\" has the value \"" + std::string(old) +
                      "\" already; --overwrite changes it");
  }
  return Status::Ok();
}

Status Mark(Invocation& invocation, Session& session, const Target& target, const Writing& writing,
            const Words& words, const Changes& changes) {
  const Client& client = session.client();
  NOIZY_ASSIGN_OR_RETURN(const Value before, client.Get(target.kind.resource, target.Key()));
  if (!invocation.flags().On("overwrite"))
    NOIZY_RETURN_IF_ERROR(CheckOverwrites(before, words, changes));
  Value patch;
  Set(patch, {"metadata", words.member}, changes.patch);
  Value after = before;
  if (writing.dry_run != DryRun::kClient) {
    NOIZY_ASSIGN_OR_RETURN(after, client.Patch(target.kind.resource, target.Key(),
                                               PatchType::kMerge, patch, writing.options));
  }
  const Value* had = Find(before, {"metadata", words.member});
  const Value* has = Find(after, {"metadata", words.member});
  const bool same = had == nullptr || has == nullptr ? had == has : Equal(*had, *has);
  const bool unknown = writing.dry_run == DryRun::kClient;
  writing.Tell(invocation, target.kind, after,
               same && !unknown       ? words.not_done
               : changes.only_removes ? words.undone
                                      : words.done);
  return Status::Ok();
}

Result<int> Run(Invocation& invocation, const Words& words) {
  std::vector<std::string> objects;
  std::vector<std::string> marks;
  for (const std::string& word : invocation.words())
    (IsChange(word) ? marks : objects).push_back(word);
  NOIZY_ASSIGN_OR_RETURN(const Changes changes, ParseChanges(marks));
  NOIZY_ASSIGN_OR_RETURN(Writing writing, Writing::Parse(invocation.flags(), "noizy"));
  writing.options.field_validation.clear();
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Target> targets, SelectedTargets(invocation, objects));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  int code = kExitOk;
  for (const Target& target : targets) {
    const Status marked = Mark(invocation, *session, target, writing, words, changes);
    if (marked.ok()) continue;
    invocation.Say(marked.WithContext(target.Shown()));
    code = kExitFailed;
  }
  return code;
}

Result<int> RunLabel(Invocation& invocation) {
  return Run(invocation, kLabelWords);
}
Result<int> RunAnnotate(Invocation& invocation) {
  return Run(invocation, kAnnotateWords);
}

}  // namespace

const Command kLabel = {.name = "label",
                        .usage = "TYPE NAME… KEY=VALUE… [KEY-…]",
                        .summary = "Set or remove labels",
                        .details = "noizy label node m2-ultra gpu=metal",
                        .flags = kFlags,
                        .run = RunLabel};

const Command kAnnotate = {.name = "annotate",
                           .usage = "TYPE NAME… KEY=VALUE… [KEY-…]",
                           .summary = "Set or remove annotations",
                           .details = "",
                           .flags = kFlags,
                           .run = RunAnnotate};

}  // namespace noizy::cli
