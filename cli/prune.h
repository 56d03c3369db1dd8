// apply --prune: deleting what was applied once and is in no file any more.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/targets.h"
#include "cli/writing.h"

namespace noizy::cli {

/// What an apply has touched.
struct Applied {
  std::set<std::string> uids;
  std::set<std::string> namespaces;
};

/// Deletes the objects of the kinds allowed (--prune-allowlist, else those that people declare:
/// ConfigMaps, Secrets and noizy's own) in the namespaces touched, that -l selects, that apply has
/// made, and that are not among those touched. Kinds without namespaces are left alone when -n was
/// given.
Status Prune(Invocation& invocation, const Writing& writing, const Applied& applied);

}  // namespace noizy::cli
