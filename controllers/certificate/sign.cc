#include "controllers/certificate/sign.h"

#include <algorithm>

#include "controllers/certificate/names.h"
#include "controllers/certificate/request.h"
#include "controllers/certificate/wanted.h"
#include "machinery/controller/object_writes.h"
#include "machinery/meta/condition.h"
#include "machinery/meta/time.h"
#include "machinery/value/base64.h"

namespace noizy::certificate {
namespace {

// Machines whose clocks run a little behind must not find a new certificate "not yet valid".
constexpr Duration kBackdate = std::chrono::minutes(5);

Result<CertificateProfile> ProfileOf(const Surroundings& around) {
  NOIZY_ASSIGN_OR_RETURN(const Wanted wanted, WantedOf(around.certificate->spec));
  CertificateProfile profile;
  profile.subject = wanted.subject;
  profile.usages = wanted.usages;
  profile.is_ca = wanted.role == CertificateRole::kAuthority;
  profile.not_before = around.now - kBackdate;
  profile.not_after = around.now + wanted.duration;
  return profile;
}

}  // namespace

bool ShouldSign(const Surroundings& around) {
  if (around.request == nullptr || !around.issuer ||
      around.certificate->spec.issuer_ref.kind == "GridCA")
    return false;
  const CertificateSigningRequestStatus& status = around.request->status;
  return IsConditionTrue(status.conditions, "Approved") && status.certificate.empty() &&
         !IsConditionTrue(status.conditions, "Failed") && around.next_key != nullptr &&
         RequestFits(around);
}

Result<std::string> SignRequest(const Surroundings& around) {
  NOIZY_ASSIGN_OR_RETURN(CertificateProfile profile, ProfileOf(around));
  const std::string key_pem = MemberOf(*around.next_key, kPrivateKeyKey);
  if (around.certificate->spec.issuer_ref.kind == "SelfSigned") {
    profile.path_length = -1;
    return SelfSign(profile, key_pem);
  }
  const IssuerNow& issuer = *around.issuer;
  NOIZY_ASSIGN_OR_RETURN(const ParsedCertificate parsed, ParseCertificate(issuer.issuer_pem));
  profile.not_after = std::min(profile.not_after, parsed.not_after);
  NOIZY_ASSIGN_OR_RETURN(const std::string public_key, PublicKeyOf(key_pem));
  NOIZY_ASSIGN_OR_RETURN(
      const std::string leaf,
      SignCertificate({issuer.issuer_pem, issuer.private_key_pem}, profile, public_key));
  return ChainOf(leaf, issuer.issuer_pem);
}

SignReconciler::SignReconciler(const ControllerContext& context)
    : client_(context.client), gatherer_(context) {}

Result<Requeue> SignReconciler::Reconcile(const ObjectKey& key) {
  // Read, Gather
  const Surroundings around = gatherer_.Gather(key);
  // Decide
  if (around.certificate == nullptr || !ShouldSign(around)) return Requeue::None();
  const Result<std::string> chain = SignRequest(around);
  CertificateSigningRequestStatus next = around.request->status;
  if (chain.ok()) {
    next.certificate = EncodeBase64(*chain);
  } else {
    SetCondition(
        next.conditions,
        Condition{"Failed", "True", "SigningFailed", std::string(chain.status().message()), {}, 0},
        FormatTime(around.now));
  }
  // Act
  const Status written = PatchStatus(client_, *around.request, next, name());
  if (written.reason() == StatusReason::kNotFound) return Requeue::None();
  NOIZY_RETURN_IF_ERROR(written);
  return Requeue::None();
}

}  // namespace noizy::certificate
