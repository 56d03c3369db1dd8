#include "apiserver/resources/render.h"
#include "apiserver/resources/verbs.h"

namespace noizy::apiserver {

void HandleGet(const VerbContext& verbs, const RequestPtr& request) {
  const StoredObjectPtr object = verbs.store.Get(request->key());
  if (object == nullptr)
    return ReplyStatus(*request, NotFound(request->kind->Resource(), request->target.name));
  ReplyObject(*request, 200, object, verbs.clock.Now());
}

}  // namespace noizy::apiserver
