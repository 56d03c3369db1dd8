#include "cli/three_way_merge.h"

#include "machinery/meta/meta.h"
#include "machinery/patch/patch.h"
#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

enum class Keep : std::uint8_t { kNulls, kValues };

/// The part of a merge patch that deletes, or the part that sets; members that become empty go,
/// too.
Object Part(const Object& patch, Keep keep) {
  Object part;
  for (const auto& [key, value] : patch) {
    if (const Object* inner = value.if_object()) {
      Object some = Part(*inner, keep);
      if (!some.empty() || (keep == Keep::kValues && inner->empty())) part[key] = std::move(some);
    } else if (value.is_null() == (keep == Keep::kNulls)) {
      part[key] = value;
    }
  }
  return part;
}

/// What the annotation says was applied last; an empty object when it says nothing that can be
/// read.
Value LastApplied(const Value& live) {
  Result<Value> last = ParseJson(AnnotationOf(live, kLastAppliedAnnotation));
  return last.ok() && last->is_object() ? *std::move(last) : Value(Object());
}

/// Lays `over` onto `patch` as text of a patch: nulls stay nulls.
void Overlay(Object& patch, const Object& over) {
  for (const auto& [key, value] : over) {
    Value& place = patch[key];
    if (value.is_object() && place.is_object()) {
      Overlay(place.get_object(), value.get_object());
    } else {
      place = value;
    }
  }
}

}  // namespace

Value WithLastApplied(const Value& object) {
  Value annotated = object;
  Remove(annotated, {"metadata", "annotations", kLastAppliedAnnotation});
  Value& annotations = Ensure(annotated, {"metadata", "annotations"});
  if (!annotations.is_object()) annotations = Object();
  const std::string text = LastAppliedText(object);
  Set(annotated, {"metadata", "annotations", kLastAppliedAnnotation}, boost::json::string(text));
  return annotated;
}

Value ThreeWayMergePatch(const Value& live, const Value& wanted) {
  const Value changes = CreateMergePatch(live, wanted);
  const Value removals = CreateMergePatch(LastApplied(live), wanted);
  Object patch;
  if (const Object* object = removals.if_object()) patch = Part(*object, Keep::kNulls);
  if (const Object* object = changes.if_object()) Overlay(patch, Part(*object, Keep::kValues));
  // What is to be removed may be gone already: then there is nothing to do.
  Value result = live;
  ApplyMergePatch(result, patch);
  return Equal(result, live) ? Value(Object()) : Value(std::move(patch));
}

}  // namespace noizy::cli
