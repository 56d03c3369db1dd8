// Who owns whom: every object the collector follows, by uid, with the references between them both
// ways.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/client/client.h"
#include "machinery/meta/object_meta.h"

namespace noizy::garbage_collector {

/// Set by the API server on a deletion with propagationPolicy Foreground: the object goes after its
/// dependents.
inline constexpr std::string_view kForegroundFinalizer = "foregroundDeletion";
/// … with propagationPolicy Orphan: its dependents stay, without a reference to it.
inline constexpr std::string_view kOrphanFinalizer = "orphan";

/// One object. Immutable.
struct Node {
  ResourceRef resource;
  std::string kind;
  ObjectMeta metadata;

  bool HasFinalizer(std::string_view name) const;
  /// Being deleted in the foreground: it waits for its dependents.
  bool WaitsForDependents() const;
  /// "widgets.test.noizy.dev default/a", for messages.
  std::string ToString() const;
};
using NodePtr = std::shared_ptr<const Node>;

/// One thread. Dependents of owners that are not (or no longer) in the graph are known too.
class ObjectGraph {
 public:
  /// Adds a node or replaces the one with its uid.
  void Put(Node node);
  void Remove(const std::string& uid);

  /// Null when there is none.
  NodePtr Find(const std::string& uid) const;
  /// The nodes that name `uid` as an owner, ordered by their uids.
  std::vector<NodePtr> DependentsOf(const std::string& uid) const;
  bool HasDependents(const std::string& uid) const { return dependents_.contains(uid); }
  std::size_t size() const { return nodes_.size(); }

 private:
  void Unlink(const Node& node);

  std::map<std::string, NodePtr> nodes_;
  std::map<std::string, std::set<std::string>> dependents_;  // owner's uid → uids
};

}  // namespace noizy::garbage_collector
