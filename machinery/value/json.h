// Reading and writing JSON as the Kubernetes API machinery does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy {

/// Deeper documents are refused: nothing of ours is deeper than a dozen levels, and a parser's
/// stack is not a user's to spend.
inline constexpr std::size_t kMaxDocumentDepth = 64;

struct JsonReadOptions {
  std::size_t max_depth = kMaxDocumentDepth;
  /// Filled, when given, with the path ("spec.env[0].name") of each member that came twice; the
  /// last one wins, as in Go. When null, a duplicate is not looked for.
  std::vector<std::string>* duplicates = nullptr;
};

/// Parses one document; anything after it but white space is an error. BadRequest names the byte
/// offset. UTF-8 is checked, integers stay int64 or uint64 exactly, other numbers become double.
Result<Value> ParseJson(std::string_view text, const JsonReadOptions& options = {});

/// Compact JSON. Doubles are written as Go's encoding/json does (shortest form; exponents only
/// below 1e-6 and from 1e21), but -0 as 0.
std::string ToJson(const Value& value);
void AppendJson(std::string& out, const Value& value);
/// Indented by four spaces, as kubectl prints it; ends without a newline.
std::string ToPrettyJson(const Value& value);
/// Appends `text` as a quoted JSON string.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace noizy
