// What a plain (unquoted) YAML scalar means, by the rules kubectl applies (sigs.k8s.io/yaml's fork
// of go-yaml v2, kubectl 1.32): YAML 1.1 booleans with yes, no, on and off; decimal, 0x, 0o, 0b and
// leading-zero octal integers with underscores; floats; timestamps stay strings. One rule is not
// kubectl's: y and n are strings, since {x: 1, y: 2} is a point and not a boolean.
#pragma once

#include <cstdint>
#include <string_view>

#include "machinery/value/value.h"

namespace noizy {

enum class YamlScalarKind : std::uint8_t {
  kString,
  kNull,
  kBool,
  kInt,
  kFloat,
  kNotFinite,
  kMerge
};

struct YamlScalar {
  YamlScalarKind kind = YamlScalarKind::kString;
  Value value;  // null for kNotFinite (.inf, .nan) and kMerge (<<)
};

YamlScalar ResolvePlainScalar(std::string_view text);

/// How a string must be written so that every YAML reader takes it for a string.
enum class YamlStyle : std::uint8_t { kPlain, kSingleQuoted, kDoubleQuoted, kLiteral };

/// The style for `text` as a value; a key is never kLiteral.
YamlStyle StyleOfValue(std::string_view text);
YamlStyle StyleOfKey(std::string_view text);

}  // namespace noizy
