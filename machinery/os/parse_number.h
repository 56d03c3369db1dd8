// Numbers out of the kernel's and of tools' texts.
#pragma once

#include <charconv>
#include <string_view>

namespace noizy {

/// The number `text` begins with, after blanks; `fallback` when there is none. What follows it (a
/// unit, the next field) does not count.
template <typename Number>
Number ParseNumber(std::string_view text, Number fallback = {}) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  Number number{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() ? number : fallback;
}

}  // namespace noizy
