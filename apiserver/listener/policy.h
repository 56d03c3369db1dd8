// The first roles and bindings, written like any other object.
#pragma once

#include "apiserver/resources/object_writer.h"
#include "machinery/schema/kind.h"

namespace noizy::apiserver {

/// Creates what is missing of BootstrapPolicy and completes what is there. Waits for the store; not
/// from its thread.
Status WriteBootstrapPolicy(const KindRegistry& kinds, ObjectWriter& writer);

}  // namespace noizy::apiserver
