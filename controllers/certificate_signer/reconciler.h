// Approves what needs nobody's approval, and signs what is approved.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "controllers/certificate_signer/rules.h"
#include "kinds/certificatesigningrequest.h"
#include "kinds/node.h"
#include "machinery/base/metrics.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/reconciler.h"

namespace noizy::certificate_signer {

/// The authority that signs for a signer's name, as it is now. Thread-safe.
using AuthorityFor = std::function<Result<CertificateAuthority>(std::string_view signer)>;

enum class SignerPlan : std::uint8_t { kNothing, kApprove, kSign };

/// Pure. A node's own request is approved as long as there is its Node.
SignerPlan Decide(const CertificateSigningRequest& request, bool node_exists);

/// Writes CertificateSigningRequests. The context outlives it; executor thread only.
class SignerReconciler final : public Reconciler {
 public:
  SignerReconciler(const ControllerContext& context, AuthorityFor authorities);
  std::string_view name() const override { return "certificate-signer"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  bool NodeExists(const CertificateSigningRequest& request) const;
  Status Approve(const CertificateSigningRequest& request);
  Status SignAndWrite(const CertificateSigningRequest& request);
  Result<std::string> Sign(const CertificateSigningRequest& request) const;

  const Client& client_;
  const Clock& clock_;
  const Lister<CertificateSigningRequest>& requests_;
  const Lister<Node>& nodes_;
  const AuthorityFor authorities_;
  Counter signed_;
  Counter failed_;
};

/// The reconciler with its registrations, ready to Start, with `workers` beside it
/// (Controller::ReconcileAbreast), which ask `authorities` too.
std::unique_ptr<Controller> MakeController(const ControllerContext& context,
                                           AuthorityFor authorities,
                                           std::shared_ptr<WorkerPool> workers);

}  // namespace noizy::certificate_signer
