// The Certificate controller: seven small loops that meet in the objects alone.
#pragma once

#include <memory>
#include <vector>

#include "machinery/controller/controller.h"

namespace noizy::certificate {

/// All loops, registered and ready to Start, with `workers` beside them
/// (Controller::ReconcileAbreast). Making RSA keys takes a second: give them an executor of their
/// own.
std::vector<std::unique_ptr<Controller>> MakeControllers(
    const ControllerContext& context, const std::shared_ptr<WorkerPool>& workers);

}  // namespace noizy::certificate
