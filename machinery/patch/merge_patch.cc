#include "machinery/patch/patch.h"

namespace noizy {

void ApplyMergePatch(Value& document, const Value& patch) {
  const Object* changes = patch.if_object();
  if (changes == nullptr) {
    document = patch;
    return;
  }
  if (!document.is_object()) document.emplace_object();
  Object& object = document.get_object();
  for (const auto& [key, change] : *changes) {
    if (change.is_null()) {
      object.stable_erase(key);
    } else {
      // A new member too is merged, into null: the patch's own nulls must not get into the
      // document.
      ApplyMergePatch(object[key], change);
    }
  }
}

Value CreateMergePatch(const Value& from, const Value& to) {
  const Object* before = from.if_object();
  const Object* after = to.if_object();
  if (before == nullptr || after == nullptr) return Equal(from, to) ? Value(Object()) : to;
  Object patch;
  for (const auto& [key, old] : *before) {
    if (!after->contains(key)) patch[key] = nullptr;
  }
  for (const auto& [key, wanted] : *after) {
    const Value* old = before->if_contains(key);
    if (old == nullptr) {
      patch[key] = wanted;
    } else if (!Equal(*old, wanted)) {
      patch[key] = CreateMergePatch(*old, wanted);
    }
  }
  return patch;
}

}  // namespace noizy
