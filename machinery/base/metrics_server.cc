#include "machinery/base/metrics_server.h"

#include <prometheus/exposer.h>

#include <exception>

#include "machinery/base/metrics_registry.h"

namespace noizy {
namespace {

constexpr std::size_t kThreads = 2;

class ExposerServer : public MetricsServer {
 public:
  explicit ExposerServer(const std::string& address)
      : exposer_(address, kThreads),
        // Not owned: the registry is never destroyed.
        registry_(&MetricsRegistry(), [](prometheus::Registry*) {}) {
    exposer_.RegisterCollectable(registry_);
  }
  std::uint16_t port() const override {
    return static_cast<std::uint16_t>(exposer_.GetListeningPorts().at(0));
  }

 private:
  prometheus::Exposer exposer_;
  std::shared_ptr<prometheus::Registry> registry_;
};

}  // namespace

Result<std::unique_ptr<MetricsServer>> MetricsServer::Start(const std::string& address) {
  // The library would take a bare port for one on every interface.
  if (address.rfind(':') == std::string::npos || address.front() == ':')
    return BadRequest("\"" + address + "\" is no HOST:PORT; give one as 127.0.0.1:9464");
  try {
    return std::unique_ptr<MetricsServer>(std::make_unique<ExposerServer>(address));
  } catch (const std::exception&) {  // whose text names no cause
    return Unavailable("cannot serve metrics at " + address +
                       ": choose an address of this machine and a port that is free");
  }
}

}  // namespace noizy
