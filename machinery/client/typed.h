// The verbs over generated kinds.
//
//   TypedClient<Task> tasks(client);
//   NOIZY_ASSIGN_OR_RETURN(Task task, tasks.Get({"default", "a"}));
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machinery/client/client.h"

namespace noizy {

/// The ResourceRef of a generated kind.
template <typename T>
ResourceRef ResourceOf() {
  return {std::string(T::kGroup), std::string(T::kVersion), std::string(T::kPlural),
          T::kNamespaced};
}

/// A list's items and where to go on from it.
template <typename T>
struct TypedList {
  std::vector<T> items;
  std::string resource_version;
  std::string continue_token;
};

/// Client's calls for one kind; as thread-safe as the client, which outlives it. An update drops
/// fields the struct does not know, so where others may have written such fields, send a patch
/// instead.
template <typename T>
class TypedClient {
 public:
  explicit TypedClient(const Client& client) : client_(client), resource_(ResourceOf<T>()) {}

  Result<T> Get(const ObjectKey& key) const { return Read(client_.Get(resource_, key)); }

  Result<TypedList<T>> List(std::string_view ns = {}, const ListQuery& query = {}) const {
    NOIZY_ASSIGN_OR_RETURN(const ObjectList list, client_.List(resource_, ns, query));
    TypedList<T> typed{{}, list.resource_version, list.continue_token};
    for (const Value& item : list.items) {
      NOIZY_ASSIGN_OR_RETURN(T object, T::FromValue(item));
      typed.items.push_back(std::move(object));
    }
    return typed;
  }

  Result<T> Create(const T& object, const WriteOptions& options = {}) const {
    return Read(client_.Create(resource_, object.metadata.ns, object.ToValue(), options));
  }
  /// Replaces the object of that name; a resourceVersion in it guards the write (Conflict).
  Result<T> Update(const T& object, const WriteOptions& options = {}) const {
    return Read(client_.Update(resource_, object.metadata.Key(), object.ToValue(), options));
  }
  Result<T> UpdateStatus(const T& object, const WriteOptions& options = {}) const {
    return Read(client_.UpdateStatus(resource_, object.metadata.Key(), object.ToValue(), options));
  }
  Result<T> Patch(const ObjectKey& key, PatchType type, const Value& patch,
                  const WriteOptions& options = {}, std::string_view subresource = {}) const {
    return Read(client_.Patch(resource_, key, type, patch, options, subresource));
  }
  /// Ok when the object is gone or going; the last state is not looked at.
  Status Delete(const ObjectKey& key, const DeleteOptions& options = {}) const {
    return client_.Delete(resource_, key, options).status();
  }

  const ResourceRef& resource() const { return resource_; }

 private:
  static Result<T> Read(Result<Value> reply) {
    if (!reply.ok()) return reply.status();
    return T::FromValue(*reply);
  }

  const Client& client_;
  ResourceRef resource_;
};

}  // namespace noizy
