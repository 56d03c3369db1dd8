// Objects to stored bytes and back.
#pragma once

#include "apiserver/storage/store.h"
#include "machinery/schema/kind.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// Compact JSON in the API's member order (apiVersion, kind, metadata with its well-known members
/// first, the rest as it stands), with a gap where metadata.resourceVersion goes.
UnversionedBytes EncodeObject(const Value& object);

/// `encoded` with `revision` in its gap: what the store makes of it at commit.
std::string WithRevision(const UnversionedBytes& encoded, std::int64_t revision);

/// The stored object as a tree. Stored bytes are our own, so a failure is InternalError.
Result<Value> DecodeObject(const StoredObject& object);

/// Labels and selectable fields, sorted.
Attributes AttributesOf(const Kind& kind, const Value& object);

}  // namespace noizy::apiserver
