// What happens to an object between the client's intent and the store: server-owned metadata,
// subresource isolation, defaults, pruning, admission, validation. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "apiserver/resources/object_writer.h"

namespace noizy::apiserver {

/// Kubernetes' own kinds: clients and servers have a type for them, so that their objects may leave
/// out what they are, and what does not fit the type is refused as unreadable (400), not as invalid
/// (422).
bool IsTypedByClients(const Kind& kind);

/// A PUT of one that is not there creates it, as kube-apiserver has it for these kinds of its own
/// (AllowCreateOnUpdate of its strategies) and for no custom resource.
bool IsCreatedByUpdate(const Kind& kind);

/// Conflict: an object that is of another uid than was asked for, or of none.
Status UidMismatch(const StoreKey& key, std::string_view asked, std::string_view is);
/// Conflict: the object is not (or no longer) at the resourceVersion that was asked for.
Status WasModified(const Kind& kind, const StoreKey& key);
/// BadRequest: the body's object is called `name`, and the path's is not.
Status NameMismatch(const StoreKey& key, std::string_view name);

/// metadata has the same form in every kind: what comes from a client is held to it, and a null in
/// it stands for nothing. BadRequest, or Invalid for what a patch led to.
Status CheckMetadata(const Kind& kind, Value& object, const WritePolicy& policy);

/// Prunes `object`: what was unknown, and what came twice, becomes warnings or a strict decoding
/// error, as the policy says.
Status PruneObject(const Kind& kind, Value& object, const WritePolicy& policy,
                   std::vector<std::string>& warnings);

/// Defaults, prunes, admits and validates `object`; unknown members become warnings or a strict
/// decoding error, as the policy says.
Status AdmitObject(const AdmissionRequest& request, const WritePolicy& policy,
                   std::vector<std::string>& warnings);

/// Makes `wanted` a legal successor of `before`: server-owned metadata is carried over, the other
/// subresource's part too. Conflict for another uid or resourceVersion, BadRequest for a changed
/// name, Invalid for other times than the server's and for finalizers that come too late.
Status SucceedObject(const Kind& kind, Subresource subresource, const StoredObject& stored,
                     const Value& before, Value& wanted);

/// Counts metadata.generation up when the desired state (all but metadata and status) differs.
/// Kinds without a generation stay without.
void RaiseGeneration(const Kind& kind, const Value& before, Value& after);

/// True when a deletion was asked for and no finalizer is left.
bool IsReadyToVanish(const Value& object);

}  // namespace noizy::apiserver
