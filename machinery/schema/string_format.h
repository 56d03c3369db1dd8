// The `format` of a string schema, as Kubernetes checks it.
#pragma once

#include <string_view>

namespace noizy {

/// Whether `text` has the format. A format that is not known asks for nothing, as in Kubernetes.
/// Known are byte, cidr, date, date-time, duration, email, hexcolor, hostname, ipv4, ipv6, mac, uri
/// and uuid.
bool HasFormat(std::string_view format, std::string_view text);

}  // namespace noizy
