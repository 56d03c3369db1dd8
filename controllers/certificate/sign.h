// The fourth loop: signs approved requests with a CA in a Secret, or with the certificate's own
// key. Requests to the grid's own CA are signed where its key is (controllers/certificate_signer).
#pragma once

#include <string>

#include "controllers/certificate/surroundings.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/reconciler.h"

namespace noizy::certificate {

/// Whether `around.request` is this loop's to sign, now. Pure.
bool ShouldSign(const Surroundings& around);

/// The chain for `around.request`, leaf first. It never outlives its issuer.
Result<std::string> SignRequest(const Surroundings& around);

/// Writes CertificateSigningRequests' status. The context outlives it; executor thread only.
class SignReconciler final : public Reconciler {
 public:
  explicit SignReconciler(const ControllerContext& context);
  std::string_view name() const override { return "certificate-sign"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  const Client& client_;
  Gatherer gatherer_;
};

}  // namespace noizy::certificate
