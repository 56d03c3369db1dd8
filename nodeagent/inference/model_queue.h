// How many requests a model server has, whoever sent them: what a Task that comes now waits behind,
// or shares the server with.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "nodeagent/inference/model_server.h"

namespace noizy::nodeagent {

/// More than any server has; what a wrong figure cannot exceed.
inline constexpr std::int64_t kMostRequests = 10'000;

/// Under way and waiting, in the text that Prometheus reads: llama.cpp's
/// llamacpp:requests_processing and llamacpp:requests_deferred, vLLM's vllm:num_requests_running
/// and vllm:num_requests_waiting, summed over their labels (a model and an engine each). None when
/// it has none of them.
std::optional<std::int64_t> RequestsInMetrics(std::string_view text);
/// Slots of llama.cpp's server that are at work: [{"id": 0, "is_processing": true, …}, …]. What
/// waits for a slot is not in it. None for anything else.
std::optional<std::int64_t> RequestsInSlots(std::string_view json);

/// /metrics, else /slots. NotFound where the server answers and tells neither: Ollama has no such
/// figure (its /api/ps lists the models that are loaded), nor has LM Studio. Blocks for two
/// kServerPatience at most; else Timeout or ServiceUnavailable.
Result<std::int64_t> RequestsAt(const ModelServer& server, const std::function<bool()>& cancelled);

}  // namespace noizy::nodeagent
