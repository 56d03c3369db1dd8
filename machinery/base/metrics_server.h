// /metrics over plain HTTP, for programs that have no HTTPS listener of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "machinery/base/status.h"

namespace noizy {

/// Serves everything registered at /metrics until it is destroyed. It has no authentication: bind
/// it to loopback, or to a network where everybody may read. Runs two threads of its own.
class MetricsServer {
 public:
  /// `address` is HOST:PORT; port 0 picks a free one. BadRequest for what is no address,
  /// ServiceUnavailable when it cannot be bound.
  static Result<std::unique_ptr<MetricsServer>> Start(const std::string& address);
  virtual ~MetricsServer() = default;
  virtual std::uint16_t port() const = 0;
};

}  // namespace noizy
