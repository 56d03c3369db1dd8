// A kind's fields told to a person, in kubectl's words, from the server's OpenAPI v3 document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::cli {

enum class Depth : std::uint8_t { kOneLevel, kAllLevels };

/// What is to be explained: "task.spec.retry" is the kind Task and the fields spec and retry.
struct Explained {
  std::string group;
  std::string version;
  std::string kind;
  std::vector<std::string> fields;
};

/// The whole text. NotFound for a kind or a field that `document` does not have.
Result<std::string> ExplainField(const Value& document, const Explained& explained, Depth depth);

}  // namespace noizy::cli
