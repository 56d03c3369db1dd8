// The order in which Kubernetes prefers an API group's versions.
#pragma once

#include <string_view>

namespace noizy {

/// Whether `a` is preferred to `b`: stable before beta before alpha, higher numbers first; other
/// names come last, by their letters.
bool IsPreferredVersion(std::string_view a, std::string_view b);

}  // namespace noizy
