#include "apiserver/definitions/definition_server.h"

#include <algorithm>

#include "apiserver/definitions/accept_names.h"
#include "apiserver/resources/encode.h"
#include "machinery/base/log.h"
#include "machinery/meta/meta.h"
#include "machinery/meta/time.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kResource = "customresourcedefinitions.apiextensions.k8s.io";
// Only to be told that there is something new: a round reads everything anyway.
constexpr std::size_t kEventsPerLook = 256;

std::string ResourceOf(const Value& definition) {
  return std::string(NameOf(definition));  // plural.group, as admission sees to
}

// The definition under the names it got, which is what clients may use.
Value WithAcceptedNames(const Value& definition, const Value& status) {
  Value named = definition;
  Set(named, {"spec", "names"}, *Find(status, {"acceptedNames"}));
  Set(named, {"status"}, status);
  return named;
}

// A kind to delete the objects by: also one of a definition that serves no version any more.
KindPtr AnyKindOf(const Value& definition) {
  Value served = definition;
  if (Array* versions = Ensure(served, {"spec", "versions"}).if_array()) {
    for (Value& version : *versions) Set(version, {"served"}, true);
  }
  const auto kinds = KindsOfDefinition(served);
  return kinds.ok() && !kinds->empty() ? kinds->front() : nullptr;
}

bool HasFinalizer(const Value& definition) {
  const std::vector<std::string> finalizers = FinalizersOf(definition);
  return std::ranges::find(finalizers, kDefinitionFinalizer) != finalizers.end();
}

Result<bool> RemoveFinalizer(Value& definition) {
  Array* finalizers = Ensure(definition, {"metadata", "finalizers"}).if_array();
  if (finalizers == nullptr) return false;
  const auto is_ours = [](const Value& each) {
    return each.is_string() && View(each.get_string()) == kDefinitionFinalizer;
  };
  const auto found = std::ranges::find_if(*finalizers, is_ours);
  if (found == finalizers->end()) return false;
  finalizers->erase(found);
  return true;
}

}  // namespace

DefinitionServer::DefinitionServer(DefinitionServerOptions options)
    : options_(options),
      builtin_(*options.kinds.Snapshot()),
      kind_(builtin_.FindByName(kResource)) {}

void DefinitionServer::Start() {
  if (kind_ == nullptr) return;  // a server without definitions
  Follow();
  Refresh();
}

void DefinitionServer::PostRefresh() {
  options_.executor.Post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Refresh();
  });
}

void DefinitionServer::Follow() {
  auto watch = options_.store.Watch({std::string(kResource), "", ""}, options_.store.Revision(),
                                    [weak = weak_from_this()] {
                                      if (const auto self = weak.lock()) self->PostRefresh();
                                    });
  if (!watch.ok()) {
    LogError("Could not follow definitions", {{"error", watch.status().ToString()}});
    watch_.reset();
    return;
  }
  watch_ = *std::move(watch);
}

void DefinitionServer::Refresh() {
  // Takes what is there until the watch is armed, so that nothing after this look is missed.
  while (watch_ != nullptr) {
    const Result<StoreWatch::Batch> batch = watch_->Next(kEventsPerLook);
    if (!batch.ok()) Follow();
    if (batch.ok() && batch->events.empty()) break;
  }
  std::vector<Definition> definitions = ReadDefinitions();
  Judge(definitions);
  for (Definition& definition : definitions) Compile(definition);
  Serve(definitions);
  for (const Definition& definition : definitions) {
    const Value* status = Find(definition.object, {"status"});
    if (status == nullptr || !Equal(*status, definition.status)) WriteStatus(definition);
    if (IsBeingDeleted(definition.object) && HasFinalizer(definition.object)) Empty(definition);
  }
}

std::vector<DefinitionServer::Definition> DefinitionServer::ReadDefinitions() {
  std::vector<Definition> definitions;
  const Result<Listing> listing = options_.store.List({std::string(kResource), "", ""}, {});
  if (!listing.ok()) return definitions;
  for (const StoredObjectPtr& stored : listing->items) {
    Result<Value> object = DecodeObject(*stored);
    if (!object.ok()) {
      LogError("Could not read a definition", {{"definition", stored->key.name}});
      continue;
    }
    definitions.push_back({stored->key.name, stored->revision, *std::move(object), {}, {}});
  }
  return definitions;
}

// Each sees what the others have accepted, those before it in their new state.
void DefinitionServer::Judge(std::vector<Definition>& definitions) const {
  const std::string now = FormatTime(options_.clock.Now());
  for (Definition& definition : definitions) {
    if (const Value* status = Find(definition.object, {"status"})) definition.status = *status;
  }
  for (Definition& definition : definitions) {
    const std::string_view group = StringAt(definition.object, {"spec", "group"});
    NamesInUse others;
    for (const KindPtr& kind : builtin_.kinds()) {
      if (kind->gvk.group == group) others.AddKind(*kind);
    }
    for (const Definition& other : definitions) {
      if (&other != &definition && StringAt(other.object, {"spec", "group"}) == group)
        others.AddAccepted(other.status);
    }
    definition.status = NextStatus(definition.object, others, now);
  }
}

void DefinitionServer::Compile(Definition& definition) {
  if (!IsEstablished(definition.status)) return;
  auto& [revision, kinds] = compiled_[definition.name];
  if (revision != definition.revision) {
    auto compiled = KindsOfDefinition(WithAcceptedNames(definition.object, definition.status));
    if (!compiled.ok()) {
      LogError("Could not serve a definition",
               {{"definition", definition.name}, {"error", compiled.status().ToString()}});
      return;
    }
    revision = definition.revision;
    kinds = *std::move(compiled);
  }
  definition.kinds = kinds;
}

void DefinitionServer::Serve(const std::vector<Definition>& definitions) {
  std::erase_if(compiled_, [&](const auto& entry) {
    return std::ranges::none_of(definitions,
                                [&](const Definition& each) { return each.name == entry.first; });
  });
  std::vector<KindPtr> kinds;
  for (const Definition& definition : definitions)
    kinds.insert(kinds.end(), definition.kinds.begin(), definition.kinds.end());
  KindRegistry registry = builtin_.With(kinds);
  if (registry.kinds() == options_.kinds.Snapshot()->kinds()) return;
  options_.kinds.Replace(registry);
  options_.watches.Follow([&registry](const Kind& kind) {
    return registry.FindByResource(kind.gvk.group, kind.gvk.version, kind.plural);
  });
}

void DefinitionServer::WriteStatus(const Definition& definition) {
  auto change = [before = definition.object,
                 status = definition.status](Value& current) -> Result<bool> {
    // Somebody wrote meanwhile: the next round decides on what it wrote.
    if (ResourceVersionOf(current).ValueOr(0) != ResourceVersionOf(before).ValueOr(0)) return false;
    Set(current, {"status"}, status);
    return true;
  };
  options_.writer.Update(kind_, {std::string(kResource), "", definition.name}, Subresource::kStatus,
                         std::move(change), {},
                         [name = definition.name](const Result<WriteOutcome>& outcome) {
                           if (outcome.ok() || outcome.status().reason() == StatusReason::kNotFound)
                             return;
                           LogError("Could not write a definition's status",
                                    {{"definition", name}, {"error", outcome.status().ToString()}});
                         });
}

void DefinitionServer::Empty(const Definition& definition) {
  const std::string resource = ResourceOf(definition.object);
  if (deleting_.contains(resource)) return;
  const Result<Listing> listing = options_.store.List({resource, "", ""}, {});
  if (!listing.ok()) return;
  if (listing->items.empty()) return Release(definition.name);
  std::vector<StoreKey> keys;
  for (const StoredObjectPtr& object : listing->items) {
    const Result<Value> tree = DecodeObject(*object);
    if (!tree.ok() || !IsBeingDeleted(*tree)) keys.push_back(object->key);
  }
  if (keys.empty()) return AwaitObjects(resource, listing->revision);
  DeleteObjects(definition, keys);
}

void DefinitionServer::DeleteObjects(const Definition& definition,
                                     const std::vector<StoreKey>& keys) {
  const KindPtr kind =
      definition.kinds.empty() ? AnyKindOf(definition.object) : definition.kinds.front();
  if (kind == nullptr) return;
  const std::string resource = ResourceOf(definition.object);
  deleting_[resource] = keys.size();
  for (const StoreKey& key : keys) {
    auto done = [weak = weak_from_this(), resource](const Result<WriteOutcome>&) {
      const auto self = weak.lock();
      if (self == nullptr) return;
      self->options_.executor.Post([weak, resource] {
        const auto self = weak.lock();
        if (self == nullptr || --self->deleting_[resource] > 0) return;
        self->deleting_.erase(resource);
        self->Refresh();
      });
    };
    options_.writer.Delete(kind, key, {}, {}, std::move(done));
  }
}

void DefinitionServer::AwaitObjects(const std::string& resource, std::int64_t revision) {
  auto watch = options_.store.Watch({resource, "", ""}, revision, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->PostRefresh();
  });
  if (!watch.ok()) return PostRefresh();
  awaited_[resource] = *std::move(watch);
  const Result<StoreWatch::Batch> batch = awaited_[resource]->Next(kEventsPerLook);
  if (!batch.ok() || !batch->events.empty()) PostRefresh();
}

void DefinitionServer::Release(const std::string& name) {
  awaited_.erase(name);
  options_.writer.Update(kind_, {std::string(kResource), "", name}, Subresource::kNone,
                         RemoveFinalizer, {}, [](const Result<WriteOutcome>&) {});
}

}  // namespace noizy::apiserver
