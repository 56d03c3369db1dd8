// Letters of ASCII, in which the API's words are written.
#pragma once

#include <string>
#include <string_view>

namespace noizy::cli {

std::string LowerCase(std::string_view text);
std::string UpperCase(std::string_view text);

}  // namespace noizy::cli
