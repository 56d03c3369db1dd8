#include "cli/sorting.h"

#include <algorithm>
#include <optional>

#include "machinery/meta/quantity.h"

namespace noizy::cli {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Takes the digits at the front of `text`, without the zeros that they begin with.
std::string_view TakeNumber(std::string_view& text) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

std::optional<double> SizeOf(const Value& value) {
  if (const auto* number = value.if_int64()) return static_cast<double>(*number);
  if (const auto* number = value.if_uint64()) return static_cast<double>(*number);
  if (const auto* number = value.if_double()) return *number;
  if (!value.is_string()) return std::nullopt;
  const Result<Quantity> quantity = ParseQuantity(View(value.get_string()));
  if (!quantity.ok()) return std::nullopt;
  return static_cast<double>(quantity->milli) / 1000;
}

}  // namespace

bool IsNaturallyBefore(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (IsDigit(a.front()) && IsDigit(b.front())) {
      const std::string_view left = TakeNumber(a);
      const std::string_view right = TakeNumber(b);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
      continue;
    }
    if (a.front() != b.front()) return a.front() < b.front();
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return a.empty() && !b.empty();
}

Result<SortOrder> SortOrder::Parse(std::string_view path) {
  SortOrder order;
  NOIZY_ASSIGN_OR_RETURN(order.path_, ParseJsonPath(path));
  return order;
}

bool SortOrder::IsBefore(const Value& a, const Value& b) const {
  const std::vector<const Value*> left = SelectByPath(path_, a);
  const std::vector<const Value*> right = SelectByPath(path_, b);
  if (left.empty() || right.empty()) return left.empty() && !right.empty();
  const std::optional<double> first = SizeOf(*left.front());
  const std::optional<double> second = SizeOf(*right.front());
  if (first && second) return *first < *second;
  return IsNaturallyBefore(BareText(*left.front()), BareText(*right.front()));
}

void SortOrder::Sort(std::vector<Value>& objects) const {
  std::ranges::stable_sort(objects,
                           [this](const Value& a, const Value& b) { return IsBefore(a, b); });
}

void SortOrder::SortRows(Value& table) const {
  Value* rows = Find(table, {"rows"});
  if (rows == nullptr || !rows->is_array()) return;
  static const Value kNothing;
  const auto object_of = [](const Value& row) -> const Value& {
    const Value* object = Find(row, {"object"});
    return object == nullptr ? kNothing : *object;
  };
  std::ranges::stable_sort(rows->get_array(), [&](const Value& a, const Value& b) {
    return IsBefore(object_of(a), object_of(b));
  });
}

}  // namespace noizy::cli
