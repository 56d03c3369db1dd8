// Percent-encoding and query strings (RFC 3986; '+' in a query is a space, as Go reads it).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machinery/base/status.h"

namespace noizy {

/// `text` with everything but RFC 3986's unreserved characters encoded.
std::string PercentEncode(std::string_view text);
/// BadRequest for a broken escape or an encoded NUL.
Result<std::string> PercentDecode(std::string_view text);

/// A decoded query string, in its order.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;
Result<QueryParameters> ParseQuery(std::string_view query);
/// The first value of `name`; "" when absent.
std::string_view FindParameter(const QueryParameters& parameters, std::string_view name);
/// As Kubernetes reads a parameter: "0", "false" in any case and what is not there are false,
/// anything else is true.
bool ParseBoolParameter(std::string_view text);

}  // namespace noizy
