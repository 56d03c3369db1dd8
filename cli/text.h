// Letters of ASCII, in which the API's words are written, and text that is safe to print.
#pragma once

#include <string>
#include <string_view>

namespace noizy::cli {

std::string LowerCase(std::string_view text);
std::string UpperCase(std::string_view text);

/// For terminals, of what others wrote: control characters become spaces.
std::string Printable(std::string_view text);

}  // namespace noizy::cli
