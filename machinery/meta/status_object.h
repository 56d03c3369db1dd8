// noizy::Status as the API's Status object ({"kind": "Status", "apiVersion": "v1", …}) and back.
#pragma once

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy {

/// A failure; for Ok, {"status": "Success"}.
Value StatusToValue(const Status& status);
/// Ok for "Success". A body that is no Status object gives kUnknown with what could be read.
Status StatusFromValue(const Value& value);

}  // namespace noizy
