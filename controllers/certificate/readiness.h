// The sixth loop: says whether the Certificate's Secret holds what it should, and until when.
#pragma once

#include <optional>
#include <string>

#include "controllers/certificate/secret_checks.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/reconciler.h"

namespace noizy::certificate {

struct ReadinessPlan {
  CertificateStatus status;
  std::optional<WallTime> look_again;
};

/// Pure. `around.certificate` is there. Ready, and what is told of the certificate held.
ReadinessPlan DecideReadiness(const Surroundings& around);

/// Writes a Certificate's status. The context outlives it; executor thread only.
class ReadinessReconciler final : public Reconciler {
 public:
  explicit ReadinessReconciler(const ControllerContext& context);
  std::string_view name() const override { return "certificate-readiness"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  const Client& client_;
  Gatherer gatherer_;
};

}  // namespace noizy::certificate
