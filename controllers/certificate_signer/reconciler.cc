#include "controllers/certificate_signer/reconciler.h"

#include <algorithm>

#include "machinery/controller/object_writes.h"
#include "machinery/meta/condition.h"
#include "machinery/meta/time.h"
#include "machinery/value/base64.h"

namespace noizy::certificate_signer {
namespace {

constexpr std::string_view kNodePrefix = "system:node:";

Status Settled(const Status& status) {
  return status.reason() == StatusReason::kNotFound ? Status::Ok() : status;
}

bool Is(const CertificateSigningRequest& request, std::string_view condition) {
  return IsConditionTrue(request.status.conditions, condition);
}

}  // namespace

SignerPlan Decide(const CertificateSigningRequest& request, bool node_exists) {
  const bool over = !request.status.certificate.empty() || Is(request, "Denied") ||
                    Is(request, "Failed") || request.metadata.BeingDeleted();
  if (over || !IsOurs(request.spec.signer_name)) return SignerPlan::kNothing;
  if (Is(request, "Approved")) return SignerPlan::kSign;
  const auto parsed = RequestIn(request.spec);
  const bool own = parsed.ok() && node_exists && IsNodesOwn(request.spec, *parsed);
  return own ? SignerPlan::kApprove : SignerPlan::kNothing;
}

SignerReconciler::SignerReconciler(const ControllerContext& context, AuthorityFor authorities)
    : client_(context.client),
      clock_(context.clock),
      requests_(context.informers.Get<CertificateSigningRequest>().lister()),
      nodes_(context.informers.Get<Node>().lister()),
      authorities_(std::move(authorities)),
      signed_("noizy_signing_requests_signed_total", "Requests signed with the grid's CA"),
      failed_("noizy_signing_requests_failed_total", "Requests the grid's CA does not sign") {}

bool SignerReconciler::NodeExists(const CertificateSigningRequest& request) const {
  const std::string& user = request.spec.username;
  if (!user.starts_with(kNodePrefix)) return false;
  const auto node = nodes_.Get({"", user.substr(kNodePrefix.size())});
  return node != nullptr && !node->metadata.BeingDeleted();
}

Result<Requeue> SignerReconciler::Reconcile(const ObjectKey& key) {
  // Read, Gather
  const auto request = requests_.Get(key);
  if (request == nullptr) return Requeue::None();
  // Decide, Act
  switch (Decide(*request, NodeExists(*request))) {
    case SignerPlan::kNothing:
      break;
    case SignerPlan::kApprove:
      NOIZY_RETURN_IF_ERROR(Approve(*request));
      break;
    case SignerPlan::kSign:
      NOIZY_RETURN_IF_ERROR(SignAndWrite(*request));
      break;
  }
  return Requeue::None();
}

Status SignerReconciler::Approve(const CertificateSigningRequest& request) {
  CertificateSigningRequestStatus next = request.status;
  SetCondition(next.conditions,
               Condition{"Approved",
                         "True",
                         "NodeAsks",
                         "A node asks for the next certificate of its own name",
                         {},
                         0},
               FormatTime(clock_.Now()));
  const PatchCall call = StatusPatch(request, next);
  return Settled(
      client_.Patch(call.resource, call.key, call.type, call.patch, ManagedBy(name()), "approval")
          .status());
}

// It never outlives its issuer.
Result<std::string> SignerReconciler::Sign(const CertificateSigningRequest& request) const {
  NOIZY_ASSIGN_OR_RETURN(const SigningRequest parsed, RequestIn(request.spec));
  NOIZY_ASSIGN_OR_RETURN(CertificateProfile profile,
                         ProfileFor(request.spec, parsed, clock_.Now()));
  NOIZY_ASSIGN_OR_RETURN(const CertificateAuthority authority,
                         authorities_(request.spec.signer_name));
  NOIZY_ASSIGN_OR_RETURN(const ParsedCertificate issuer,
                         ParseCertificate(authority.certificate_pem));
  profile.not_after = std::min(profile.not_after, issuer.not_after);
  NOIZY_ASSIGN_OR_RETURN(const std::string leaf,
                         SignCertificate(authority, profile, parsed.public_key_der));
  return ChainOf(leaf, authority.certificate_pem);
}

Status SignerReconciler::SignAndWrite(const CertificateSigningRequest& request) {
  const Result<std::string> chain = Sign(request);
  CertificateSigningRequestStatus next = request.status;
  if (chain.ok()) {
    next.certificate = EncodeBase64(*chain);
  } else {
    SetCondition(
        next.conditions,
        Condition{"Failed", "True", "SignerRefused", std::string(chain.status().message()), {}, 0},
        FormatTime(clock_.Now()));
  }
  const Status written = PatchStatus(client_, request, next, name());
  if (written.ok()) (chain.ok() ? signed_ : failed_).Increment();
  return Settled(written);
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context,
                                           AuthorityFor authorities,
                                           std::shared_ptr<WorkerPool> workers) {
  auto controller = std::make_unique<Controller>(
      context, std::make_unique<SignerReconciler>(context, std::move(authorities)));
  controller->ReconcileAbreast(std::move(workers));
  controller->For<CertificateSigningRequest>();
  return controller;
}

}  // namespace noizy::certificate_signer
