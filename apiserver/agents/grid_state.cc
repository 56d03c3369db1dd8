#include "apiserver/agents/grid_state.h"

#include "apiserver/resources/encode.h"
#include "kinds/namespace.h"
#include "machinery/schema/kind.h"

namespace noizy::apiserver {
namespace {

template <typename T>
KindPtr KindOf() {
  return BuiltinKinds().FindByKind(
      {std::string(T::kGroup), std::string(T::kVersion), std::string(T::kKind)});
}

template <typename T>
StoreKey StoreKeyOf(const ObjectKey& key) {
  return {std::string(T::kResource), key.ns, key.name};
}

template <typename T>
Result<T> Read(const Store& store, const ObjectKey& key) {
  const StoredObjectPtr stored = store.Get(StoreKeyOf<T>(key));
  if (stored == nullptr) return NotFound(T::kResource, key.name);
  NOIZY_ASSIGN_OR_RETURN(const Value value, DecodeObject(*stored));
  return T::FromValue(value);
}

// The agents' side of the control plane owns what it writes under one name, whichever agent told
// it.
WritePolicy ByAgents() {
  WritePolicy policy;
  policy.manager = "noizy-agents";
  return policy;
}

WriteDone StatusOf(GridState::Done done) {
  return [done = std::move(done)](const Result<WriteOutcome>& outcome) { done(outcome.status()); };
}

template <typename T>
void Create(ObjectWriter& writer, const T& object, GridState::Done done) {
  writer.Create(KindOf<T>(), object.ToValue(), ByAgents(), StatusOf(std::move(done)));
}

template <typename T>
void ChangeStatus(ObjectWriter& writer, const ObjectKey& key, GridState::Change<T> change,
                  GridState::Done done) {
  const auto change_value = [change = std::move(change)](Value& value) -> Result<bool> {
    NOIZY_ASSIGN_OR_RETURN(T object, T::FromValue(value));
    NOIZY_ASSIGN_OR_RETURN(const bool changed, change(object));
    if (changed) Set(value, {"status"}, WriteStruct(object.status));
    return changed;
  };
  writer.Update(KindOf<T>(), StoreKeyOf<T>(key), Subresource::kStatus, change_value, ByAgents(),
                StatusOf(std::move(done)));
}

}  // namespace

Result<Node> GridState::ReadNode(const std::string& name) const {
  return Read<Node>(store_, {"", name});
}
Result<Task> GridState::ReadTask(const ObjectKey& key) const {
  return Read<Task>(store_, key);
}
Result<Secret> GridState::ReadSecret(const ObjectKey& key) const {
  return Read<Secret>(store_, key);
}

void GridState::ChangeNodeStatus(const std::string& name, Change<Node> change, Done done) {
  ChangeStatus<Node>(writer_, {"", name}, std::move(change), std::move(done));
}

void GridState::ChangeTaskStatus(const ObjectKey& key, Change<Task> change, Done done) {
  ChangeStatus<Task>(writer_, key, std::move(change), std::move(done));
}

void GridState::CreateNode(const Node& node, Done done) {
  Create(writer_, node, std::move(done));
}
void GridState::CreateSecret(const Secret& secret, Done done) {
  Create(writer_, secret, std::move(done));
}

void GridState::CreateNamespace(const std::string& name, Done done) {
  Namespace object;
  object.metadata.name = name;
  Create(writer_, object, std::move(done));
}

void GridState::DeleteSecret(const Secret& secret, Done done) {
  Deletion deletion;
  deletion.uid = secret.metadata.uid;
  deletion.resource_version = secret.metadata.resource_version;
  writer_.Delete(KindOf<Secret>(), StoreKeyOf<Secret>(secret.metadata.Key()), deletion, ByAgents(),
                 StatusOf(std::move(done)));
}

std::string_view FieldOf(const StoredObject& object, std::string_view field) {
  for (const auto& [path, value] : object.attributes.fields) {
    if (path == field) return value;
  }
  return {};
}

}  // namespace noizy::apiserver
