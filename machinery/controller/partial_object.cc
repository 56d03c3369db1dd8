#include "machinery/controller/partial_object.h"

namespace noizy {

Result<PartialObject> PartialObject::FromValue(const Value& value) {
  const Value* metadata = Find(value, {"metadata"});
  if (metadata == nullptr || NameOf(value).empty()) {
    return BadRequest("an object without metadata.name");
  }
  PartialObject object{ObjectMeta::FromValue(*metadata)};
  object.metadata.labels.clear();
  object.metadata.annotations.clear();
  return object;
}

Value PartialObject::ToValue() const {
  return Object{{"apiVersion", "meta.k8s.io/v1"},
                {"kind", "PartialObjectMetadata"},
                {"metadata", metadata.ToValue()}};
}

}  // namespace noizy
