// IntOrString: a field that may be written as a whole number or as text (a quantity, a port, a
// fraction of a second).
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace noizy {

/// The text, and whether it came as a number, so that what is read is written back unchanged.
/// Compares by its text.
struct IntOrString : std::string {
  using std::string::string;
  IntOrString() = default;
  IntOrString(std::string text)
      : std::string(std::move(text)) {}  // NOLINT: implicit, a string is one
  static IntOrString Number(std::int64_t number) {
    IntOrString out(std::to_string(number));
    out.is_number = true;
    return out;
  }

  bool is_number = false;
};

}  // namespace noizy
