// Reading and writing YAML with kubectl's scalar rules (sigs.k8s.io/yaml as kubectl 1.32 ships it,
// see yaml_scalar.h), composed by our own code over yaml-cpp's event parser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy {

struct YamlReadOptions {
  std::size_t max_depth = 64;
  /// Values that aliases may add to a stream, and values that anchors may name: what stops an alias
  /// bomb. What stands in the text is bounded by max_bytes.
  std::size_t max_nodes = 100'000;
  /// Bytes of one document stream, and, separately, of the strings that aliases add to it.
  std::size_t max_bytes = 3 * 1024 * 1024;
};

struct YamlDocument {
  Value value;
  /// Where the document's content starts in the text, from 1.
  int line = 1;
};

/// Every document of the stream that is not empty. JSON is read too, several objects in a row as
/// well. Errors are BadRequest and name line and column (from 1, in bytes): "line 3, column 5:
/// duplicate key \"name\"". Refused beside what YAML refuses: duplicate keys, unterminated quotes,
/// deep nesting, cyclic or exploding aliases, tabs as indentation, merge keys whose value is no
/// mapping, keys that are null or no scalar, tags of the user's own, .inf and .nan, control
/// characters. A key that is a number or a boolean becomes its JSON text.
Result<std::vector<YamlDocument>> ParseYaml(std::string_view text,
                                            const YamlReadOptions& options = {});

/// One document in kubectl's style: members in their order, strings quoted only where they need it,
/// block scalars for multi-line text. Ends with a newline; parses back to an equal value.
std::string ToYaml(const Value& value);

}  // namespace noizy
