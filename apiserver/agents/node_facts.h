// What an agent says about its machine, as a Node's status. Pure.
#pragma once

#include <string>
#include <vector>

#include "kinds/node.h"
#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/transport/http.h"
#include "noizy/v1/agent.pb.h"

namespace noizy::apiserver {

using CapabilityList = std::decay_t<decltype(v1::Offer().capabilities())>;

/// CN=system:node:NAME of O=system:nodes → NAME. Forbidden for any other certificate.
Result<std::string> NodeNameOf(const PeerIdentity& peer);

/// The status after a Hello: facts, capacity, capabilities, addresses, and the next lease epoch.
/// Conditions are the node lifecycle controller's and stay.
NodeStatus StatusAfterHello(const Node& node, const v1::NodeFacts& facts, WallTime now);

/// What the node's spec says it offers and what its agent found, each once, in order.
std::vector<std::string> CapabilitiesOf(const Node& node, const CapabilityList& found);

NodeUsage UsageOf(const v1::Usage& usage, WallTime now);
/// Whether `next` tells a reader something that `written` does not: a task more or less, 5 points
/// of a processor, a twentieth of the memory or disk.
bool IsNews(const NodeUsage& written, const NodeUsage& next);

}  // namespace noizy::apiserver
