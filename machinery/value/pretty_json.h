// JSON for people's eyes.
#pragma once

#include <string>

#include "machinery/value/value.h"

namespace noizy {

/// How far the API's replies are indented for people, as Kubernetes' are; kubectl's own are by 4.
inline constexpr int kReplyIndent = 2;

/// A member or item a line, each level `indent` spaces further in; ends without a newline.
std::string ToIndentedJson(const Value& value, int indent);

}  // namespace noizy
