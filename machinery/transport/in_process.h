// HttpTransport without a socket: requests go straight to a handler in this process, as a named
// identity. Controllers beside the API server use it, so they take the same path as everybody else.
#pragma once

#include <memory>

#include "machinery/transport/http.h"

namespace noizy {

std::unique_ptr<HttpTransport> MakeInProcessTransport(HttpHandler handler, PeerIdentity identity);

}  // namespace noizy
