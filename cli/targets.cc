#include "cli/targets.h"

#include "machinery/meta/selector.h"

namespace noizy::cli {
namespace {

constexpr std::int64_t kPageSize = 500;

std::string NamespaceOfKind(const Session& session, const FlagValues& flags,
                            const ServedKind& kind) {
  return !kind.resource.namespaced || flags.On("all-namespaces") ? "" : session.ns();
}

/// "task/a node/m1": every word has its kind.
Status AddSlashed(const Session& session, const ServedKinds& discovery, const FlagValues& flags,
                  const std::vector<std::string>& words, std::vector<Target>& targets) {
  for (const std::string& word : words) {
    const std::size_t slash = word.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == word.size()) {
      return WrongUsage("\"" + word + "\" is no TYPE/NAME: once one word is, all must be");
    }
    NOIZY_ASSIGN_OR_RETURN(ServedKind kind,
                           KindByWord(discovery, std::string_view(word).substr(0, slash)));
    std::string ns = NamespaceOfKind(session, flags, kind);
    targets.push_back({std::move(kind), std::move(ns), word.substr(slash + 1)});
  }
  return Status::Ok();
}

/// "tasks a b", "tasks,nodes".
Status AddKinds(const Session& session, const ServedKinds& discovery, const FlagValues& flags,
                const std::vector<std::string>& words, std::vector<Target>& targets) {
  NOIZY_ASSIGN_OR_RETURN(const std::vector<ServedKind> kinds, KindsByWords(discovery, words[0]));
  for (const ServedKind& kind : kinds) {
    const std::string ns = NamespaceOfKind(session, flags, kind);
    if (words.size() == 1) targets.push_back({kind, ns, ""});
    for (std::size_t i = 1; i < words.size(); ++i) targets.push_back({kind, ns, words[i]});
  }
  return Status::Ok();
}

Result<std::vector<Manifest>> NamedManifests(Invocation& invocation) {
  const FlagValues& flags = invocation.flags();
  const Recursion recursion =
      flags.On("recursive") ? Recursion::kFoldersBelow : Recursion::kThisFolder;
  return ReadManifests(flags.List("filename"), recursion, invocation.environment().in);
}

Status AddFiles(Invocation& invocation, Session& session, const ServedKinds& discovery,
                std::vector<Target>& targets) {
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Manifest> manifests, NamedManifests(invocation));
  for (const Manifest& manifest : manifests) {
    if (const Status named = CheckNamed(manifest); !named.ok())
      return named.WithContext(manifest.origin);
    Result<ServedKind> kind = KindOfObject(discovery, manifest.object);
    if (!kind.ok()) return kind.status().WithContext(manifest.origin);
    NOIZY_ASSIGN_OR_RETURN(std::string ns,
                           NamespaceFor(session, *kind, manifest.object, manifest.origin));
    targets.push_back({*std::move(kind), std::move(ns), std::string(NameOf(manifest.object))});
  }
  return Status::Ok();
}

/// Every object that a kind's target covers, page by page.
Status AddListed(const Session& session, const Target& target, ListQuery query,
                 std::vector<Target>& targets) {
  query.limit = kPageSize;
  query.metadata_only = true;
  do {
    NOIZY_ASSIGN_OR_RETURN(const ObjectList list,
                           session.client().List(target.kind.resource, target.ns, query));
    for (const Value& object : list.items) {
      targets.push_back(
          {target.kind, std::string(NamespaceOf(object)), std::string(NameOf(object))});
    }
    query.continue_token = list.continue_token;
  } while (!query.continue_token.empty());
  return Status::Ok();
}

}  // namespace

Result<std::vector<Target>> NamedTargets(Invocation& invocation) {
  return NamedTargets(invocation, invocation.words());
}

Result<std::vector<Target>> SelectedTargets(Invocation& invocation) {
  return SelectedTargets(invocation, invocation.words());
}

Result<std::vector<Target>> NamedTargets(Invocation& invocation,
                                         const std::vector<std::string>& words) {
  const FlagValues& flags = invocation.flags();
  const bool from_files = flags.Has("filename");
  if (from_files == !words.empty()) {
    return WrongUsage(from_files ? "name objects by words or by -f, not by both"
                                 : "say which objects: TYPE NAME, TYPE/NAME or -f FILE");
  }
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(const ServedKinds* const discovery, session->discovery());
  std::vector<Target> targets;
  if (from_files) {
    NOIZY_RETURN_IF_ERROR(AddFiles(invocation, *session, *discovery, targets));
  } else if (words[0].find('/') != std::string::npos) {
    NOIZY_RETURN_IF_ERROR(AddSlashed(*session, *discovery, flags, words, targets));
  } else {
    NOIZY_RETURN_IF_ERROR(AddKinds(*session, *discovery, flags, words, targets));
  }
  return targets;
}

Result<std::vector<Target>> SelectedTargets(Invocation& invocation,
                                            const std::vector<std::string>& words) {
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Target> named, NamedTargets(invocation, words));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  const ListQuery query = QueryOf(invocation.flags());
  const bool selects = !query.label_selector.empty() || !query.field_selector.empty() ||
                       invocation.flags().On("all");
  std::vector<Target> targets;
  for (const Target& target : named) {
    if (!target.name.empty()) {
      if (selects) return WrongUsage("give names or a selector, not both");
      targets.push_back(target);
      continue;
    }
    if (!selects) {
      return WrongUsage("which " + target.kind.resource.plural +
                        "? Give names, a selector (-l, --field-selector) or --all");
    }
    NOIZY_RETURN_IF_ERROR(AddListed(*session, target, query, targets));
  }
  return targets;
}

Result<std::vector<Manifest>> SelectedManifests(Invocation& invocation) {
  NOIZY_ASSIGN_OR_RETURN(const Selector selector,
                         ParseLabelSelector(invocation.flags().Text("selector")));
  NOIZY_ASSIGN_OR_RETURN(std::vector<Manifest> manifests, NamedManifests(invocation));
  std::erase_if(manifests, [&selector](const Manifest& manifest) {
    return !selector.Matches(LabelsOf(manifest.object));
  });
  return manifests;
}

Result<std::string> NamespaceFor(Session& session, const ServedKind& kind, const Value& object,
                                 const std::string& origin) {
  if (!kind.resource.namespaced) return std::string();
  const std::string_view own = NamespaceOf(object);
  if (own.empty()) return session.ns();
  if (session.ns_given() && own != session.ns()) {
    return BadRequest(origin + ": metadata.namespace is \"" + std::string(own) +
                      "\", but -n says \"" + session.ns() + "\": drop one of the two");
  }
  return std::string(own);
}

ListQuery QueryOf(const FlagValues& flags) {
  ListQuery query;
  query.label_selector = flags.Text("selector");
  query.field_selector = flags.Text("field-selector");
  return query;
}

}  // namespace noizy::cli
