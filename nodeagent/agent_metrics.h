// What the node agent counts, for /metrics.
#pragma once

#include <string_view>

namespace noizy::nodeagent {

// Thread-safe; one set for the whole process.
void CountAttemptStarted();
/// `reason` is one of Finished.reason's words; another one counts as "Other".
void CountAttemptFinished(std::string_view reason);
void SetAttemptsRunning(std::size_t count);
void SetReportsPending(std::size_t count);
void CountLogBytesShipped(std::size_t bytes);
void SetSessionConnected(bool connected);
/// Each try to connect after the first.
void CountReconnect();

}  // namespace noizy::nodeagent
