#include "apiserver/resources/list_options.h"
#include "apiserver/resources/query.h"
#include "apiserver/resources/render.h"
#include "apiserver/resources/verbs.h"

namespace noizy::apiserver {

void HandleGet(const VerbContext& verbs, const RequestPtr& request) {
  if (!request->Parameter("resourceVersion").empty()) {
    const Result<std::int64_t> revision = ReadRevision(*request, "resourceVersion");
    const Status status =
        revision.ok() ? CheckNotInFuture(*revision, verbs.store) : revision.status();
    if (!status.ok()) return ReplyStatus(*request, status);
  }
  const StoredObjectPtr object = verbs.store.Get(KeyOf(*request));
  if (object == nullptr)
    return ReplyStatus(*request, NotFound(request->kind->Resource(), request->target.name));
  ReplyObject(*request, 200, object, verbs.clock.Now());
}

}  // namespace noizy::apiserver
