// What a restored grid must not do by itself: run again what may have run after its backup was
// made.
#pragma once

#include <string>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/client/client.h"

namespace noizy {

/// If `mark` is there, which a restore leaves: suspends every AtMostOnce Task that waits for a
/// node, with an Event that says why, and then removes the mark. Called before anybody is served;
/// may be done again from the start.
Status HoldRestoredTasks(const Client& client, const std::string& mark, const Clock& clock);

}  // namespace noizy
