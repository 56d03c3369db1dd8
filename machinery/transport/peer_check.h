// What a server asks its owner of those whom it has let in.
#pragma once

#include <functional>
#include <string_view>

#include "machinery/base/status.h"
#include "machinery/transport/http.h"

namespace noizy {

/// An error for a peer that is to be let in no longer. Called on a server's threads; must not
/// block.
using PeerCheck = std::function<Status(const PeerIdentity& peer)>;

/// An error when a request with this Authorization header would be refused now. Called as
/// PeerCheck.
using AuthorizationCheck = std::function<Status(std::string_view authorization)>;

}  // namespace noizy
