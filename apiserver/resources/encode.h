// Objects to stored bytes and back.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "apiserver/storage/store.h"
#include "machinery/schema/kind.h"
#include "machinery/value/json_parts.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// Compact JSON in the API's member order (apiVersion, kind, metadata with its well-known members
/// first, the rest as it stands), with a gap where metadata.resourceVersion goes.
UnversionedBytes EncodeObject(const Value& object);

/// The same, as the version that `kind`'s objects are stored in.
UnversionedBytes EncodeStored(const Kind& kind, const Value& object);

/// `encoded` with `revision` in its gap: what the store makes of it at commit.
std::string WithRevision(const UnversionedBytes& encoded, std::int64_t revision);
/// `encoded`, which has a name, as an object that is at no revision.
std::string WithoutRevision(const UnversionedBytes& encoded);

/// The stored object as a tree. Stored bytes are our own, so a failure is InternalError.
Result<Value> DecodeObject(const StoredObject& object);
/// The stored object as an object of `kind`, whichever of the kind's versions it is stored in.
Result<Value> DecodeAs(const Kind& kind, const StoredObject& object);
/// Whether the stored bytes say that they are of `api_version`.
bool IsOfVersion(const StoredObject& object, std::string_view api_version);
/// What stands in the stored bytes behind the value of apiVersion.
std::string_view BehindVersion(const StoredObject& object);

/// Whether a member of this name stands anywhere in the stored bytes. A string may look like one,
/// so only "no" is sure; it saves reading the object.
bool MayHaveMember(const StoredObject& object, std::string_view name);

/// A copy of the object that says it is of another revision.
StoredObjectPtr AtRevision(const StoredObject& object, std::int64_t revision);

/// Labels and selectable fields, sorted.
Attributes AttributesOf(const Kind& kind, const Value& object);
/// AttributesOf stored objects, without a tree of the whole object: a start reads those of every
/// object. Of kinds that `kinds` does not know (users' own) it gives the labels alone: selectors
/// look up a field that is missing. Not thread-safe.
class StoredAttributes {
 public:
  /// `kinds` outlives it.
  explicit StoredAttributes(const KindRegistry& kinds) : kinds_(kinds) {}
  /// None where the bytes cannot be read.
  Attributes Of(const StoreKey& key, std::string_view bytes);

 private:
  struct Reading {
    KindPtr kind;
    JsonParts parts;
  };
  const KindRegistry& kinds_;
  std::map<std::string, Reading, std::less<>> readings_;  // by resource
};

/// The value at a selectable field's path as selectors compare it: strings as they are, others as
/// JSON, "" for none.
std::string FieldText(const Value& object, std::string_view path);

}  // namespace noizy::apiserver
