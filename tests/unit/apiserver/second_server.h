// A second server over the same store, for tests of what the fixture's own one does without: other
// kinds, tokens, an audit log.
#pragma once

#include <memory>
#include <utility>

#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {

class SecondServerTest : public ApiTest {
 protected:
  /// What a test adds to before it starts the server.
  ApiServerOptions SecondOptions(KindRegistry kinds = BuiltinKinds()) {
    return {.store = store_,
            .kinds = std::move(kinds),
            .clock = clock_,
            .random = random_,
            .ca_pem = "",
            .limits = {},
            .checks = {},
            .paths = {},
            .subresources = {}};
  }

  /// Calls go to the second server from here on, as an administrator.
  void StartSecond(ApiServerOptions options) {
    second_ = std::make_unique<ApiServer>(std::move(options));
    ActOnSecond({"admin", {"system:masters"}, "01"});
  }

  void ActOnSecond(PeerIdentity peer) {
    transport_ = MakeInProcessTransport(second_->handler(), std::move(peer));
  }

  std::unique_ptr<ApiServer> second_;
};

}  // namespace noizy::apiserver
