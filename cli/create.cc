#include "cli/commands.h"
#include "cli/manifests.h"
#include "cli/targets.h"
#include "cli/writing.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {kFilenameFlag,     kRecursiveFlag, kDryRunFlag,
                           kFieldManagerFlag, kValidateFlag,  kWriteOutputFlag};

/// "create namespace NAME": the one object that needs no file.
Result<std::vector<Manifest>> FromWords(const std::vector<std::string>& words) {
  if (words.size() != 2 || (words[0] != "namespace" && words[0] != "ns")) {
    return WrongUsage("say what to create: -f FILE, or namespace NAME");
  }
  Manifest manifest{Object{{"apiVersion", "v1"}, {"kind", "Namespace"}}, "command line"};
  Set(manifest.object, {"metadata", "name"}, boost::json::string(words[1]));
  std::vector<Manifest> manifests;
  manifests.push_back(std::move(manifest));
  return manifests;
}

Result<std::vector<Manifest>> ManifestsOf(Invocation& invocation) {
  const FlagValues& flags = invocation.flags();
  if (flags.Has("filename") != invocation.words().empty()) {
    return WrongUsage("say what to create: -f FILE, or namespace NAME");
  }
  if (!flags.Has("filename")) return FromWords(invocation.words());
  return SelectedManifests(invocation);
}

Status AnyName(const Manifest& /*manifest*/) {
  return Status::Ok();
}

/// What create and replace share: every manifest is sent, and a failure does not keep back the
/// others.
template <typename Send>
Result<int> WriteAll(Invocation& invocation, std::string_view what,
                     Status (*check)(const Manifest& manifest), const Send& send) {
  NOIZY_ASSIGN_OR_RETURN(const Writing writing, Writing::Parse(invocation.flags(), "noizy"));
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Manifest> manifests, ManifestsOf(invocation));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  int code = kExitOk;
  for (const Manifest& manifest : manifests) {
    const auto write = [&]() -> Status {
      NOIZY_RETURN_IF_ERROR(check(manifest));
      NOIZY_ASSIGN_OR_RETURN(const ServedKinds* const discovery, session->discovery());
      NOIZY_ASSIGN_OR_RETURN(ServedKind kind, KindOfObject(*discovery, manifest.object));
      NOIZY_ASSIGN_OR_RETURN(std::string ns,
                             NamespaceFor(*session, kind, manifest.object, manifest.origin));
      const Value object = WithNamespace(manifest.object, ns);
      const Target target{std::move(kind), std::move(ns), std::string(NameOf(object))};
      NOIZY_ASSIGN_OR_RETURN(const Value written,
                             writing.dry_run == DryRun::kClient
                                 ? Result<Value>(object)
                                 : send(session->client(), target, object, writing.options));
      writing.Tell(invocation, target.kind, written, what);
      return Status::Ok();
    };
    const Status written = write();
    if (written.ok()) continue;
    invocation.Say(written.WithContext(manifest.origin));
    code = kExitFailed;
    if (written.reason() == StatusReason::kServiceUnavailable) break;
  }
  return code;
}

Result<int> RunCreate(Invocation& invocation) {
  return WriteAll(invocation, "created", AnyName,
                  [](const Client& client, const Target& target, const Value& object,
                     const WriteOptions& options) {
                    return client.Create(target.kind.resource, target.ns, object, options);
                  });
}

Result<Value> Replace(const Client& client, const Target& target, Value object,
                      const WriteOptions& options) {
  // Without a version of its own the file replaces whatever there is, but there must be something.
  if (StringAt(object, {"metadata", "resourceVersion"}).empty()) {
    NOIZY_ASSIGN_OR_RETURN(const Value live, client.Get(target.kind.resource, target.Key()));
    Set(object, {"metadata", "resourceVersion"},
        boost::json::string(StringAt(live, {"metadata", "resourceVersion"})));
  }
  return client.Update(target.kind.resource, target.Key(), object, options);
}

Result<int> RunReplace(Invocation& invocation) {
  return WriteAll(invocation, "replaced", CheckNamed, Replace);
}

}  // namespace

const Command kCreate = {.name = "create",
                         .usage = "-f FILE|FOLDER|- | namespace NAME",
                         .summary = "Create objects from files",
                         .details = "",
                         .flags = kFlags,
                         .run = RunCreate};

const Command kReplace = {.name = "replace",
                          .usage = "-f FILE|FOLDER|-",
                          .summary = "Replace objects as a whole by what files say",
                          .details = "",
                          .flags = kFlags,
                          .run = RunReplace};

}  // namespace noizy::cli
