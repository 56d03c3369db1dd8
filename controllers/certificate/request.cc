#include "controllers/certificate/request.h"

#include <algorithm>

#include "controllers/certificate/names.h"
#include "controllers/certificate/wanted.h"
#include "machinery/client/typed.h"
#include "machinery/controller/object_writes.h"
#include "machinery/meta/condition.h"
#include "machinery/meta/time.h"
#include "machinery/value/base64.h"

namespace noizy::certificate {
namespace {

bool IsDecided(const CertificateSigningRequest& request) {
  return std::ranges::any_of(request.status.conditions, [](const Condition& condition) {
    return condition.type == "Approved" || condition.type == "Denied" || condition.type == "Failed";
  });
}

std::int64_t SecondsIn(Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

// The request's text, for the subject of the Certificate over the next key.
Result<std::string> RequestPem(const Surroundings& around) {
  NOIZY_ASSIGN_OR_RETURN(const Wanted wanted, WantedOf(around.certificate->spec));
  return CreateSigningRequest(wanted.subject, MemberOf(*around.next_key, kPrivateKeyKey),
                              wanted.role);
}

Status Settled(const Status& status) {
  const bool settled =
      status.reason() == StatusReason::kAlreadyExists || status.reason() == StatusReason::kNotFound;
  return settled ? Status::Ok() : status;
}

}  // namespace

bool RequestFits(const Surroundings& around) {
  const Certificate& certificate = *around.certificate;
  const CertificateSigningRequestSpec& spec = around.request->spec;
  const auto wanted = WantedOf(certificate.spec);
  const auto pem = DecodeBase64(spec.request);
  const auto asked = pem.ok() ? ParseSigningRequest(*pem) : pem.status();
  if (!wanted.ok() || !asked.ok() || around.next_key == nullptr) return false;
  const auto key = PublicKeyOf(MemberOf(*around.next_key, kPrivateKeyKey));
  return key.ok() && *key == asked->public_key_der && asked->subject == wanted->subject &&
         asked->role == wanted->role && !asked->has_other_names &&
         spec.signer_name == SignerOf(certificate.spec.issuer_ref) &&
         SameUsages(spec.usages, wanted->usages) &&
         spec.expiration_seconds == SecondsIn(wanted->duration);
}

RequestPlan DecideRequest(const Surroundings& around) {
  const Certificate& certificate = *around.certificate;
  const bool issuing = IsConditionTrue(certificate.status.conditions, kIssuing) &&
                       !certificate.metadata.BeingDeleted();
  if (around.request == nullptr)
    return issuing && around.next_key != nullptr ? RequestPlan::kCreate : RequestPlan::kNothing;
  if (!issuing) return RequestPlan::kDelete;
  if (around.next_key == nullptr) return RequestPlan::kNothing;  // not seen yet, or being replaced
  if (!RequestFits(around)) return RequestPlan::kDelete;
  return IsDecided(*around.request) ? RequestPlan::kNothing : RequestPlan::kApprove;
}

RequestReconciler::RequestReconciler(const ControllerContext& context)
    : client_(context.client), gatherer_(context) {}

Result<Requeue> RequestReconciler::Reconcile(const ObjectKey& key) {
  // Read, Gather
  const Surroundings around = gatherer_.Gather(key);
  NOIZY_RETURN_IF_ERROR(Sweep(key, around.certificate.get()));
  if (around.certificate == nullptr) return Requeue::None();
  // Decide, Act
  NOIZY_RETURN_IF_ERROR(Act(around, DecideRequest(around)));
  return Requeue::None();
}

Status RequestReconciler::Act(const Surroundings& around, RequestPlan plan) {
  switch (plan) {
    case RequestPlan::kNothing:
      return Status::Ok();
    case RequestPlan::kCreate:
      return Create(around);
    case RequestPlan::kApprove:
      return Approve(around);
    case RequestPlan::kDelete:
      return Delete(*around.request);
  }
  return Status::Ok();
}

Status RequestReconciler::Create(const Surroundings& around) {
  const Certificate& certificate = *around.certificate;
  NOIZY_ASSIGN_OR_RETURN(const Wanted wanted, WantedOf(certificate.spec));
  NOIZY_ASSIGN_OR_RETURN(const std::string pem, RequestPem(around));
  CertificateSigningRequest request;
  request.metadata.name = RequestName(certificate);
  request.metadata.annotations = {{std::string(kNamespaceAnnotation), certificate.metadata.ns},
                                  {std::string(kNameAnnotation), certificate.metadata.name}};
  request.spec.request = EncodeBase64(pem);
  request.spec.signer_name = SignerOf(certificate.spec.issuer_ref);
  request.spec.usages = wanted.usages;
  request.spec.expiration_seconds = SecondsIn(wanted.duration);
  return Settled(
      TypedClient<CertificateSigningRequest>(client_).Create(request, ManagedBy(name())).status());
}

Status RequestReconciler::Approve(const Surroundings& around) {
  const CertificateSigningRequest& seen = *around.request;
  CertificateSigningRequestStatus next = seen.status;
  SetCondition(
      next.conditions,
      Condition{
          "Approved", "True", "CertificateAsks", "It asks for what its Certificate says", {}, 0},
      FormatTime(around.now));
  PatchCall call = StatusPatch(seen, next);
  return Settled(
      client_.Patch(call.resource, call.key, call.type, call.patch, ManagedBy(name()), "approval")
          .status());
}

Status RequestReconciler::Delete(const CertificateSigningRequest& request) {
  DeleteOptions options;
  options.uid = request.metadata.uid;
  return Settled(
      TypedClient<CertificateSigningRequest>(client_).Delete(request.metadata.Key(), options));
}

Status RequestReconciler::Sweep(const ObjectKey& key, const Certificate* certificate) {
  if (certificate != nullptr) {
    Certificate before = *certificate;
    before.status.revision -= 1;
    const auto done = gatherer_.requests().Get({"", RequestName(before)});
    return done == nullptr ? Status::Ok() : Delete(*done);
  }
  for (const auto& [name, request] : gatherer_.requests().All()) {
    const bool its = AnnotationIn(request->metadata, kNameAnnotation) == key.name &&
                     AnnotationIn(request->metadata, kNamespaceAnnotation) == key.ns;
    if (its) NOIZY_RETURN_IF_ERROR(Delete(*request));
  }
  return Status::Ok();
}

}  // namespace noizy::certificate
