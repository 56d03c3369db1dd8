#include "cli/commands.h"
#include "cli/printer.h"
#include "cli/targets.h"
#include "cli/writing.h"
#include "machinery/base/random.h"
#include "machinery/os/files.h"
#include "machinery/patch/patch.h"
#include "machinery/value/yaml.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {kFilenameFlag,
                           kRecursiveFlag,
                           {"subresource", 0, FlagKind::kText, "NAME", "status or scale"},
                           kDryRunFlag,
                           kFieldManagerFlag,
                           kValidateFlag,
                           kWriteOutputFlag};

constexpr char kAdvice[] =
    "# Change the object below and save it. Lines that begin with # are left out; an empty file\n"
    "# changes nothing. When the server refuses a change, the file is opened again with the "
    "reason.\n#\n";

/// The failure as comments, its causes line by line.
std::string Commented(const Status& failure) {
  std::string text = "# " + failure.message() + "\n";
  for (const StatusCause& cause : failure.details().causes)
    text += "# * " + cause.field + ": " + cause.message + "\n";
  return text + "#\n";
}

std::string WithoutComments(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    if (text.front() != '#') kept += text.substr(0, end);
    text.remove_prefix(end);
  }
  return kept;
}

/// A private file for the editor, gone with this object unless it is kept.
class Draft {
 public:
  explicit Draft(const Environment& environment) : environment_(environment) {
    std::string folder = environment.variable("TMPDIR");
    if (folder.empty()) folder = "/tmp";
    path_ = folder + "/noizy-edit-" + SystemRandom::Instance().NameSuffix(8) + ".yaml";
  }
  ~Draft() {
    if (!kept_) (void)RemoveTree(path_);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  const std::string& path() const { return path_; }
  void Keep() { kept_ = true; }

  /// What the person made of `text`, without comments.
  Result<std::string> Edit(const std::string& comments, const std::string& text) const {
    NOIZY_RETURN_IF_ERROR(WriteFileAtomically(path_, comments + text, Durability::kAtomic));
    NOIZY_RETURN_IF_ERROR(environment_.edit(path_));
    NOIZY_ASSIGN_OR_RETURN(const std::string edited, ReadFile(path_));
    return WithoutComments(edited);
  }

 private:
  const Environment& environment_;
  std::string path_;
  bool kept_ = false;
};

Result<Value> ParseOne(const std::string& text) {
  NOIZY_ASSIGN_OR_RETURN(std::vector<YamlDocument> documents, ParseYaml(text));
  if (documents.size() != 1) return BadRequest("the file must hold one object");
  return std::move(documents.front().value);
}

/// One object's editing.
class Editing {
 public:
  Editing(Invocation& invocation, const Session& session, const Writing& writing, Target target)
      : invocation_(invocation),
        session_(session),
        writing_(writing),
        target_(std::move(target)),
        draft_(invocation.environment()) {}

  Result<int> Run() {
    NOIZY_ASSIGN_OR_RETURN(original_, session_.client().Get(target_.kind.resource, target_.Key()));
    DropManagedFields(original_);
    std::string shown = ToYaml(original_);
    std::string refusal;
    while (true) {
      NOIZY_ASSIGN_OR_RETURN(std::string edited, draft_.Edit(kAdvice + refusal, shown));
      if (edited.find_first_not_of(" \n") == std::string::npos)
        return Cancel("Edit cancelled, saved file was empty.");
      if (edited == shown) {
        if (refusal.empty()) return Cancel("Edit cancelled, no changes made.");
        return GiveUp();
      }
      const Status sent = Send(edited);
      if (sent.ok()) return kExitOk;
      if (!IsForThePerson(sent)) return sent;
      refusal = Commented(sent);
      shown = std::move(edited);
    }
  }

 private:
  Status Send(const std::string& edited) {
    NOIZY_ASSIGN_OR_RETURN(const Value wanted, ParseOne(edited));
    const Value patch = CreateMergePatch(original_, wanted);
    NOIZY_ASSIGN_OR_RETURN(
        const Value changed,
        session_.client().Patch(target_.kind.resource, target_.Key(), PatchType::kMerge, patch,
                                writing_.options, invocation_.flags().Text("subresource")));
    writing_.Tell(invocation_, target_.kind, changed, "edited");
    return Status::Ok();
  }

  /// Another try at the text may mend it.
  static bool IsForThePerson(const Status& failure) {
    return failure.reason() == StatusReason::kInvalid ||
           failure.reason() == StatusReason::kBadRequest ||
           failure.reason() == StatusReason::kForbidden;
  }

  int Cancel(std::string_view why) const {
    invocation_.err() << why << "\n";
    return kExitOk;
  }

  Result<int> GiveUp() {
    draft_.Keep();
    return BadRequest(target_.Shown() + ": no valid change was saved; your text is in " +
                      draft_.path());
  }

  Invocation& invocation_;
  const Session& session_;
  const Writing& writing_;
  const Target target_;
  Draft draft_;
  Value original_;
};

Result<int> RunEdit(Invocation& invocation) {
  NOIZY_ASSIGN_OR_RETURN(const Writing writing, Writing::Parse(invocation.flags(), "noizy-edit"));
  if (writing.dry_run == DryRun::kClient)
    return WrongUsage("only the server can try a change: --dry-run=server");
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Target> targets, NamedTargets(invocation));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  for (const Target& target : targets) {
    if (target.name.empty()) return WrongUsage("say which object to edit: TYPE NAME");
    NOIZY_ASSIGN_OR_RETURN(const int code, Editing(invocation, *session, writing, target).Run());
    if (code != kExitOk) return code;
  }
  return kExitOk;
}

}  // namespace

const Command kEdit = {.name = "edit",
                       .usage = "TYPE NAME | TYPE/NAME…",
                       .summary = "Change an object in your editor",
                       .details =
                           "The editor is $NOIZY_EDITOR, $KUBE_EDITOR, $VISUAL or $EDITOR, "
                           "else vi.",
                       .flags = kFlags,
                       .run = RunEdit};

}  // namespace noizy::cli
