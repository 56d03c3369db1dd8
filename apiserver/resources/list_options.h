// Which parameters of lists and watches go together (Kubernetes' ValidateListOptions).
#pragma once

#include "apiserver/resources/request.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

/// Invalid, with every cause, for a list with parameters that contradict each other.
Status CheckListOptions(const RequestContext& context);
/// The same for a watch.
Status CheckWatchOptions(const RequestContext& context);

/// Timeout with the cause ResourceVersionTooLarge, by which clients know to ask again, when
/// `revision` is still to come.
Status CheckNotInFuture(std::int64_t revision, const Store& store);

}  // namespace noizy::apiserver
