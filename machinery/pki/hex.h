// Bytes as lower-case hexadecimal digits.
#pragma once

#include <string>
#include <string_view>

namespace noizy {

/// Two digits a byte.
std::string Hex(std::string_view bytes);

}  // namespace noizy
