// Objects in Kubernetes' protobuf envelope, as request bodies bring them.
#pragma once

#include <string_view>

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy {

inline constexpr std::string_view kProtobufMediaType = "application/vnd.kubernetes.protobuf";

/// The object in `body`, as its JSON form: apiVersion and kind from the envelope, then the fields
/// in their order. Fields the table does not know are skipped, as protobuf wants it.
/// UnsupportedMediaType for a type that has no rows (message_table.h); BadRequest for what is no
/// envelope, ends too early, or has a field of the wrong wire type or text that is no UTF-8.
/// Nesting is bounded by the table, size by the body.
Result<Value> DecodeProtobuf(std::string_view body);

}  // namespace noizy
