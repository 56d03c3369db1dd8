#include <algorithm>

#include "machinery/schema/location.h"
#include "machinery/schema/object_meta.h"
#include "machinery/schema/schema.h"

namespace noizy {
namespace {

std::string_view KeyOf(const Object::value_type& entry) {
  return {entry.key().data(), entry.key().size()};
}

const Schema* MemberSchema(const Schema& schema, std::string_view name) {
  const auto found = schema.properties.find(name);
  if (found != schema.properties.end()) return found->second.get();
  return schema.additional_properties.get();
}

// erase() would move the last member into the hole.
void EraseMember(Object& object, std::string_view name) {
  const auto found = object.find(name);
  if (found != object.end()) object.stable_erase(found);
}

// A null is a value only where the schema says so; elsewhere it means "not there", as Go's clients
// write it.
void DropNulls(const Schema& schema, Object& object) {
  const bool any_null = std::any_of(object.begin(), object.end(),
                                    [](const auto& entry) { return entry.value().is_null(); });
  if (!any_null) return;
  std::vector<std::string> dropped;
  for (const auto& entry : object) {
    if (!entry.value().is_null()) continue;
    const Schema* member = MemberSchema(schema, KeyOf(entry));
    if (member != nullptr && !member->nullable) dropped.emplace_back(KeyOf(entry));
  }
  for (const std::string& name : dropped) EraseMember(object, name);
}

void DefaultObject(const Schema& schema, Object& object) {
  DropNulls(schema, object);
  for (const auto& [name, member] : schema.defaulted) {
    if (!object.contains(name)) object.emplace(name, *member->default_value);
  }
  for (auto& entry : object) {
    // What is scalar has no members to default; a plain test saves the look-up.
    if (!entry.value().is_structured()) continue;
    const Schema* member = MemberSchema(schema, {entry.key().data(), entry.key().size()});
    if (member != nullptr) ApplyDefaults(*member, entry.value());
  }
}

class Pruner {
 public:
  std::vector<std::string> TakeRemoved() { return std::move(removed_); }

  void Prune(const Schema& schema, Value& value, const Location& at, bool resource) {
    if (Array* items = value.if_array()) {
      if (!schema.items) return;
      for (std::size_t i = 0; i < items->size(); ++i) {
        if ((*items)[i].is_structured()) Prune(*schema.items, (*items)[i], Location(at, i), false);
      }
    } else if (Object* object = value.if_object()) {
      PruneObject(schema, *object, at, resource || schema.embedded_resource);
    }
  }

 private:
  // What every resource has, whether its schema says so or not.
  bool IsOfEveryResource(std::string_view name, Value& value, const Location& at) {
    if (name == "metadata") Prune(ObjectMetaSchema(), value, Location(at, name), false);
    return name == "metadata" || name == "apiVersion" || name == "kind";
  }

  void PruneObject(const Schema& schema, Object& object, const Location& at, bool resource) {
    std::vector<std::string> unknown;
    for (auto& entry : object) {
      const std::string_view name(entry.key().data(), entry.key().size());
      if (resource && IsOfEveryResource(name, entry.value(), at)) continue;
      const Schema* member = MemberSchema(schema, name);
      if (member == nullptr) {
        if (!schema.preserve_unknown_fields) unknown.emplace_back(name);
      } else if (entry.value().is_structured()) {
        Prune(*member, entry.value(), Location(at, name), false);
      }
    }
    for (const std::string& name : unknown) {
      EraseMember(object, name);
      removed_.push_back(Location(at, name).ToPath().ToString());
    }
  }

  std::vector<std::string> removed_;
};

}  // namespace

void ApplyDefaults(const Schema& schema, Value& value) {
  if (Object* object = value.if_object()) {
    DefaultObject(schema, *object);
  } else if (Array* items = value.if_array()) {
    if (!schema.items) return;
    for (Value& item : *items) {
      if (item.is_structured()) ApplyDefaults(*schema.items, item);
    }
  }
}

std::vector<std::string> Prune(const Schema& schema, Value& value) {
  Pruner pruner;
  const FieldPath root;
  pruner.Prune(schema, value, Location(root), /*resource=*/true);
  return pruner.TakeRemoved();
}

}  // namespace noizy
