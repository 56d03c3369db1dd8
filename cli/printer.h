// What -o asks for, and objects printed that way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/jsonpath.h"
#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::cli {

/// One column of -o custom-columns=NAME:.path,…
struct CustomColumn {
  std::string heading;
  JsonPath path;
};

struct OutputFormat {
  enum class Kind : std::uint8_t { kTable, kWide, kJson, kYaml, kName, kJsonPath, kCustomColumns };
  Kind kind = Kind::kTable;
  JsonPathTemplate jsonpath = {};
  std::vector<CustomColumn> columns = {};

  bool is_table() const { return kind == Kind::kTable || kind == Kind::kWide; }
  /// "", table, wide, json, yaml, name, jsonpath=…, custom-columns=…; BadRequest lists them.
  static Result<OutputFormat> Parse(std::string_view text);
};

/// "task.noizy.dev/a", "node.noizy.dev/m1", "secret/s": how kubectl names an object in a line.
std::string ObjectName(std::string_view singular, std::string_view group, std::string_view name);
/// The same from the object itself.
std::string ObjectName(const Value& object);

/// The text of one object, or of a List of objects, in a format that is no table; ends with a
/// newline, but for jsonpath.
std::string PrintObject(const OutputFormat& format, const Value& object);

/// {"apiVersion": "v1", "kind": "List", "items": …}.
Value ListOf(std::vector<Value> items);

/// Removes metadata.managedFields, of items too: nobody reads them, and --show-managed-fields
/// brings them back.
void DropManagedFields(Value& object);

}  // namespace noizy::cli
