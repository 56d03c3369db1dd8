#include "machinery/patch/managed_fields.h"

#include <algorithm>
#include <tuple>

#include "machinery/patch/typed_fields.h"

namespace noizy {
namespace {

using Operation = ManagedFieldsEntry::Operation;

Value* EntriesOf(Value& object) {
  return Find(object, {"metadata", "managedFields"});
}

const Array* StoredEntriesOf(const Value& object) {
  return ArrayAt(object, {"metadata", "managedFields"});
}

// All of an entry but its fields.
Result<ManagedFieldsEntry> ReadHead(const Value& value) {
  ManagedFieldsEntry entry;
  const std::string_view operation = StringAt(value, {"operation"});
  if (operation != "Apply" && operation != "Update")
    return BadRequest("managedFields: operation must be Apply or Update");
  if (StringAt(value, {"fieldsType"}) != "FieldsV1")
    return BadRequest("managedFields: fieldsType must be FieldsV1");
  entry.operation = operation == "Apply" ? Operation::kApply : Operation::kUpdate;
  entry.manager = StringAt(value, {"manager"});
  entry.api_version = StringAt(value, {"apiVersion"});
  entry.time = StringAt(value, {"time"});
  entry.subresource = StringAt(value, {"subresource"});
  return entry;
}

Result<ManagedFieldsEntry> ReadEntry(const Value& value) {
  NOIZY_ASSIGN_OR_RETURN(ManagedFieldsEntry entry, ReadHead(value));
  if (const Value* fields = Find(value, {"fieldsV1"})) {
    NOIZY_ASSIGN_OR_RETURN(entry.fields, FieldSet::FromValue(*fields));
  }
  return entry;
}

// Takes the entries' fields out of `list`.
ManagedFields ReadStored(Array list) {
  ManagedFields entries;
  entries.reserve(list.size() + 1);
  for (Value& item : list) {
    Result<ManagedFieldsEntry> entry = ReadHead(item);
    if (!entry.ok()) return {};
    if (Value* fields = Find(item, {"fieldsV1"}))
      entry->fields = OwnedFields::FromStored(std::move(*fields));
    entries.push_back(*std::move(entry));
  }
  return entries;
}

Value WriteEntry(ManagedFieldsEntry entry) {
  Object out;
  out.reserve(7);
  if (!entry.manager.empty()) out.emplace("manager", entry.manager);
  out.emplace("operation", entry.operation == Operation::kApply ? "Apply" : "Update");
  if (!entry.api_version.empty()) out.emplace("apiVersion", entry.api_version);
  if (!entry.time.empty()) out.emplace("time", entry.time);
  out.emplace("fieldsType", "FieldsV1");
  out.emplace("fieldsV1", std::move(entry.fields).ToValue());
  if (!entry.subresource.empty()) out.emplace("subresource", entry.subresource);
  return out;
}

// RFC 3339 in UTC and whole seconds: the order of the texts is that of the times.
auto AgeOrder(const ManagedFieldsEntry& entry) {
  return std::tie(entry.operation, entry.time, entry.manager, entry.api_version, entry.subresource);
}

// One empty entry is how a client asks for all of them to be dropped.
bool AsksForReset(const Value& object) {
  const Array* list = ArrayAt(object, {"metadata", "managedFields"});
  return list != nullptr && list->size() == 1 && list->front().is_object() &&
         list->front().get_object().empty();
}

bool AreSame(const Array& stored, const Value& wanted) {
  const Array* list = wanted.if_array();
  if (list == nullptr || list->size() != stored.size()) return false;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (!Equal(stored[i], (*list)[i])) return false;
  }
  return true;
}

// What account to go on from. A client that does not know managedFields must not lose them, nor one
// that garbles them; most send them back as they are.
ManagedFields StartingPoint(const Value* before, Value& after, const FieldOwner& who) {
  const Array* stored = before == nullptr ? nullptr : StoredEntriesOf(*before);
  Value* wanted = EntriesOf(after);
  if (stored != nullptr && wanted != nullptr && AreSame(*stored, *wanted))
    return ReadStored(std::move(wanted->get_array()));
  if (who.subresource.empty()) {
    if (AsksForReset(after)) return {};
    Result<ManagedFields> edited = ManagedFieldsOf(after);
    if (edited.ok() && !edited->empty()) return *std::move(edited);
  }
  return stored == nullptr ? ManagedFields() : ReadStored(*stored);
}

ManagedFieldsEntry& EntryFor(const FieldOwner& who, ManagedFields& entries) {
  for (ManagedFieldsEntry& entry : entries) {
    if (entry.IsOf(who, Operation::kUpdate)) return entry;
  }
  return entries.emplace_back(
      ManagedFieldsEntry{who.name, Operation::kUpdate, who.api_version, "", who.subresource, {}});
}

// Joins the oldest Update entries until few enough are left.
void CapUpdates(ManagedFields& entries) {
  const auto is_update = [](const ManagedFieldsEntry& entry) {
    return entry.operation == Operation::kUpdate;
  };
  auto updates = static_cast<std::size_t>(std::ranges::count_if(entries, is_update));
  if (updates <= kMaxUpdateEntries) return;
  std::ranges::sort(entries, {}, AgeOrder);
  const auto oldest = std::ranges::find_if(entries, is_update);
  auto next = oldest + 1;
  for (; updates > kMaxUpdateEntries; --updates, ++next) {
    oldest->fields.Join(next->fields.Set());
    // The newer of the two times is what is known of the whole.
    oldest->time = next->time;
  }
  oldest->manager = kAncientChanges;
  oldest->subresource.clear();
  entries.erase(oldest + 1, next);
}

}  // namespace

void FieldOwner::KeepPart(FieldSet& fields) const {
  if (subresource == "status") {
    fields.KeepOnly("f:status");
  } else if (status_apart) {
    fields.Erase("f:status");
  }
}

bool ManagedFieldsEntry::IsOf(const FieldOwner& who, Operation wanted) const {
  if (manager != who.name || operation != wanted || subresource != who.subresource) return false;
  return operation == Operation::kApply || api_version == who.api_version;
}

std::string ManagedFieldsEntry::Describe() const {
  std::string text;
  text.append("\"").append(manager).append("\"");
  if (!subresource.empty()) text.append(" with subresource \"").append(subresource).append("\"");
  if (operation == Operation::kUpdate) text.append(" using ").append(api_version);
  return text;
}

Result<ManagedFields> ManagedFieldsOf(const Value& object) {
  ManagedFields entries;
  const Array* list = ArrayAt(object, {"metadata", "managedFields"});
  if (list == nullptr) return entries;
  entries.reserve(list->size() + 1);
  for (const Value& item : *list) {
    NOIZY_ASSIGN_OR_RETURN(ManagedFieldsEntry entry, ReadEntry(item));
    entries.push_back(std::move(entry));
  }
  return entries;
}

ManagedFields StoredManagedFields(const Value& object) {
  const Array* list = StoredEntriesOf(object);
  return list == nullptr ? ManagedFields() : ReadStored(*list);
}

void SetManagedFields(Value& object, ManagedFields entries) {
  if (entries.empty()) return Remove(object, {"metadata", "managedFields"});
  std::ranges::sort(entries, {}, AgeOrder);
  Array list;
  list.reserve(entries.size());
  for (ManagedFieldsEntry& entry : entries) list.push_back(WriteEntry(std::move(entry)));
  Set(object, {"metadata", "managedFields"}, std::move(list));
}

void TrackUpdate(const Schema& schema, const Value* before, Value& after, const FieldOwner& who) {
  static const Value kNothing = Object();
  ManagedFields entries = StartingPoint(before, after, who);
  for (ManagedFieldsEntry& entry : entries) entry.fields.Reconcile(schema);
  if (entries.empty() && before != nullptr) return SetManagedFields(after, {});
  FieldChanges changes = CompareFields(schema, before == nullptr ? kNothing : *before, after);
  who.KeepPart(changes.added);
  who.KeepPart(changes.modified);
  who.KeepPart(changes.removed);
  FieldSet taken = std::move(changes.added);
  taken.Join(changes.modified);
  for (ManagedFieldsEntry& entry : entries) {
    // What a manager takes from itself it would get back.
    if (!entry.IsOf(who, Operation::kUpdate)) entry.fields.Subtract(taken);
    entry.fields.Subtract(changes.removed);
  }
  if (!taken.empty()) {
    ManagedFieldsEntry& own = EntryFor(who, entries);
    own.fields.Join(taken);
    own.time = who.time;
  }
  std::erase_if(entries, [](const ManagedFieldsEntry& entry) { return entry.fields.empty(); });
  CapUpdates(entries);
  SetManagedFields(after, std::move(entries));
}

}  // namespace noizy
