// The verbs of the REST API, one file each. Each answers its request exactly once, at once or when
// the store has committed.
#pragma once

#include "apiserver/resources/object_writer.h"
#include "apiserver/resources/request.h"
#include "apiserver/resources/watch_roster.h"
#include "apiserver/storage/store.h"
#include "machinery/base/clock.h"
#include "machinery/base/executor.h"

namespace noizy::apiserver {

/// What verbs work with. Owned by the server, outlives every request. Thread-safe.
struct VerbContext {
  Store& store;
  ObjectWriter& writer;
  const Clock& clock;
  /// Watches are pumped here, so that neither the store's writer nor a connection's thread works
  /// for somebody else's watch.
  Executor& watch_executor;
  WatchRoster& watches;
};

void HandleGet(const VerbContext& verbs, const RequestPtr& request);
void HandleList(const VerbContext& verbs, const RequestPtr& request);
void HandleWatch(const VerbContext& verbs, const RequestPtr& request);
void HandleCreate(const VerbContext& verbs, const RequestPtr& request);
void HandleUpdate(const VerbContext& verbs, const RequestPtr& request);
void HandlePatch(const VerbContext& verbs, const RequestPtr& request);
void HandleDelete(const VerbContext& verbs, const RequestPtr& request);
void HandleDeleteCollection(const VerbContext& verbs, const RequestPtr& request);
/// All verbs of the scale subresource.
void HandleScale(const VerbContext& verbs, const RequestPtr& request);

/// Sends the request to its verb: 405 for a verb or subresource the kind does not have.
void HandleResource(const VerbContext& verbs, const RequestPtr& request);

}  // namespace noizy::apiserver
