#include "controllers/garbage_collector/reconciler.h"

#include <algorithm>
#include <utility>

#include "machinery/base/log.h"
#include "machinery/controller/object_writes.h"

namespace noizy::garbage_collector {
namespace {

// The group of "noizy.dev/v1"; "" for "v1".
std::string_view GroupOf(std::string_view api_version) {
  const auto slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

// Whether `node` is what a reference of an object in `ns` names.
bool IsNamedBy(const Node& node, const OwnerReference& owner, const std::string& ns) {
  return node.kind == owner.kind && node.resource.group == GroupOf(owner.api_version) &&
         node.metadata.name == owner.name && (!node.resource.namespaced || node.metadata.ns == ns);
}

OwnerState StateOfPresent(bool waits) {
  return waits ? OwnerState::kWaiting : OwnerState::kPresent;
}

ObjectReference ReferenceToNode(const Node& node) {
  return {GroupVersionKind{node.resource.group, node.resource.version, {}}.ApiVersion(),
          node.kind,
          node.metadata.ns,
          node.metadata.name,
          node.metadata.uid,
          node.metadata.resource_version};
}

Status GoneIsFine(const Status& status) {
  return status.reason() == StatusReason::kNotFound ? Status::Ok() : status;
}

}  // namespace

GarbageCollector::GarbageCollector(const ControllerContext& context,
                                   ObjectSourceFactory metadata_sources)
    : context_(context),
      monitors_(std::move(metadata_sources), {[this](const auto& uids) { Changed(uids); },
                                              [this] { DiscoverIn(kDiscoveryDelay); }}),
      alive_(std::make_shared<bool>(true)) {}

GarbageCollector::~GarbageCollector() {
  *alive_ = false;
  monitors_.Stop();
}

void GarbageCollector::Follow(Controller& controller) {
  controller_ = &controller;
  context_.executor.Post([this, alive = alive_] {
    if (*alive) DiscoverIn(Duration::zero());
  });
}

void GarbageCollector::DiscoverIn(Duration delay) {
  context_.executor.Cancel(discovery_timer_);
  discovery_timer_ = context_.executor.PostAfter(delay, [this, alive = alive_] {
    if (!*alive) return;
    DiscoverIn(kDiscoveryInterval);
    Discover();
  });
}

// Until the next time the kinds known so far are followed: a server in trouble must not look like
// one without objects.
void GarbageCollector::Discover() {
  Result<Discovery> fetched = Discovery::Fetch(context_.client);
  const bool failed_before = std::exchange(discovery_failed_, !fetched.ok());
  if (!fetched.ok()) {
    if (!failed_before) {
      LogWarning("Failed to ask for the server's kinds, will retry",
                 {{"controller", std::string(name())}, {"error", fetched.status().ToString()}});
    }
    return;
  }
  discovery_ = *std::move(fetched);
  monitors_.Follow(discovery_);
}

void GarbageCollector::Changed(const std::vector<std::string>& uids) {
  std::vector<ObjectKey> keys;
  keys.reserve(uids.size());
  for (const std::string& uid : uids) keys.push_back({"", uid});
  if (controller_ != nullptr) controller_->Enqueue(keys);
}

Result<Requeue> GarbageCollector::Reconcile(const ObjectKey& key) {
  // Read
  NodePtr node = monitors_.graph().Find(key.name);
  if (!node) return Requeue::None();
  // Gather
  NOIZY_ASSIGN_OR_RETURN(const Observed seen, Gather(std::move(node)));
  // Decide
  const Plan plan = Decide(seen);
  // Act
  NOIZY_RETURN_IF_ERROR(Act(seen, plan));
  // Report
  if (plan.warn_out_of_reach) {
    context_.events.Warning(ReferenceToNode(*seen.node), "OwnerRefInvalidNamespace",
                            "A cluster-scoped object cannot have a namespaced owner");
  }
  return plan.look_again ? Requeue::After(*plan.look_again) : Requeue::None();
}

Result<Observed> GarbageCollector::Gather(NodePtr node) {
  Observed seen;
  seen.dependents = monitors_.graph().DependentsOf(node->metadata.uid);
  std::erase(seen.dependents, node);  // what names itself as its owner does not wait for itself
  seen.complete = monitors_.HasSynced();
  if (!node->metadata.BeingDeleted()) {
    for (const OwnerReference& owner : node->metadata.owner_references) {
      NOIZY_ASSIGN_OR_RETURN(const OwnerState state, StateOf(*node, owner));
      seen.owners.push_back(state);
    }
  }
  seen.node = std::move(node);
  return seen;
}

Result<OwnerState> GarbageCollector::StateOf(const Node& node, const OwnerReference& owner) {
  const NodePtr known = monitors_.graph().Find(owner.uid);
  if (known && IsNamedBy(*known, owner, node.metadata.ns)) {
    return StateOfPresent(known->WaitsForDependents());
  }
  return AskServer(node, owner);
}

// Kinds are listed and watched apart, so an owner may exist before its news has come: what is to be
// deleted for its absence is asked for.
Result<OwnerState> GarbageCollector::AskServer(const Node& node, const OwnerReference& owner) {
  const DiscoveredResource* kind = discovery_.FindByKind(owner.api_version, owner.kind);
  if (kind == nullptr) return OwnerState::kUnknown;
  if (kind->resource.namespaced && !node.resource.namespaced) return OwnerState::kOutOfReach;
  const ObjectKey key{kind->resource.namespaced ? node.metadata.ns : std::string(), owner.name};
  const Result<Value> found = context_.client.Get(kind->resource, key);
  if (found.status().reason() == StatusReason::kNotFound) return OwnerState::kAbsent;
  if (!found.ok()) return found.status();
  if (UidOf(*found) != owner.uid) return OwnerState::kAbsent;
  const std::vector<std::string> finalizers = FinalizersOf(*found);
  return StateOfPresent(IsBeingDeleted(*found) &&
                        std::ranges::find(finalizers, kForegroundFinalizer) != finalizers.end());
}

Status GarbageCollector::Act(const Observed& seen, const Plan& plan) {
  const Node& node = *seen.node;
  for (const NodePtr& dependent : plan.to_orphan) {
    NOIZY_RETURN_IF_ERROR(Orphan(*dependent, node.metadata.uid));
  }
  switch (plan.write) {
    case Plan::Write::kNone:
      return Status::Ok();
    case Plan::Write::kSetOwners:
      return SetOwners(node, plan.owners);
    case Plan::Write::kRemoveFinalizer:
      return RemoveFinalizer(context_.client, node.resource, node.metadata, plan.finalizer, name());
    case Plan::Write::kDelete:
      break;
  }
  DeleteOptions options;
  options.uid = node.metadata.uid;
  // Also the version: whoever gave it another owner meanwhile wins.
  options.resource_version = node.metadata.resource_version;
  options.propagation_policy = plan.propagation_policy;
  const Status deleted =
      context_.client.Delete(node.resource, node.metadata.Key(), options).status();
  if (deleted.ok()) LogInfo("Deleted what has lost its owners", {{"object", node.ToString()}});
  return GoneIsFine(deleted);
}

Status GarbageCollector::Orphan(const Node& dependent, const std::string& owner_uid) {
  std::vector<OwnerReference> rest = dependent.metadata.owner_references;
  std::erase_if(rest, [&](const OwnerReference& owner) { return owner.uid == owner_uid; });
  return SetOwners(dependent, rest);
}

Status GarbageCollector::SetOwners(const Node& node, const std::vector<OwnerReference>& owners) {
  ObjectMeta metadata;
  metadata.owner_references = owners;
  const Value written = metadata.ToValue();
  const Value* references = Find(written, {"ownerReferences"});
  const Value patch = Object{
      {"metadata", Object{{"uid", node.metadata.uid},
                          {"resourceVersion", node.metadata.resource_version},
                          {"ownerReferences", references == nullptr ? Value() : *references}}}};
  return GoneIsFine(
      context_.client
          .Patch(node.resource, node.metadata.Key(), PatchType::kMerge, patch, ManagedBy(name()))
          .status());
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context,
                                           ObjectSourceFactory metadata_sources) {
  auto collector = std::make_unique<GarbageCollector>(context, std::move(metadata_sources));
  GarbageCollector& follower = *collector;
  auto controller = std::make_unique<Controller>(context, std::move(collector));
  follower.Follow(*controller);
  return controller;
}

}  // namespace noizy::garbage_collector
