#include "machinery/patch/typed_fields.h"

#include <algorithm>

#include "machinery/patch/owned_metadata.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

using Keyed = std::vector<std::pair<std::string, const Value*>>;

std::string_view NameOf(const Object::value_type& entry) {
  return {entry.key().data(), entry.key().size()};
}

const Value* MemberOf(const Value* value, std::string_view name) {
  const Object* members = value == nullptr ? nullptr : value->if_object();
  return members == nullptr ? nullptr : members->if_contains(name);
}

bool IsProperty(const Schema* schema, std::string_view name) {
  return schema != nullptr && schema->properties.contains(name);
}

// Every object has metadata; nobody owns that it is there.
bool IsMetadata(std::string_view name, TypedRoot root) {
  return root == TypedRoot::kObject && name == "metadata";
}

// Members that no manager owns: the server's own, and what the schema does not know.
bool IsUntracked(const Schema* schema, std::string_view name, TypedRoot root) {
  if (IsMetadata(name, root)) return false;
  if (root == TypedRoot::kObject && (name == "apiVersion" || name == "kind")) return true;
  if (schema == nullptr || schema->preserve_unknown_fields || schema->additional_properties)
    return false;
  return schema->type == Schema::Type::kObject && !IsProperty(schema, name);
}

bool IsFieldMap(const Schema* schema) {
  return schema == nullptr || !schema->atomic_map;
}

// The items by path element, in its order; items that are equal by it in the list's.
Keyed ByElement(const Schema& list, const Value* value) {
  Keyed items;
  const Array* array = value == nullptr ? nullptr : value->if_array();
  if (array == nullptr) return items;
  items.reserve(array->size());
  for (const Value& item : *array) items.emplace_back(ItemElement(list, item), &item);
  std::ranges::stable_sort(items, {}, &Keyed::value_type::first);
  return items;
}

// The paths of all that is at `value`, its own among them: what comes or goes with it.
FieldSet WholeOf(const Schema* schema, const Value& value) {
  FieldSet::Children children;
  const Object* members = value.if_object();
  const Array* items = value.if_array();
  if (members != nullptr && IsFieldMap(schema)) {
    children.reserve(members->size());
    for (const auto& entry : *members) {
      const std::string_view name = NameOf(entry);
      if (IsUntracked(schema, name, TypedRoot::kValue)) continue;
      const Schema* member = MemberSchema(schema, name, TypedRoot::kValue);
      children.emplace_back(FieldElement(name), WholeOf(member, entry.value()));
    }
  } else if (items != nullptr && HasFieldItems(schema)) {
    children.reserve(items->size());
    for (const Value& item : *items) {
      children.emplace_back(ItemElement(*schema, item), WholeOf(schema->items.get(), item));
    }
  }
  FieldSet whole = FieldSet::Of(std::move(children));
  whole.SetMember();
  return whole;
}

class Comparison {
 public:
  static FieldChanges Compare(const Schema* schema, const Value* before, const Value* after,
                              TypedRoot root) {
    FieldChanges changes;
    if (before == nullptr) {
      changes.added = WholeOf(schema, *after);
    } else if (after == nullptr) {
      changes.removed = WholeOf(schema, *before);
    } else if (before->kind() != after->kind()) {
      changes = CompareKinds(schema, *before, *after);
    } else if (before->is_object() && IsFieldMap(schema)) {
      changes = CompareMembers(schema, before->get_object(), after->get_object(), root);
    } else if (Equal(*before, *after)) {
      // Nothing. Naming the items of a list costs more than a look whether there is one to name.
    } else if (before->is_array() && HasFieldItems(schema)) {
      changes = CompareItems(*schema, before, after);
    } else {
      changes.modified.SetMember();
    }
    return changes;
  }

 private:
  // Another kind of value stands there now: all below the old one is gone, all below the new one
  // has come.
  static FieldChanges CompareKinds(const Schema* schema, const Value& before, const Value& after) {
    FieldChanges changes;
    changes.removed = WholeOf(schema, before);
    changes.added = WholeOf(schema, after);
    changes.removed.ClearMember();
    changes.added.ClearMember();
    changes.modified.SetMember();
    return changes;
  }

  static void Add(FieldChanges& changes, const std::string& element, FieldChanges below) {
    if (below.empty()) return;
    changes.added.Add(element, std::move(below.added));
    changes.modified.Add(element, std::move(below.modified));
    changes.removed.Add(element, std::move(below.removed));
  }

  static void CompareMember(const Schema* schema, std::string_view name, const Value* before,
                            const Value* after, TypedRoot root, FieldChanges& changes) {
    // Most members are scalars that did not change: they need no look at the schema.
    const bool plain = before != nullptr && after != nullptr && !before->is_structured();
    if ((plain && Equal(*before, *after)) || IsUntracked(schema, name, root)) return;
    FieldChanges below =
        Compare(MemberSchema(schema, name, root), before, after, TypedRoot::kValue);
    if (IsMetadata(name, root)) {
      below.added.ClearMember();
      below.modified.ClearMember();
      below.removed.ClearMember();
    }
    if (!below.empty()) Add(changes, FieldElement(name), std::move(below));
  }

  static FieldChanges CompareMembers(const Schema* schema, const Object& before,
                                     const Object& after, TypedRoot root) {
    FieldChanges changes;
    for (const auto& entry : before) {
      const std::string_view name = NameOf(entry);
      CompareMember(schema, name, &entry.value(), after.if_contains(name), root, changes);
    }
    for (const auto& entry : after) {
      const std::string_view name = NameOf(entry);
      if (!before.contains(name))
        CompareMember(schema, name, nullptr, &entry.value(), root, changes);
    }
    return changes;
  }

  static FieldChanges CompareItems(const Schema& list, const Value* before, const Value* after) {
    FieldChanges changes;
    const Keyed old_items = ByElement(list, before);
    const Keyed new_items = ByElement(list, after);
    auto old_item = old_items.begin();
    auto new_item = new_items.begin();
    while (old_item != old_items.end() || new_item != new_items.end()) {
      const bool take_old = old_item != old_items.end() &&
                            (new_item == new_items.end() || old_item->first <= new_item->first);
      const bool take_new = new_item != new_items.end() &&
                            (old_item == old_items.end() || new_item->first <= old_item->first);
      const std::string& element = take_old ? old_item->first : new_item->first;
      Add(changes, element,
          Compare(list.items.get(), take_old ? old_item->second : nullptr,
                  take_new ? new_item->second : nullptr, TypedRoot::kValue));
      if (take_old) ++old_item;
      if (take_new) ++new_item;
    }
    return changes;
  }
};

class Collection {
 public:
  static FieldSet Collect(const Schema* schema, const Value& value, TypedRoot root) {
    FieldSet set;
    const Object* members = value.if_object();
    const Array* items = value.if_array();
    if (members != nullptr && IsFieldMap(schema)) {
      for (const auto& entry : *members) AddMember(schema, entry, root, set);
    } else if (items != nullptr && HasFieldItems(schema)) {
      for (const Value& item : *items) {
        FieldSet below = Collect(schema->items.get(), item, TypedRoot::kValue);
        below.SetMember();
        set.Add(ItemElement(*schema, item), std::move(below));
      }
    } else {
      set.SetMember();
    }
    return set;
  }

 private:
  static void AddMember(const Schema* schema, const Object::value_type& entry, TypedRoot root,
                        FieldSet& set) {
    const std::string_view name = NameOf(entry);
    if (IsUntracked(schema, name, root)) return;
    const Value& value = entry.value();
    FieldSet below = Collect(MemberSchema(schema, name, root), value, TypedRoot::kValue);
    const bool no_members = value.is_object() && value.get_object().empty();
    // A key of a map is a thing of its own; a member of a struct is where its leaves are.
    const bool is_key = root != TypedRoot::kObject && !IsProperty(schema, name);
    if (no_members || is_key) below.SetMember();
    if (IsMetadata(name, root)) below.ClearMember();
    set.Add(FieldElement(name), std::move(below));
  }
};

class DuplicateSearch {
 public:
  void Search(const Schema* schema, const Value& value, const std::string& path, TypedRoot root) {
    if (const Object* members = value.if_object()) {
      for (const auto& entry : *members) {
        const std::string_view name = NameOf(entry);
        if (entry.value().is_structured())
          Search(MemberSchema(schema, name, root), entry.value(), path + "." + std::string(name),
                 TypedRoot::kValue);
      }
    } else if (HasFieldItems(schema) && value.is_array()) {
      SearchItems(*schema, value, path);
    }
  }

  std::vector<std::string> Take() { return std::move(found_); }

 private:
  void SearchItems(const Schema& list, const Value& value, const std::string& path) {
    const Keyed items = ByElement(list, &value);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto& [element, item] = items[i];
      FieldSet set;
      set.Add(element, FieldSet::Leaf());
      const std::string text = set.Paths().front();
      if (i > 0 && items[i - 1].first == element)
        found_.push_back(path + ": duplicate entries for key " + text);
      if (item->is_structured()) Search(list.items.get(), *item, path + text, TypedRoot::kValue);
    }
  }

  std::vector<std::string> found_;
};

// The default of a key, for items that leave it out.
const Value* DefaultOfKey(const Schema& list, std::string_view key) {
  if (!list.items) return nullptr;
  const auto found = list.items->properties.find(key);
  if (found == list.items->properties.end()) return nullptr;
  const std::optional<Value>& value = found->second->default_value;
  return value ? &*value : nullptr;
}

}  // namespace

const Schema* MemberSchema(const Schema* schema, std::string_view name, TypedRoot root) {
  if (IsMetadata(name, root)) return &OwnedMetadataSchema();
  if (schema == nullptr) return nullptr;
  const auto found = schema->properties.find(name);
  if (found != schema->properties.end()) return found->second.get();
  return schema->additional_properties.get();
}

bool HasFieldItems(const Schema* schema) {
  return schema != nullptr && schema->list_type != Schema::ListType::kAtomic;
}

std::string ItemElement(const Schema& list, const Value& item) {
  if (list.list_type == Schema::ListType::kSet || !item.is_object()) return "v:" + ToJson(item);
  std::vector<std::pair<std::string_view, const Value*>> keys;
  for (const std::string& key : list.list_map_keys) {
    const Value* value = MemberOf(&item, key);
    if (value == nullptr) value = DefaultOfKey(list, key);
    if (value != nullptr) keys.emplace_back(key, value);
  }
  std::ranges::sort(keys, {}, &decltype(keys)::value_type::first);
  std::string element = "k:{";
  for (const auto& [key, value] : keys) {
    if (element.size() > 3) element += ',';
    AppendJsonString(element, key);
    element += ':';
    AppendJson(element, *value);
  }
  return element += '}';
}

FieldChanges CompareFields(const Schema& schema, const Value& before, const Value& after) {
  return Comparison::Compare(&schema, &before, &after, TypedRoot::kObject);
}

FieldSet FieldsOf(const Schema& schema, const Value& object) {
  return Collection::Collect(&schema, object, TypedRoot::kObject);
}

std::vector<std::string> DuplicateItems(const Schema& schema, const Value& object) {
  DuplicateSearch search;
  search.Search(&schema, object, "", TypedRoot::kObject);
  return search.Take();
}

}  // namespace noizy
