#include "machinery/patch/field_set.h"

#include <algorithm>

#include "machinery/value/json.h"

namespace noizy {
namespace {

constexpr std::string_view kSelf = ".";

Status BadElement(std::string_view text) {
  return BadRequest("fieldsV1: \"" + std::string(text) +
                    "\" is no path element; they begin with f:, k:, v: or i:");
}

// The members of a JSON object in the order of their names: one set of keys has one text.
Value SortedMembers(const Object& object) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : object) names.emplace_back(name);
  std::ranges::sort(names);
  Object sorted;
  for (const std::string_view name : names) sorted.emplace(name, object.at(name));
  return sorted;
}

// A path element in the one form that we write it in, so that equal ones are equal texts.
Result<std::string> CanonicalElement(std::string_view text) {
  if (text.starts_with("f:")) return std::string(text);
  if (text.size() < 3 || text[1] != ':') return BadElement(text);
  Result<Value> value = ParseJson(text.substr(2));
  if (!value.ok()) return BadElement(text);
  const std::string start(text.substr(0, 2));
  if (start == "v:") return start + ToJson(*value);
  if (start == "i:" && value->is_int64()) return start + ToJson(*value);
  if (start == "k:" && value->is_object()) {
    return start + ToJson(SortedMembers(value->get_object()));
  }
  return BadElement(text);
}

// ".name", "[name=\"a\",port=80]", "[=\"a\"]", "[3]".
std::string ElementText(std::string_view element) {
  const std::string_view rest = element.substr(2);
  if (element.starts_with("f:")) return "." + std::string(rest);
  if (element.starts_with("i:")) return "[" + std::string(rest) + "]";
  if (element.starts_with("v:")) return "[=" + std::string(rest) + "]";
  const Result<Value> keys = ParseJson(rest);
  std::string text;
  for (const auto& [name, value] : keys->get_object()) {
    text += (text.empty() ? "[" : ",") + std::string(name) + "=" + ToJson(value);
  }
  return text + "]";
}

}  // namespace

std::string FieldElement(std::string_view name) {
  std::string element("f:");
  element += name;
  return element;
}

FieldSet FieldSet::Leaf() {
  FieldSet set;
  set.member_ = true;
  return set;
}

FieldSet FieldSet::Of(Children children) {
  FieldSet set;
  std::ranges::sort(children, {}, &Children::value_type::first);
  set.children_.reserve(children.size());
  for (auto& [element, fields] : children) {
    if (fields.empty()) continue;
    if (!set.children_.empty() && set.children_.back().first == element) {
      set.children_.back().second.Join(fields);
    } else {
      set.children_.emplace_back(std::move(element), std::move(fields));
    }
  }
  return set;
}

FieldSet::Children::iterator FieldSet::LowerBound(std::string_view element) {
  return std::ranges::lower_bound(children_, element, {}, &Children::value_type::first);
}

const FieldSet* FieldSet::Find(std::string_view element) const {
  const auto found = std::ranges::lower_bound(children_, element, {}, &Children::value_type::first);
  return found != children_.end() && found->first == element ? &found->second : nullptr;
}

void FieldSet::Add(std::string element, FieldSet fields) {
  if (fields.empty()) return;
  const auto at = LowerBound(element);
  if (at != children_.end() && at->first == element) {
    at->second.Join(fields);
  } else {
    children_.emplace(at, std::move(element), std::move(fields));
  }
}

void FieldSet::Erase(std::string_view element) {
  const auto at = LowerBound(element);
  if (at != children_.end() && at->first == element) children_.erase(at);
}

void FieldSet::KeepOnly(std::string_view element) {
  std::erase_if(children_, [&](const auto& child) { return child.first != element; });
}

void FieldSet::Join(const FieldSet& other) {
  member_ = member_ || other.member_;
  for (const auto& [element, fields] : other.children_) Add(element, fields);
}

bool FieldSet::Subtract(const FieldSet& other) {
  bool any = member_ && other.member_;
  if (any) member_ = false;
  for (const auto& [element, fields] : other.children_) {
    const auto at = LowerBound(element);
    if (at == children_.end() || at->first != element) continue;
    any = at->second.Subtract(fields) || any;
    if (at->second.empty()) children_.erase(at);
  }
  return any;
}

FieldSet FieldSet::Common(const FieldSet& other) const {
  FieldSet common;
  common.member_ = member_ && other.member_;
  for (const auto& [element, fields] : children_) {
    if (const FieldSet* theirs = other.Find(element)) common.Add(element, fields.Common(*theirs));
  }
  return common;
}

void FieldSet::AppendPaths(const std::string& prefix, std::vector<std::string>& paths) const {
  if (member_) paths.push_back(prefix);
  for (const auto& [element, fields] : children_) {
    fields.AppendPaths(prefix + ElementText(element), paths);
  }
}

std::vector<std::string> FieldSet::Paths() const {
  std::vector<std::string> paths;
  AppendPaths("", paths);
  return paths;
}

Result<FieldSet> FieldSet::FromValue(const Value& fields_v1) {
  const Object* members = fields_v1.if_object();
  if (members == nullptr) return BadRequest("fieldsV1: must be a tree of objects");
  FieldSet set;
  set.children_.reserve(members->size());
  for (const auto& entry : *members) {
    const std::string_view name(entry.key().data(), entry.key().size());
    if (name == kSelf) {
      set.member_ = true;
      continue;
    }
    NOIZY_ASSIGN_OR_RETURN(std::string element, CanonicalElement(name));
    NOIZY_ASSIGN_OR_RETURN(FieldSet below, FromValue(entry.value()));
    // An object without members is a path that ends there.
    if (below.empty()) below.member_ = true;
    set.Add(std::move(element), std::move(below));
  }
  return set;
}

Value FieldSet::ToValue() const {
  Object members;
  members.reserve(children_.size() + 1);
  if (member_ && !children_.empty()) members.emplace(kSelf, Object());
  for (const auto& [element, fields] : children_) members.emplace(element, fields.ToValue());
  return members;
}

}  // namespace noizy
