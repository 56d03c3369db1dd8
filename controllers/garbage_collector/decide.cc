#include "controllers/garbage_collector/decide.h"

#include <algorithm>

namespace noizy::garbage_collector {
namespace {

bool Blocks(const Node& dependent, const std::string& owner_uid) {
  return std::ranges::any_of(dependent.metadata.owner_references, [&](const OwnerReference& owner) {
    return owner.uid == owner_uid && owner.block_owner_deletion;
  });
}

Plan RemoveFinalizer(std::string_view finalizer) {
  Plan plan;
  plan.write = Plan::Write::kRemoveFinalizer;
  plan.finalizer = finalizer;
  return plan;
}

// Being deleted already: what is left is to let it go, when its dependents are dealt with.
Plan DecideDying(const Observed& seen) {
  Plan plan;
  const Node& node = *seen.node;
  const bool orphan = node.HasFinalizer(kOrphanFinalizer);
  if (!orphan && !node.HasFinalizer(kForegroundFinalizer)) return plan;
  if (!seen.complete) {
    // A dependent that is not known yet would be deleted after all, or outlive its owner.
    plan.look_again = kIncompleteInterval;
    return plan;
  }
  if (orphan) {
    plan = RemoveFinalizer(kOrphanFinalizer);
    plan.to_orphan = seen.dependents;
    return plan;
  }
  // Dependents see that their owner waits, and delete themselves; the last one's event leads here.
  const bool blocked = std::ranges::any_of(seen.dependents, [&](const NodePtr& dependent) {
    return Blocks(*dependent, node.metadata.uid);
  });
  return blocked ? plan : RemoveFinalizer(kForegroundFinalizer);
}

std::vector<OwnerReference> OwnersThat(const Observed& seen, auto keep) {
  std::vector<OwnerReference> kept;
  for (std::size_t i = 0; i < seen.owners.size(); ++i) {
    if (keep(seen.owners[i])) kept.push_back(seen.node->metadata.owner_references[i]);
  }
  return kept;
}

Plan Delete(std::string_view policy) {
  Plan plan;
  plan.write = Plan::Write::kDelete;
  plan.propagation_policy = policy;
  return plan;
}

// The policy somebody has asked for by a finalizer; by default dependents follow later.
std::string_view PolicyOf(const Node& node) {
  if (node.HasFinalizer(kOrphanFinalizer)) return "Orphan";
  if (node.HasFinalizer(kForegroundFinalizer)) return "Foreground";
  return "Background";
}

// Its owner waits for it, and it has dependents of its own: they go first. Unless one of them waits
// for its own dependents already: then this may be a circle, which is opened by no longer holding
// up the owners.
Plan DecideWithWaitingOwner(const Observed& seen) {
  const bool circle = std::ranges::any_of(
      seen.dependents, [](const NodePtr& dependent) { return dependent->WaitsForDependents(); });
  std::vector<OwnerReference> unblocked = seen.node->metadata.owner_references;
  for (OwnerReference& owner : unblocked) owner.block_owner_deletion = false;
  if (!circle || unblocked == seen.node->metadata.owner_references) return Delete("Foreground");
  Plan plan;
  plan.write = Plan::Write::kSetOwners;
  plan.owners = std::move(unblocked);
  return plan;
}

}  // namespace

Plan Decide(const Observed& seen) {
  if (seen.node->metadata.BeingDeleted()) return DecideDying(seen);
  Plan plan;
  if (seen.owners.empty()) return plan;
  const auto count = [&](OwnerState state) { return std::ranges::count(seen.owners, state); };
  plan.warn_out_of_reach = count(OwnerState::kOutOfReach) > 0;
  if (count(OwnerState::kUnknown) > 0) {
    plan.look_again = kUnknownOwnerInterval;
    return plan;
  }
  if (count(OwnerState::kOutOfReach) > 0) return plan;
  if (count(OwnerState::kPresent) > 0) {
    std::vector<OwnerReference> present =
        OwnersThat(seen, [](OwnerState state) { return state == OwnerState::kPresent; });
    if (present.size() == seen.owners.size()) return plan;
    plan.write = Plan::Write::kSetOwners;
    plan.owners = std::move(present);
    return plan;
  }
  if (count(OwnerState::kWaiting) > 0 && !seen.dependents.empty()) {
    return DecideWithWaitingOwner(seen);
  }
  return Delete(PolicyOf(*seen.node));
}

}  // namespace noizy::garbage_collector
