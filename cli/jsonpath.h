// kubectl's JSONPath templates: {.items[*].metadata.name}{"\n"}, {range .items[*]}…{end}, filters
// [?(@.type=="Ready")], slices, unions, recursive descent "..", escaped dots (.labels.a\.b).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::cli {

struct JsonPathFilter;

/// One step from values to values.
struct JsonPathStep {
  enum class Kind : std::uint8_t { kField, kWildcard, kDescend, kIndex, kSlice, kFilter, kUnion };
  Kind kind = Kind::kField;
  std::string name = {};                   // kField
  std::optional<std::int64_t> first = {};  // kIndex, kSlice: from the end when negative
  std::optional<std::int64_t> last = {};   // kSlice: exclusive
  std::int64_t stride = 1;                 // kSlice
  std::shared_ptr<const JsonPathFilter> filter = {};
  std::vector<JsonPathStep> branches = {};  // kUnion
};

struct JsonPath {
  bool from_root = false;  // "$": the document, even inside a range
  std::vector<JsonPathStep> steps;
};

/// A side of a comparison: a path from the element, or a literal.
struct JsonPathOperand {
  std::optional<JsonPath> path;
  Value literal;
};

struct JsonPathFilter {
  JsonPathOperand left;
  std::string op;  // "" asks whether `left` is there
  JsonPathOperand right;
};

/// "{.a.b}", ".a.b" or "a.b": one expression, as wait and custom-columns take it. BadRequest quotes
/// what could not be read.
Result<JsonPath> ParseJsonPath(std::string_view text);

/// What `path` selects; nothing where something on the way is missing. The pointers live as long as
/// `root` is unchanged.
std::vector<const Value*> SelectByPath(const JsonPath& path, const Value& root);

/// A whole template.
class JsonPathTemplate {
 public:
  static Result<JsonPathTemplate> Parse(std::string_view text);

  /// Texts as they are, the values of an expression separated by spaces; strings are written bare,
  /// objects and arrays as JSON.
  std::string Render(const Value& root) const;

 private:
  struct Segment {
    enum class Kind : std::uint8_t { kText, kPath, kRange, kEnd };
    Kind kind = Kind::kText;
    std::string text = {};
    JsonPath path = {};
    std::size_t end = 0;  // kRange: the index of its kEnd
  };

  void RenderSegments(std::string& out, std::size_t from, std::size_t to, const Value& root,
                      const Value& current) const;

  std::vector<Segment> segments_;
};

/// A value as templates and columns print it.
std::string BareText(const Value& value);

}  // namespace noizy::cli
