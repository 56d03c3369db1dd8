// Payloads on their way to nodes: who may have one, and its pieces.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "apiserver/agents/grid_state.h"
#include "apiserver/payloads/payload_store.h"
#include "machinery/base/executor.h"
#include "machinery/transport/agent_transport.h"

namespace noizy::apiserver {

/// The payload that `node` needs for the attempt of `ref`. Conflict for an attempt that is not the
/// Task's newest or has ended, Forbidden for one that is another node's, NotFound for a Task that
/// is gone, BadRequest for one that refers to none.
Result<PayloadName> PayloadFor(const GridState& grid, const std::string& node,
                               const v1::AttemptRef& ref);

/// Reads `payload` from `offset` on, on `disk`, which may block; both outlive it. Before each piece
/// `allowed` says, where Next is called, whether its reader may still have it: an error of it is
/// what comes instead.
std::shared_ptr<PayloadSource> ReadPayload(const PayloadStore& payloads, Executor& disk,
                                           PayloadName payload, std::int64_t offset,
                                           std::function<Status()> allowed);

/// What a message carries at most: a few of them fill a connection's window.
inline constexpr std::size_t kPayloadPieceBytes = std::size_t{256} << 10;

}  // namespace noizy::apiserver
