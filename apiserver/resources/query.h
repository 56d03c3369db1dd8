// What lists, watches and collection deletions share: scope, selectors, write options, all read
// from a request's parameters.
#pragma once

#include "apiserver/resources/object_writer.h"
#include "apiserver/resources/request.h"
#include "apiserver/storage/store.h"
#include "machinery/meta/selector.h"

namespace noizy::apiserver {

/// Label and field selectors of one request.
struct ObjectFilter {
  Selector labels;
  Selector fields;

  bool empty() const { return labels.empty() && fields.empty(); }
  bool Matches(const StoredObject& object) const;
};

/// Reads labelSelector and fieldSelector; a field that the kind does not declare selectable is
/// BadRequest.
Result<ObjectFilter> ReadFilter(const RequestContext& context);

/// All objects the request's path covers; a field selector on metadata.name narrows it to one.
Scope ScopeOf(const RequestContext& context, const ObjectFilter& filter);

/// Where the object that the request's path names is stored.
StoreKey KeyOf(const RequestContext& context);

/// A revision parameter: 0 when absent or "0". BadRequest for anything but a number.
Result<std::int64_t> ReadRevision(const RequestContext& context, std::string_view parameter);

/// dryRun, fieldValidation and fieldManager. Invalid (422) names every fault of them, and `more`.
Result<WritePolicy> ReadWritePolicy(const RequestContext& context,
                                    std::vector<StatusCause> more = {});

/// Everything matching, ordered, now.
Result<std::vector<StoredObjectPtr>> ListMatching(const Store& store, const Scope& scope,
                                                  const ObjectFilter& filter);

}  // namespace noizy::apiserver
