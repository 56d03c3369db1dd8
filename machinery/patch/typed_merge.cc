#include "machinery/patch/typed_merge.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace noizy {
namespace {

std::string_view NameOf(const Object::value_type& entry) {
  return {entry.key().data(), entry.key().size()};
}

bool IsFieldMap(const Schema* schema, const Value& value) {
  return value.is_object() && (schema == nullptr || !schema->atomic_map);
}

bool IsFieldList(const Schema* schema, const Value& value) {
  return value.is_array() && HasFieldItems(schema);
}

void Merge(const Schema* schema, Value& value, const Value& wanted, TypedRoot root);

// Lays the items of one list over another's.
class ListMerge {
 public:
  ListMerge(const Schema& list, Array& old_items, const Array& wanted)
      : list_(list), old_items_(old_items), wanted_(wanted) {
    for (const Value& item : wanted) wanted_elements_.push_back(ItemElement(list, item));
    for (Value& item : old_items) old_by_element_.emplace(ItemElement(list, item), &item);
  }

  Array Run() {
    for (Value& item : old_items_) {
      const std::string element = ItemElement(list_, item);
      if (std::ranges::find(wanted_elements_, element) == wanted_elements_.end()) {
        out_.push_back(std::move(item));
      } else {
        TakeThrough(element);
      }
    }
    while (next_ < wanted_.size()) TakeNext();
    return std::move(out_);
  }

 private:
  // Items up to and with `element`, unless that is behind already.
  void TakeThrough(const std::string& element) {
    const auto from = wanted_elements_.begin() + static_cast<std::ptrdiff_t>(next_);
    const auto found = std::find(from, wanted_elements_.end(), element);
    if (found == wanted_elements_.end()) return;
    const auto end = static_cast<std::size_t>(found - wanted_elements_.begin()) + 1;
    while (next_ < end) TakeNext();
  }

  void TakeNext() {
    const auto old_item = old_by_element_.find(wanted_elements_[next_]);
    const Value& wanted = wanted_[next_++];
    if (old_item == old_by_element_.end()) {
      out_.push_back(wanted);
      return;
    }
    Value merged = *old_item->second;
    Merge(list_.items.get(), merged, wanted, TypedRoot::kValue);
    out_.push_back(std::move(merged));
  }

  const Schema& list_;
  Array& old_items_;
  const Array& wanted_;
  std::vector<std::string> wanted_elements_;
  std::map<std::string, const Value*, std::less<>> old_by_element_;
  std::size_t next_ = 0;
  Array out_;
};

void Merge(const Schema* schema, Value& value, const Value& wanted, TypedRoot root) {
  if (IsFieldMap(schema, wanted) && value.is_object()) {
    Object& members = value.get_object();
    for (const auto& entry : wanted.get_object()) {
      const std::string_view name = NameOf(entry);
      if (Value* member = members.if_contains(name)) {
        Merge(MemberSchema(schema, name, root), *member, entry.value(), TypedRoot::kValue);
      } else {
        members.emplace(name, entry.value());
      }
    }
  } else if (IsFieldList(schema, wanted) && value.is_array()) {
    value = ListMerge(*schema, value.get_array(), wanted.get_array()).Run();
  } else {
    value = wanted;
  }
}

// Whether what stands at an element goes. A member of a struct stands and falls with what is in it.
bool Goes(const FieldSet& dropped, const FieldSet* kept, bool is_struct_member) {
  if (is_struct_member) return kept == nullptr;
  return dropped.member() && (kept == nullptr || !kept->member());
}

void RemoveAt(const Schema* schema, Value& value, const FieldSet& dropped, const FieldSet* kept,
              TypedRoot root) {
  const auto below = [&](std::string_view element) {
    return kept == nullptr ? nullptr : kept->Find(element);
  };
  if (IsFieldMap(schema, value)) {
    for (const auto& [element, fields] : dropped.children()) {
      const std::string_view name = std::string_view(element).substr(2);
      Value* member = element.starts_with("f:") ? value.get_object().if_contains(name) : nullptr;
      if (member == nullptr) continue;
      const bool in_struct = schema != nullptr && schema->properties.contains(name);
      // metadata holds what nobody owns, the name for one.
      const bool stays = root == TypedRoot::kObject && name == "metadata";
      if (!stays && Goes(fields, below(element), in_struct)) {
        value.get_object().stable_erase(name);
      } else {
        RemoveAt(MemberSchema(schema, name, root), *member, fields, below(element),
                 TypedRoot::kValue);
      }
    }
  } else if (IsFieldList(schema, value)) {
    Array left;
    for (Value& item : value.get_array()) {
      const std::string element = ItemElement(*schema, item);
      const FieldSet* fields = dropped.Find(element);
      if (fields != nullptr && Goes(*fields, below(element), /*is_struct_member=*/false)) continue;
      if (fields != nullptr)
        RemoveAt(schema->items.get(), item, *fields, below(element), TypedRoot::kValue);
      left.push_back(std::move(item));
    }
    value = std::move(left);
  }
}

}  // namespace

void MergeTyped(const Schema& schema, Value& value, const Value& wanted) {
  Merge(&schema, value, wanted, TypedRoot::kObject);
}

void RemoveFields(const Schema& schema, Value& value, const FieldSet& dropped,
                  const FieldSet& kept) {
  RemoveAt(&schema, value, dropped, &kept, TypedRoot::kObject);
}

}  // namespace noizy
