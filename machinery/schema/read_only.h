// Kinds that are there to be read alone.
#pragma once

#include "machinery/schema/kind.h"

namespace noizy {

/// Clients look for such objects and a grid has none: they can be listed and watched for, and not
/// written (docs/decisions/0015). Services: a grid routes no traffic.
inline bool IsReadOnly(const Kind& kind) {
  return kind.gvk.group.empty() && kind.plural == "services";
}

}  // namespace noizy
