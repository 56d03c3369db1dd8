#include "controllers/garbage_collector/monitors.h"

#include <algorithm>
#include <set>
#include <utility>

namespace noizy::garbage_collector {
namespace {

constexpr std::string_view kDefinitions = "customresourcedefinitions";

bool IsFollowed(const DiscoveredResource& kind) {
  return kind.resource.plural != "events" && kind.HasVerb("delete") && kind.HasVerb("list") &&
         kind.HasVerb("watch");
}

}  // namespace

void Monitors::Follow(const Discovery& discovery) {
  std::map<ResourceRef, const DiscoveredResource*> wanted;
  std::set<std::pair<std::string, std::string>> seen;
  for (const DiscoveredResource& kind : discovery.resources()) {
    // One version of each: they are the same objects.
    if (IsFollowed(kind) && seen.emplace(kind.resource.group, kind.resource.plural).second) {
      wanted[kind.resource] = &kind;
    }
  }
  std::erase_if(informers_, [&](const auto& entry) {
    if (wanted.contains(entry.first)) return false;
    Drop(*entry.second);
    return true;
  });
  for (const auto& [resource, kind] : wanted) {
    if (!informers_.contains(resource)) Add(*kind);
  }
}

void Monitors::Add(const DiscoveredResource& kind) {
  auto informer = std::make_unique<PartialInformer>(kind.resource);
  informer->AddHandler([this, resource = kind.resource, name = kind.kind](
                           const PartialObject* before, const PartialObject* after) {
    Changed(resource, name, before, after);
  });
  informer->Start(sources_);
  informers_[kind.resource] = std::move(informer);
}

// The kind is gone from the server, and its objects with it.
void Monitors::Drop(PartialInformer& informer) {
  informer.Stop();
  informer.Replace({});
}

void Monitors::Stop() {
  for (const auto& [resource, informer] : informers_) informer->BeginStop();
  for (const auto& [resource, informer] : informers_) informer->Stop();
}

bool Monitors::HasSynced() const {
  return !informers_.empty() && std::ranges::all_of(informers_, [](const auto& entry) {
    return entry.second->HasSynced();
  });
}

void Monitors::Changed(const ResourceRef& resource, const std::string& kind,
                       const PartialObject* before, const PartialObject* after) {
  const ObjectMeta& metadata = (after != nullptr ? after : before)->metadata;
  if (after != nullptr) {
    graph_.Put({resource, kind, after->metadata});
  } else {
    graph_.Remove(metadata.uid);
  }
  std::vector<std::string> affected;
  if (after != nullptr && (!metadata.owner_references.empty() || metadata.BeingDeleted())) {
    affected.push_back(metadata.uid);
  }
  // Dependents act when their owner is gone, or waits for them.
  if (after == nullptr || metadata.BeingDeleted()) {
    for (const NodePtr& dependent : graph_.DependentsOf(metadata.uid)) {
      affected.push_back(dependent->metadata.uid);
    }
  }
  // Owners that wait act when the last dependent is gone, or no longer theirs.
  for (const PartialObject* version : {before, after}) {
    if (version == nullptr) continue;
    for (const OwnerReference& owner : version->metadata.owner_references) {
      const NodePtr node = graph_.Find(owner.uid);
      if (node && node->metadata.BeingDeleted()) affected.push_back(owner.uid);
    }
  }
  if (!affected.empty()) callbacks_.on_change(affected);
  if (resource.plural == kDefinitions) callbacks_.on_kinds_changed();
}

}  // namespace noizy::garbage_collector
