// An OpenAPI v2 document as protobuf: the form that kubectl asks for, and the only one it can read
// where it validates by itself.
#pragma once

#include <string>
#include <string_view>

#include "machinery/value/value.h"

namespace noizy {

/// What clients ask for, and what the reply says it is: "@" may not stand in a Content-Type, and
/// they do not ask with a dot.
inline constexpr std::string_view kOpenApiV2Asked =
    "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
inline constexpr std::string_view kOpenApiV2Protobuf =
    "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// `document` as gnostic's message openapi.v2.Document. Members that have no field there are left
/// out; those that begin with "x-" have one each, as YAML.
std::string EncodeOpenApiV2(const Value& document);

}  // namespace noizy
