// The models of a policy: its providers with their keys, limits and prices, as a model client takes
// them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kinds/routingpolicy.h"
#include "machinery/base/status.h"
#include "machinery/model/model_client.h"

namespace noizy::routing_policy {

/// Where keys come from.
struct KeySource {
  std::function<Result<std::string>(const RoutingSecretKeyRef&)> secret;
  /// Empty when the variable is not set.
  std::function<std::optional<std::string>(const std::string&)> environment;
};

struct Models {
  model::ModelClientOptions options;
  /// What is wrong, a sentence for each provider that cannot be asked; the others can.
  std::vector<std::string> problems;
};

/// A provider whose key is missing, or whose URL must not be asked, is left out and named.
Models ModelsOf(const RoutingAi& ai, const KeySource& keys);

}  // namespace noizy::routing_policy
