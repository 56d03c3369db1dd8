// Where client-side apply keeps what was applied last, so that the next one can tell what to
// remove.
#pragma once

#include <string>
#include <string_view>

#include "machinery/value/value.h"

namespace noizy {

inline constexpr std::string_view kLastAppliedAnnotation =
    "kubectl.kubernetes.io/last-applied-configuration";

/// What the annotation holds once `object` is applied: kubectl's very text, so that no tool sees a
/// change in what another has applied.
std::string LastAppliedText(const Value& object);

}  // namespace noizy
