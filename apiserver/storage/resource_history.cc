#include "apiserver/storage/resource_history.h"

#include <algorithm>
#include <utility>

namespace noizy::apiserver {
namespace {

bool Matches(const Scope& scope, std::string_view ns, std::string_view name) {
  return (scope.ns.empty() || scope.ns == ns) && (scope.name.empty() || scope.name == name);
}

// A scope with a namespace is one stretch of the order, and with a name too, one object. This is
// where it ends.
bool Behind(const Scope& scope, const std::pair<std::string, std::string>& key) {
  const auto& [ns, name] = key;
  if (scope.ns.empty()) return false;
  return ns > scope.ns || (ns == scope.ns && !scope.name.empty() && name > scope.name);
}

}  // namespace

StoredObjectPtr ResourceHistory::Newest(std::string_view ns, std::string_view name) const {
  const auto found = objects_.find(NameLess::View(ns, name));
  return found == objects_.end() ? nullptr : found->second.Newest();
}

VersionChain& ResourceHistory::ChainOf(const StoreKey& key) {
  const auto found = objects_.find(NameLess::View(key.ns, key.name));
  if (found != objects_.end()) return found->second;
  return objects_[{key.ns, key.name}];
}

void ResourceHistory::AddBase(StoredObjectPtr object) {
  ChainOf(object->key).Append(object->revision, object);
}

void ResourceHistory::Apply(StoreEventPtr event, std::vector<Wake>& wakes) {
  const StoredObject& object = *event->object;
  const bool put = event->kind == WriteOp::Kind::kPut;
  ChainOf(object.key).Append(object.revision, put ? event->object : nullptr);

  const StoreKey& key = object.key;
  const NameLess::View scopes[] = {{"", ""}, {key.ns, ""}, {"", key.name}, {key.ns, key.name}};
  for (const NameLess::View& scope : scopes) WakeScope(scope, object.revision, wakes);
  events_.push_back(std::move(event));
}

void ResourceHistory::WakeScope(NameLess::View scope, std::int64_t revision,
                                std::vector<Wake>& wakes) {
  const auto found = armed_.find(scope);
  if (found == armed_.end()) return;
  for (WatchCursor* cursor : found->second) {
    cursor->armed = false;
    // Nothing in its scope happened while it was armed: this event is its next.
    cursor->revision = revision - 1;
    wakes.push_back(cursor->wake);
  }
  armed_.erase(found);
}

void ResourceHistory::Forget(const StoreEvent& event) {
  const StoreKey& key = event.object->key;
  const auto found = objects_.find(NameLess::View(key.ns, key.name));
  if (found != objects_.end()) {
    found->second.Forget(event.object->revision);
    if (found->second.Gone()) objects_.erase(found);
  }
  events_.pop_front();
}

ResourceHistory::Objects::const_iterator ResourceHistory::Start(const ListWalk& walk) const {
  const Scope& scope = walk.scope;
  const NameLess::View first(scope.ns, scope.ns.empty() ? "" : std::string_view(scope.name));
  const NameLess::View last(walk.position);
  return last < first || last == NameLess::View() ? objects_.lower_bound(first)
                                                  : objects_.upper_bound(last);
}

bool ResourceHistory::Walk(ListWalk& walk, std::size_t max_steps) const {
  auto entry = Start(walk);
  for (std::size_t step = 0; step < max_steps; ++step, ++entry) {
    if (entry == objects_.end() || Behind(walk.scope, entry->first)) return true;
    const auto& [ns, name] = entry->first;
    if (step + 1 == max_steps) walk.position = entry->first;
    if (!Matches(walk.scope, ns, name)) continue;
    StoredObjectPtr object = entry->second.At(walk.revision);
    if (object == nullptr) continue;
    if (walk.limit == 0 || walk.listing.items.size() < walk.limit) {
      walk.listing.items.push_back(std::move(object));
    } else {
      ++walk.listing.remaining;
    }
  }
  return false;
}

std::vector<StoreEventPtr> ResourceHistory::Advance(WatchCursor& cursor, std::size_t max,
                                                    std::int64_t current) const {
  std::vector<StoreEventPtr> events;
  auto next = std::upper_bound(events_.begin(), events_.end(), cursor.revision,
                               [](std::int64_t revision, const StoreEventPtr& event) {
                                 return revision < event->object->revision;
                               });
  for (; next != events_.end() && events.size() < max; ++next) {
    const StoreKey& key = (*next)->object->key;
    if (Matches(cursor.scope, key.ns, key.name)) events.push_back(*next);
  }
  cursor.revision = next == events_.end() ? current : events.back()->object->revision;
  return events;
}

void ResourceHistory::Arm(WatchCursor& cursor) {
  armed_[{cursor.scope.ns, cursor.scope.name}].insert(&cursor);
  cursor.armed = true;
}

void ResourceHistory::Disarm(WatchCursor& cursor) {
  const auto found = armed_.find({cursor.scope.ns, cursor.scope.name});
  if (found != armed_.end()) {
    found->second.erase(&cursor);
    if (found->second.empty()) armed_.erase(found);
  }
  cursor.armed = false;
}

}  // namespace noizy::apiserver
