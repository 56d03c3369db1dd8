// /livez, /readyz and /healthz: named checks, each with a path of its own, "?verbose" for the list.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "apiserver/filters/chain.h"

namespace noizy::apiserver {

struct HealthCheck {
  std::string name;
  /// Quick and non-blocking; any thread.
  std::function<Status()> check;
  /// Also part of /livez: a failure means that a restart may help.
  bool liveness = false;
};

/// Fixed after construction; thread-safe.
class HealthServer {
 public:
  explicit HealthServer(std::vector<HealthCheck> checks) : checks_(std::move(checks)) {}
  /// `this` must outlive the chain.
  std::map<std::string, RequestHandler, std::less<>> Paths();
  /// Ok when every check is.
  Status Ready() const;

 private:
  void Serve(const RequestContext& request, std::string_view root, bool liveness_only) const;

  const std::vector<HealthCheck> checks_;
};

}  // namespace noizy::apiserver
