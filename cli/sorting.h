// The order that `get --sort-by` asks for.
#pragma once

#include <string_view>
#include <vector>

#include "cli/jsonpath.h"
#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::cli {

/// Orders by what a path selects: numbers and quantities by size, other texts with the numbers in
/// them by size ("node-9" before "node-10"), what has nothing first. Equals stay in their order.
class SortOrder {
 public:
  /// BadRequest quotes what could not be read.
  static Result<SortOrder> Parse(std::string_view path);

  void Sort(std::vector<Value>& objects) const;
  /// A Table's rows, by the objects in them.
  void SortRows(Value& table) const;

 private:
  bool IsBefore(const Value& a, const Value& b) const;

  JsonPath path_;
};

/// Whether `a` comes before `b`, numbers in them by size.
bool IsNaturallyBefore(std::string_view a, std::string_view b);

}  // namespace noizy::cli
