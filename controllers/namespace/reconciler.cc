#include "controllers/namespace/reconciler.h"

#include <algorithm>
#include <set>
#include <utility>

#include "machinery/controller/object_writes.h"

namespace noizy::namespace_controller {
namespace {

bool IsContent(const DiscoveredResource& kind) {
  return kind.resource.namespaced && kind.HasVerb("list") && kind.HasVerb("deletecollection");
}

// One version of each resource: they are the same objects.
std::vector<ResourceRef> ContentKinds(const Discovery& discovery) {
  std::vector<ResourceRef> kinds;
  std::set<std::pair<std::string, std::string>> seen;
  for (const DiscoveredResource& kind : discovery.resources()) {
    if (IsContent(kind) && seen.emplace(kind.resource.group, kind.resource.plural).second) {
      kinds.push_back(kind.resource);
    }
  }
  return kinds;
}

std::string Told(const ResourceRef& resource, const Status& error) {
  return resource.Resource() + ": " + error.message();
}

}  // namespace

NamespaceReconciler::NamespaceReconciler(const ControllerContext& context)
    : client_(context.client),
      clock_(context.clock),
      namespaces_(context.informers.Get<Namespace>().lister()) {}

Result<Requeue> NamespaceReconciler::Reconcile(const ObjectKey& key) {
  // Read
  const auto object = namespaces_.Get(key);
  if (!object || !object->metadata.BeingDeleted() || !IsHeld(*object)) return Requeue::None();
  // Gather
  const Observed seen = Gather(*object);
  // Decide
  const Plan plan = Decide(seen);
  // Act
  const std::vector<std::string> failures = Empty(plan.to_empty, key.name);
  // Report
  NOIZY_RETURN_IF_ERROR(
      Report(*object, failures.empty() ? plan.status : WithFailures(plan.status, seen, failures)));
  if (plan.let_go) NOIZY_RETURN_IF_ERROR(Finalize(*object));
  if (!failures.empty()) return Unavailable("could not delete " + failures.front());
  return plan.look_again ? Requeue::After(*plan.look_again) : Requeue::None();
}

Observed NamespaceReconciler::Gather(const Namespace& object) {
  Observed seen;
  seen.object = object;
  seen.now = clock_.Now();
  const Result<Discovery> discovery = Discovery::Fetch(client_);
  if (!discovery.ok()) {
    seen.discovery_failure = discovery.status().message();
    return seen;
  }
  for (const ResourceRef& resource : ContentKinds(*discovery)) {
    Result<Content> content = ListContent(resource, object.metadata.name);
    if (content.status().reason() == StatusReason::kNotFound) continue;  // the kind has just gone
    if (!content.ok()) {
      seen.content_failures.push_back(Told(resource, content.status()));
    } else if (content->count > 0) {
      seen.contents.push_back(*std::move(content));
    }
  }
  return seen;
}

Result<Content> NamespaceReconciler::ListContent(const ResourceRef& resource,
                                                 const std::string& ns) {
  ListQuery query;
  query.metadata_only = true;
  NOIZY_ASSIGN_OR_RETURN(const ObjectList list, client_.List(resource, ns, query));
  Content content;
  content.resource = resource;
  content.count = static_cast<std::int64_t>(list.items.size());
  for (const Value& item : list.items) {
    if (!IsBeingDeleted(item)) ++content.not_yet_deleted;
    for (const std::string& finalizer : FinalizersOf(item)) ++content.finalizers[finalizer];
  }
  return content;
}

std::vector<std::string> NamespaceReconciler::Empty(const std::vector<ResourceRef>& resources,
                                                    const std::string& ns) {
  DeleteOptions options;
  options.propagation_policy = "Background";  // dependents are in the same Namespace, and go too
  std::vector<std::string> failures;
  for (const ResourceRef& resource : resources) {
    const Status deleted = client_.DeleteCollection(resource, ns, {}, options);
    if (!deleted.ok()) failures.push_back(Told(resource, deleted));
  }
  return failures;
}

Status NamespaceReconciler::Report(const Namespace& object, const NamespaceStatus& status) {
  const Status written = PatchStatus(client_, object, status, name());
  return written.reason() == StatusReason::kNotFound ? Status::Ok() : written;
}

// On the version that was read: whoever wrote in between, the status just now among them, wins, and
// it is tried again with what stands there then.
Status NamespaceReconciler::Finalize(const Namespace& object) {
  const Status written = client_
                             .Update(ResourceOf<Namespace>(), object.metadata.Key(),
                                     LetGo(object).ToValue(), ManagedBy(name()), "finalize")
                             .status();
  return written.reason() == StatusReason::kNotFound ? Status::Ok() : written;
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context) {
  auto controller =
      std::make_unique<Controller>(context, std::make_unique<NamespaceReconciler>(context));
  controller->For<Namespace>();
  return controller;
}

}  // namespace noizy::namespace_controller
