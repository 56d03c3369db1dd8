// Reading and writing YAML with kubectl's scalar rules (sigs.k8s.io/yaml: YAML 1.1 booleans only as true/false spellings,
// JSON-compatible types), composed by our own code over yaml-cpp's event parser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy {

struct YamlReadOptions {
  std::size_t max_depth = 64;
  /// Values made in total, aliases expanded: what stops an alias bomb.
  std::size_t max_nodes = 100'000;
  /// Bytes of one document stream.
  std::size_t max_bytes = 3 * 1024 * 1024;
};

struct YamlDocument {
  Value value;
  /// Where the document starts in the text, from 1.
  int line = 1;
};

/// Every document of the stream that is not empty. JSON is read too. Errors are BadRequest and name line and column: duplicate keys,
/// unterminated quotes, deep nesting, cyclic or exploding aliases, tabs, merge keys that are no mapping, non-string keys.
Result<std::vector<YamlDocument>> ParseYaml(std::string_view text, const YamlReadOptions& options = {});

/// One document in kubectl's style: members in their order, strings quoted only where they need it, block scalars for multi-line
/// text. Ends with a newline; parses back to an equal value.
std::string ToYaml(const Value& value);

}  // namespace noizy
