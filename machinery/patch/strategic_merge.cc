#include "machinery/patch/strategic_merge.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/patch/typed_fields.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

constexpr std::string_view kPatch = "$patch";
constexpr std::string_view kRetainKeys = "$retainKeys";
constexpr std::string_view kDeleteFrom = "$deleteFromPrimitiveList/";
constexpr std::string_view kSetOrder = "$setElementOrder/";

std::string_view NameOf(const Object::value_type& entry) {
  return {entry.key().data(), entry.key().size()};
}

bool IsDirective(std::string_view name) {
  return name == kPatch || name == kRetainKeys || name.starts_with(kDeleteFrom) ||
         name.starts_with(kSetOrder);
}

enum class Strategy : std::uint8_t { kMerge, kReplace, kDelete };

Result<Strategy> StrategyOf(const Object& patch) {
  const Value* directive = patch.if_contains(kPatch);
  if (directive == nullptr) return Strategy::kMerge;
  const std::string_view text =
      directive->is_string() ? View(directive->get_string()) : std::string_view();
  if (text == "merge") return Strategy::kMerge;
  if (text == "replace") return Strategy::kReplace;
  if (text == "delete") return Strategy::kDelete;
  return BadRequest("unknown patch type found: " + ToJson(*directive));
}

Result<const Array*> ListIn(const Object& patch, std::string_view directive,
                            std::string_view name) {
  const Value* value = patch.if_contains(std::string(directive).append(name));
  if (value == nullptr || value->is_null()) return static_cast<const Array*>(nullptr);
  if (!value->is_array())
    return BadRequest(std::string(directive).append(name) + " must be a list");
  return &value->get_array();
}

bool Contains(const Array& list, const Value& value) {
  return std::ranges::any_of(list, [&](const Value& item) { return Equal(item, value); });
}

template <typename Predicate>
void EraseIf(Array& list, const Predicate& predicate) {
  list.erase(std::remove_if(list.begin(), list.end(), predicate), list.end());
}

// What makes two items of a list the same one: the merge key's value, or all of it.
class Identity {
 public:
  explicit Identity(std::string_view merge_key) : merge_key_(merge_key) {}

  // Null for an item that lacks the key.
  const Value* Of(const Value& item) const {
    return merge_key_.empty() ? &item : Find(item, {merge_key_});
  }
  bool Same(const Value& a, const Value& b) const {
    const Value* left = Of(a);
    const Value* right = Of(b);
    return left != nullptr && right != nullptr && Equal(*left, *right);
  }
  Status Check(const Value& item) const {
    if (Of(item) != nullptr) return Status::Ok();
    return BadRequest("map: " + ToJson(item) +
                      " does not contain declared merge key: " + std::string(merge_key_));
  }
  Value* FindIn(Array& list, const Value& item) const {
    const auto found = std::ranges::find_if(list, [&](Value& other) { return Same(other, item); });
    return found == list.end() ? nullptr : &*found;
  }

 private:
  std::string_view merge_key_;
};

Status MergeObject(const Schema* schema, Object& object, const Object& patch, TypedRoot root);
Status MergeValue(const Schema* schema, Value& value, const Value& patch);

// The patch's items onto the list's, one by one.
Status MergeItems(const Schema& schema, Array& list, const Array& patch) {
  const Identity identity(schema.patch_merge_key);
  for (const Value& item : patch) {
    const Object* members = item.if_object();
    Strategy strategy = Strategy::kMerge;
    if (members != nullptr) {
      NOIZY_ASSIGN_OR_RETURN(strategy, StrategyOf(*members));
    }
    if (strategy == Strategy::kReplace && members->size() == 1) continue;
    NOIZY_RETURN_IF_ERROR(identity.Check(item));
    Value* existing = identity.FindIn(list, item);
    if (strategy == Strategy::kDelete) {
      EraseIf(list, [&](const Value& other) { return identity.Same(other, item); });
    } else if (existing != nullptr) {
      NOIZY_RETURN_IF_ERROR(MergeValue(schema.items.get(), *existing, item));
    } else {
      Value fresh;
      NOIZY_RETURN_IF_ERROR(MergeValue(schema.items.get(), fresh, item));
      list.push_back(std::move(fresh));
    }
  }
  return Status::Ok();
}

// {"$patch": "replace"} as an item of its own: the others are the whole list.
bool ReplacesList(const Array& patch) {
  return std::ranges::any_of(patch, [](const Value& item) {
    const Object* members = item.if_object();
    return members != nullptr && members->size() == 1 && StringAt(item, {kPatch}) == "replace";
  });
}

// Items named in `order` come in that order; the others keep their place before what followed them.
void SetOrder(const Identity& identity, const Array& order, Array& list) {
  Array sorted;
  std::size_t next = 0;
  const auto take = [&] {
    if (Value* item = identity.FindIn(list, order[next])) sorted.push_back(*item);
    ++next;
  };
  for (const Value& item : list) {
    const auto place =
        std::ranges::find_if(order, [&](const Value& other) { return identity.Same(other, item); });
    if (place == order.end()) sorted.push_back(item);
    const auto end = place == order.end() ? 0 : static_cast<std::size_t>(place - order.begin()) + 1;
    while (next < end) take();
  }
  while (next < order.size()) take();
  list = std::move(sorted);
}

// All that a patch says of one list: items to merge, to remove, and their order. Null: nothing.
struct ListPatch {
  const Array* items = nullptr;
  const Array* removed = nullptr;
  const Array* order = nullptr;
};

Status MergeList(const Schema& schema, Array& list, const ListPatch& patch) {
  if (patch.items != nullptr && ReplacesList(*patch.items)) list.clear();
  if (patch.items != nullptr) NOIZY_RETURN_IF_ERROR(MergeItems(schema, list, *patch.items));
  if (patch.removed != nullptr) {
    EraseIf(list, [&](const Value& item) { return Contains(*patch.removed, item); });
  }
  if (patch.order != nullptr) SetOrder(Identity(schema.patch_merge_key), *patch.order, list);
  return Status::Ok();
}

Status MergeMember(const Schema* schema, Object& object, std::string_view name,
                   const Object& patch) {
  ListPatch list;
  NOIZY_ASSIGN_OR_RETURN(list.removed, ListIn(patch, kDeleteFrom, name));
  NOIZY_ASSIGN_OR_RETURN(list.order, ListIn(patch, kSetOrder, name));
  const Value* wanted = patch.if_contains(name);
  if (wanted != nullptr && wanted->is_null()) {
    object.stable_erase(name);
    return Status::Ok();
  }
  Value* existing = object.if_contains(name);
  const bool merges = schema != nullptr && schema->patch_merges;
  const bool is_list = wanted == nullptr || wanted->is_array();
  if (merges && is_list && (existing != nullptr || wanted != nullptr)) {
    Value& place = object[name];
    if (!place.is_array()) place = Array();
    if (wanted != nullptr) list.items = &wanted->get_array();
    return MergeList(*schema, place.get_array(), list);
  }
  return wanted == nullptr ? Status::Ok() : MergeValue(schema, object[name], *wanted);
}

Status MergeValue(const Schema* schema, Value& value, const Value& patch) {
  const Object* members = patch.if_object();
  if (members == nullptr) {
    value = patch;
    return Status::Ok();
  }
  // What is new is merged too, into nothing: directives and nulls must not get into the object.
  if (!value.is_object()) value = Object();
  return MergeObject(schema, value.get_object(), *members, TypedRoot::kValue);
}

Status RetainKeys(const Object& patch, Object& object) {
  const Value* directive = patch.if_contains(kRetainKeys);
  if (directive == nullptr) return Status::Ok();
  const Array* keys = directive->if_array();
  if (keys == nullptr) return BadRequest("$retainKeys must be a list");
  for (const auto& entry : patch) {
    if (!IsDirective(NameOf(entry)) && !Contains(*keys, Value(entry.key())))
      return BadRequest("$retainKeys does not name the patch's own key " +
                        std::string(NameOf(entry)));
  }
  std::vector<std::string> gone;
  for (const auto& entry : object) {
    if (!Contains(*keys, Value(entry.key()))) gone.emplace_back(NameOf(entry));
  }
  for (const std::string& name : gone) object.stable_erase(name);
  return Status::Ok();
}

// The members that a patch speaks of, through themselves or through a directive, once each.
std::vector<std::string> MembersNamed(const Object& patch) {
  std::vector<std::string> names;
  for (const auto& entry : patch) {
    std::string_view name = NameOf(entry);
    for (const std::string_view prefix : {kDeleteFrom, kSetOrder}) {
      if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    }
    if (name != kPatch && name != kRetainKeys && std::ranges::find(names, name) == names.end())
      names.emplace_back(name);
  }
  return names;
}

Status MergeObject(const Schema* schema, Object& object, const Object& patch, TypedRoot root) {
  NOIZY_ASSIGN_OR_RETURN(const Strategy strategy, StrategyOf(patch));
  if (strategy != Strategy::kMerge) object.clear();
  if (strategy == Strategy::kDelete) return Status::Ok();
  NOIZY_RETURN_IF_ERROR(RetainKeys(patch, object));
  for (const std::string& name : MembersNamed(patch)) {
    NOIZY_RETURN_IF_ERROR(MergeMember(MemberSchema(schema, name, root), object, name, patch));
  }
  return Status::Ok();
}

}  // namespace

Status ApplyStrategicMergePatch(const Schema& schema, Value& object, const Value& patch) {
  const Object* members = patch.if_object();
  if (members == nullptr || !object.is_object())
    return BadRequest("a strategic merge patch must be an object");
  return MergeObject(&schema, object.get_object(), *members, TypedRoot::kObject);
}

}  // namespace noizy
