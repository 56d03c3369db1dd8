// The process's registry, for the adapters in this folder.
#pragma once

#include <prometheus/registry.h>

namespace noizy {

/// Never destroyed: threads that outlive main may still count.
prometheus::Registry& MetricsRegistry();

}  // namespace noizy
