// What a server asks its owner of peers whose certificates are fine by themselves.
#pragma once

#include <functional>

#include "machinery/base/status.h"
#include "machinery/transport/http.h"

namespace noizy {

/// An error for a peer that is to be let in no longer. Called on a server's threads; must not block.
using PeerCheck = std::function<Status(const PeerIdentity& peer)>;

}  // namespace noizy
