// UTF-8, one code point at a time.
#pragma once

#include <cstddef>
#include <string_view>

namespace noizy {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  // 0: what is there is no UTF-8
};

/// The code point that starts at `at` (which must be inside `text`). Overlong forms, surrogates and
/// what is beyond U+10FFFF are no UTF-8.
CodePoint DecodeUtf8(std::string_view text, std::size_t at);

/// True for what YAML lets stand in a stream as it is: tab, line breaks and whatever can be seen.
bool IsYamlPrintable(char32_t c);

}  // namespace noizy
