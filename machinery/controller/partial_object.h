// An object of any kind, by its metadata alone: what generic controllers (garbage collection)
// follow.
//
//   Informer<PartialObject> informer(resource);
//   informer.Start(ReflectorSources(client, executor, clock, random, {.metadata_only = true}));
#pragma once

#include "machinery/base/status.h"
#include "machinery/meta/object_meta.h"
#include "machinery/value/value.h"

namespace noizy {

/// Its kind is told by the informer's resource: a server that sends metadata alone calls all of
/// them PartialObjectMetadata.
struct PartialObject {
  ObjectMeta metadata;

  /// BadRequest for what has no metadata.name. Labels and annotations are left out: nobody needs
  /// them here, and they are most of it.
  static Result<PartialObject> FromValue(const Value& value);
  Value ToValue() const;
};

}  // namespace noizy
