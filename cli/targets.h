// Which objects a command is about: words ("tasks a b", "task/a node/m1", "tasks,nodes"), files,
// selectors.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/kinds.h"
#include "cli/manifests.h"
#include "machinery/client/client.h"

namespace noizy::cli {

/// One object, or (without a name) the objects of a kind in a namespace.
struct Target {
  ServedKind kind;
  std::string ns;  // "" for cluster-scoped kinds and for all namespaces
  std::string name;
  std::string subresource = {};  // "status" or "scale" in the object's place

  ObjectKey Key() const { return {ns, name}; }
  std::string Path() const {
    return kind.resource.Path(ns, name) + (subresource.empty() ? "" : "/" + subresource);
  }
  std::string Shown() const { return cli::Shown(kind, name); }
};

/// The selection flags: -f, -R, -l, --field-selector, --all, -A. Commands put those they take into
/// their own table.
inline constexpr Flag kFilenameFlag{"filename", 'f', FlagKind::kList, "FILE",
                                    "a file, a folder, or - for standard input"};
inline constexpr Flag kRecursiveFlag{"recursive", 'R', FlagKind::kSwitch, "",
                                     "folders below those named with -f, too"};
inline constexpr Flag kSelectorFlag{"selector", 'l', FlagKind::kText, "LABELS",
                                    "objects with these labels: a=b,c!=d,e in (f,g),!h"};
inline constexpr Flag kFieldSelectorFlag{"field-selector", 0, FlagKind::kText, "FIELDS",
                                         "objects with these fields: status.phase=Failed"};
inline constexpr Flag kAllNamespacesFlag{"all-namespaces", 'A', FlagKind::kSwitch, "",
                                         "in every namespace"};

/// The targets that `words` (the invocation's own, or what a command left of them) and -f name.
/// Wrong usage when they name nothing or mix forms.
Result<std::vector<Target>> NamedTargets(Invocation& invocation,
                                         const std::vector<std::string>& words);
Result<std::vector<Target>> NamedTargets(Invocation& invocation);

/// As NamedTargets, but kinds without a name become the objects that the selectors match; without a
/// selector they need --all.
Result<std::vector<Target>> SelectedTargets(Invocation& invocation,
                                            const std::vector<std::string>& words);
Result<std::vector<Target>> SelectedTargets(Invocation& invocation);

/// The manifests that -f and -R name and -l selects.
Result<std::vector<Manifest>> SelectedManifests(Invocation& invocation);

/// The namespace of an object of a manifest. BadRequest when -n says another than the object.
Result<std::string> NamespaceFor(Session& session, const ServedKind& kind, const Value& object,
                                 const std::string& origin);

/// The query of a list or watch by the selection flags.
ListQuery QueryOf(const FlagValues& flags);

}  // namespace noizy::cli
