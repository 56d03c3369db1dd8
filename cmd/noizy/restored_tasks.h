// What a restored grid must not do by itself: run again what may have run after its backup was
// made, and give again the numbers that attempts got then.
#pragma once

#include <cstdint>
#include <string>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/client/client.h"

namespace noizy {

/// How many attempts' numbers a restore leaves out: more than a Task can have had since its backup.
inline constexpr std::int64_t kAttemptJump = 1'000'000;

/// If `mark` is there, which a restore leaves, and then removes it:
/// - The next attempt of every Task that has not ended gets a number far ahead, so that no node and
///   no store with a fence takes it for one that was made after the backup.
/// - Every AtMostOnce Task that has not ended is suspended, with an Event that says why, and so is
///   every TaskSet and TaskSchedule that makes such Tasks. An attempt that its node still has goes
///   on (apiserver/agents/assignment); all else waits for a person.
/// Called before anybody is served; may be done again from the start.
Status HoldRestoredTasks(const Client& client, const std::string& mark, const Clock& clock);

}  // namespace noizy
