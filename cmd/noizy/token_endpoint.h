// POST /noizy/v1/tokens: a one-time token for a machine that is to join.
//
//   {"ttlSeconds": 3600, "nodeName": "hp-omen"}  →  {"token": "…", "caHash": "sha256:…",
//   "endpoint": "host:port"}
#pragma once

#include <functional>
#include <string>

#include "apiserver/agents/agent_hub.h"
#include "apiserver/resources/request.h"
#include "machinery/base/executor.h"

namespace noizy {

struct TokenEndpointOptions {
  apiserver::AgentHub& hub;
  /// Making a token blocks for its durable write.
  Executor& executor;
  /// The CA of now.
  std::function<std::string()> ca_pem;
  /// Where agents dial in.
  std::string endpoint;
};

/// Thread-safe. For administrators: the filter chain lets nobody else through.
class TokenEndpoint {
 public:
  explicit TokenEndpoint(TokenEndpointOptions options) : options_(std::move(options)) {}
  void Handle(const apiserver::RequestPtr& request);

 private:
  Result<Value> Create(const Value& body);

  TokenEndpointOptions options_;
};

}  // namespace noizy
