// How the API's names are spelt in C++.
#pragma once

#include <string>
#include <string_view>

namespace noizy::kindgen {

/// "nodeName" → "node_name", "baseURL" → "base_url"; C++'s reserved words get a trailing "_".
std::string MemberName(std::string_view api_name);
/// "retryPolicy" → "RetryPolicy".
std::string StructName(std::string_view api_name);
/// A C++ string literal.
std::string Literal(std::string_view text);

}  // namespace noizy::kindgen
