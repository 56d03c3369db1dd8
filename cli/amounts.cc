#include "cli/amounts.h"

#include <cstdint>

#include "machinery/meta/quantity.h"

namespace noizy::cli {

std::string Rounded(double number) {
  return std::to_string(static_cast<std::int64_t>(number + 0.5));
}

double NumberAt(const Value& root, ValuePath path) {
  const Value* number = Find(root, path);
  return number != nullptr && number->is_number() ? number->to_number<double>() : 0;
}

double AmountAt(const Value& root, ValuePath path) {
  const Value* text = Find(root, path);
  if (text == nullptr) return 0;
  if (text->is_number()) return text->to_number<double>();
  const Result<Quantity> quantity =
      ParseQuantity(text->is_string() ? View(text->get_string()) : std::string_view());
  return quantity.ok() ? static_cast<double>(quantity->milli) / 1000 : 0;
}

std::string Share(double part, double whole) {
  return whole > 0 ? Rounded(100 * part / whole) + "%" : "<unknown>";
}

}  // namespace noizy::cli
