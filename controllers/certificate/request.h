// The third loop: keeps a CertificateSigningRequest that says what the Certificate says over the
// next key, approves it, and takes it away when the issuance is over.
#pragma once

#include <string>

#include "controllers/certificate/surroundings.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/reconciler.h"

namespace noizy::certificate {

/// Whether `around.request` asks the Certificate's signer for what the Certificate says, over the
/// next key. Whoever made it: one that fits may be approved.
bool RequestFits(const Surroundings& around);

enum class RequestPlan : std::uint8_t { kNothing, kCreate, kApprove, kDelete };

/// Pure. `around.certificate` is there.
RequestPlan DecideRequest(const Surroundings& around);

/// Writes CertificateSigningRequests and their approval. The context outlives it; executor thread
/// only.
class RequestReconciler final : public Reconciler {
 public:
  explicit RequestReconciler(const ControllerContext& context);
  std::string_view name() const override { return "certificate-request"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  Status Act(const Surroundings& around, RequestPlan plan);
  Status Create(const Surroundings& around);
  Status Approve(const Surroundings& around);
  Status Delete(const CertificateSigningRequest& request);
  /// Requests for revisions that were issued, or of a Certificate that is gone.
  Status Sweep(const ObjectKey& key, const Certificate* certificate);

  const Client& client_;
  Gatherer gatherer_;
};

}  // namespace noizy::certificate
