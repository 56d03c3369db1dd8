// What the verbs that take an object share.
#pragma once

#include "apiserver/resources/verbs.h"

namespace noizy::apiserver {

/// The request's object, with apiVersion, kind and namespace checked against the path and filled
/// in. Members that came twice are noted in `policy`.
Result<Value> ReadObject(const RequestContext& context, WritePolicy& policy);

/// A callback that answers `request` with what was written (201 when that is new), or with why it
/// was not.
WriteDone ReplyWhenWritten(const VerbContext& verbs, const RequestPtr& request, int code);

/// A PATCH that is a server-side apply; patch.cc hands it on.
void HandleApply(const VerbContext& verbs, const RequestPtr& request);

/// How an apply is carried out. Invalid without a field manager: it is whom the fields belong to.
Result<WritePolicy> ReadApplyPolicy(const RequestContext& context);
/// ?force=
OnConflict OnConflictOf(const RequestContext& context);

/// The subresource that the request's path names.
inline Subresource SubresourceOf(const RequestContext& context) {
  const std::string& name = context.target.subresource;
  if (name == "approval") return Subresource::kApproval;
  if (name == "finalize") return Subresource::kFinalize;
  return name == "status" ? Subresource::kStatus : Subresource::kNone;
}

}  // namespace noizy::apiserver
