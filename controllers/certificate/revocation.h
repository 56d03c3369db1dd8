// The seventh loop: puts the serial number of a Certificate with spec.revoked on the grid's list,
// from which the control plane makes its CRL and refuses connections.
#pragma once

#include <optional>
#include <string>

#include "controllers/certificate/surroundings.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/controller/reconciler.h"

namespace noizy::certificate {

/// The serial to put on the list. Pure; `around.certificate` is there.
std::optional<std::string> SerialToRevoke(const Surroundings& around);

/// Writes the ConfigMap of revoked certificates: serial → when, RFC 3339. The context outlives it;
/// executor thread only.
class RevocationReconciler final : public Reconciler {
 public:
  explicit RevocationReconciler(const ControllerContext& context);
  std::string_view name() const override { return "certificate-revocation"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  Status Add(const std::string& serial, WallTime now);

  const Client& client_;
  EventRecorder& events_;
  Gatherer gatherer_;
};

}  // namespace noizy::certificate
