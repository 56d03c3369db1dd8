// Who may refer to a payload that is kept beside its Task.
#pragma once

#include <string>

#include "apiserver/resources/request.h"

namespace noizy::apiserver {

/// A look at a Task's spec.payloadRef before `next`'s, which may be null. A new Task may have the
/// payload `streamed` (streamed_payload.h; "" for none) and no other, and no Task's ever changes.
/// Invalid for all else.
WriteCheck CheckPayloadRef(std::string streamed, WriteCheck next);

}  // namespace noizy::apiserver
