// The writes that controllers share: of a status and of finalizers, always on the version that was
// read.
//
// Both send a merge patch of what changed, with the resourceVersion that was seen: whoever wrote in
// between wins, and the caller gets a Conflict and looks again. What is not in the patch (a large
// payload, a member that this build does not know) is neither sent nor touched.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machinery/client/client.h"
#include "machinery/controller/informer.h"
#include "machinery/meta/struct_codec.h"
#include "machinery/patch/patch.h"

namespace noizy {

/// Options of a write that says who makes it.
inline WriteOptions ManagedBy(std::string_view field_manager) {
  WriteOptions options;
  options.field_manager = field_manager;
  return options;
}

/// The write of `status` over that of `seen`, a generated kind's object, for Client::PatchAll.
template <typename T, typename S>
PatchCall StatusPatch(const T& seen, const S& status) {
  Value patch = Object{{"metadata", Object{{"resourceVersion", seen.metadata.resource_version}}},
                       {"status", CreateMergePatch(WriteStruct(seen.status), WriteStruct(status))}};
  return {ResourceOf<T>(), seen.metadata.Key(), PatchType::kMerge, std::move(patch), "status"};
}

/// Makes that write. Nothing is sent when the two are equal.
template <typename T, typename S>
Status PatchStatus(const Client& client, const T& seen, const S& status,
                   std::string_view field_manager) {
  if (status == seen.status) return Status::Ok();
  const PatchCall call = StatusPatch(seen, status);
  return client
      .Patch(call.resource, call.key, call.type, call.patch, ManagedBy(field_manager),
             call.subresource)
      .status();
}

/// Lets go of an object that is being deleted. Ok when it is gone already.
inline Status RemoveFinalizer(const Client& client, const ResourceRef& resource,
                              const ObjectMeta& seen, std::string_view finalizer,
                              std::string_view field_manager) {
  Array rest;
  for (const std::string& other : seen.finalizers) {
    if (other != finalizer) rest.emplace_back(other);
  }
  const Value patch = Object{{"metadata", Object{{"resourceVersion", seen.resource_version},
                                                 {"finalizers", std::move(rest)}}}};
  const Status written =
      client.Patch(resource, seen.Key(), PatchType::kMerge, patch, ManagedBy(field_manager))
          .status();
  return written.reason() == StatusReason::kNotFound ? Status::Ok() : written;
}

/// The same for a generated kind.
template <typename T>
Status RemoveFinalizer(const Client& client, const T& seen, std::string_view finalizer,
                       std::string_view field_manager) {
  return RemoveFinalizer(client, ResourceOf<T>(), seen.metadata, finalizer, field_manager);
}

}  // namespace noizy
