#include "controllers/garbage_collector/object_graph.h"

#include <algorithm>

namespace noizy::garbage_collector {

bool Node::HasFinalizer(std::string_view name) const {
  return std::ranges::find(metadata.finalizers, name) != metadata.finalizers.end();
}

bool Node::WaitsForDependents() const {
  return metadata.BeingDeleted() && HasFinalizer(kForegroundFinalizer);
}

std::string Node::ToString() const {
  return resource.Resource() + " " + metadata.Key().ToString();
}

void ObjectGraph::Put(Node node) {
  const std::string uid = node.metadata.uid;
  NodePtr& slot = nodes_[uid];
  if (slot) Unlink(*slot);
  slot = std::make_shared<const Node>(std::move(node));
  for (const OwnerReference& owner : slot->metadata.owner_references) {
    dependents_[owner.uid].insert(uid);
  }
}

void ObjectGraph::Remove(const std::string& uid) {
  const auto found = nodes_.find(uid);
  if (found == nodes_.end()) return;
  Unlink(*found->second);
  nodes_.erase(found);
}

void ObjectGraph::Unlink(const Node& node) {
  for (const OwnerReference& owner : node.metadata.owner_references) {
    const auto entry = dependents_.find(owner.uid);
    if (entry == dependents_.end()) continue;
    entry->second.erase(node.metadata.uid);
    if (entry->second.empty()) dependents_.erase(entry);
  }
}

NodePtr ObjectGraph::Find(const std::string& uid) const {
  const auto found = nodes_.find(uid);
  return found == nodes_.end() ? nullptr : found->second;
}

std::vector<NodePtr> ObjectGraph::DependentsOf(const std::string& uid) const {
  std::vector<NodePtr> found;
  const auto entry = dependents_.find(uid);
  if (entry == dependents_.end()) return found;
  for (const std::string& dependent : entry->second) found.push_back(nodes_.at(dependent));
  return found;
}

}  // namespace noizy::garbage_collector
