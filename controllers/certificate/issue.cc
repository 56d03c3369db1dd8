#include "controllers/certificate/issue.h"

#include "controllers/certificate/names.h"
#include "controllers/certificate/request.h"
#include "machinery/client/typed.h"
#include "machinery/controller/object_writes.h"
#include "machinery/meta/condition.h"
#include "machinery/meta/time.h"
#include "machinery/value/base64.h"

namespace noizy::certificate {
namespace {

// Why the request will never be signed; none while it may be.
std::optional<Finding> FailureOf(const CertificateSigningRequest& request) {
  for (const std::string_view type : {"Denied", "Failed"}) {
    const Condition* condition = FindCondition(request.status.conditions, type);
    if (condition != nullptr && condition->status == "True")
      return Finding{std::string(type), "The request was refused: " + condition->message};
  }
  return std::nullopt;
}

// The Secret's data as `patch`es it, or makes it.
Value DataOf(const std::map<std::string, std::string>& data) {
  Object out;
  for (const auto& [name, text] : data) out.emplace(name, EncodeBase64(text));
  return out;
}

Value AnnotationsOf(const Certificate& certificate) {
  return Object{{kNameAnnotation, certificate.metadata.name},
                {kIssuerAnnotation, IssuerText(certificate.spec.issuer_ref)},
                {kDurationAnnotation, certificate.spec.duration},
                {"noizy.dev/is-ca", certificate.spec.is_ca ? "true" : "false"}};
}

}  // namespace

IssuePlan DecideIssue(const Surroundings& around) {
  const Certificate& certificate = *around.certificate;
  const bool under_way = IsConditionTrue(certificate.status.conditions, kIssuing) &&
                         !certificate.metadata.BeingDeleted() && around.request != nullptr &&
                         around.next_key != nullptr && RequestFits(around);
  if (!under_way) return {};
  if (auto failure = FailureOf(*around.request)) return {std::nullopt, failure};
  const std::string& encoded = around.request->status.certificate;
  if (encoded.empty() || !around.issuer) return {};
  const std::string chain = DecodeBase64(encoded).ValueOr("");
  const std::string key = MemberOf(*around.next_key, kPrivateKeyKey);
  const auto leaf = ParseCertificate(chain);
  const auto public_key = PublicKeyOf(key);
  if (!leaf.ok() || !public_key.ok() || leaf->public_key_der != *public_key)
    return {std::nullopt,
            Finding{"InvalidCertificate", "The signer's certificate is for another key"}};
  const std::string& roots = around.issuer->roots_pem;
  return {{{{std::string(kCertificateKey), chain},
            {std::string(kPrivateKeyKey), key},
            {std::string(kCaKey), roots.empty() ? chain : roots},
            {std::string(kCombinedKey), key + chain}}},
          std::nullopt};
}

IssueReconciler::IssueReconciler(const ControllerContext& context)
    : client_(context.client),
      events_(context.events),
      gatherer_(context),
      issued_("noizy_certificates_issued_total", "Certificates written into their Secrets"),
      failed_("noizy_certificate_failures_total", "Issuances of Certificates that failed") {}

Result<Requeue> IssueReconciler::Reconcile(const ObjectKey& key) {
  // Read, Gather
  const Surroundings around = gatherer_.Gather(key);
  if (around.certificate == nullptr) return Requeue::None();
  // Decide
  const IssuePlan plan = DecideIssue(around);
  // Act, Report
  Status status;
  if (plan.secret) {
    NOIZY_RETURN_IF_ERROR(WriteSecret(around, *plan.secret));
    status = Succeed(around);
  } else if (plan.failure) {
    status = Fail(around, *plan.failure);
  }
  if (!status.ok() && status.reason() != StatusReason::kNotFound) return status;
  return Requeue::None();
}

// A Secret of that name is taken over, whatever it holds.
Status IssueReconciler::WriteSecret(const Surroundings& around,
                                    const std::map<std::string, std::string>& data) {
  const Certificate& certificate = *around.certificate;
  const ObjectKey key{certificate.metadata.ns, certificate.spec.secret_name};
  const TypedClient<Secret> secrets(client_);
  const Value content = Object{{"metadata", Object{{"annotations", AnnotationsOf(certificate)}}},
                               {"data", DataOf(data)}};
  const Status patched = secrets.Patch(key, PatchType::kMerge, content, ManagedBy(name())).status();
  if (patched.reason() != StatusReason::kNotFound) return patched;
  Value made = content;
  Set(made, {"apiVersion"}, "v1");
  Set(made, {"kind"}, "Secret");
  Set(made, {"type"}, "kubernetes.io/tls");
  Set(made, {"metadata", "name"}, Value(key.name));
  Set(made, {"metadata", "namespace"}, Value(key.ns));
  return client_.Create(secrets.resource(), key.ns, made, ManagedBy(name())).status();
}

Status IssueReconciler::Succeed(const Surroundings& around) {
  const Certificate& certificate = *around.certificate;
  CertificateStatus next = certificate.status;
  next.revision += 1;
  next.failed_issuance_attempts = 0;
  next.last_failure_time.clear();
  SetCondition(next.conditions,
               Condition{std::string(kIssuing),
                         "False",
                         "Issued",
                         "The certificate was issued",
                         {},
                         certificate.metadata.generation},
               FormatTime(around.now));
  NOIZY_RETURN_IF_ERROR(PatchStatus(client_, certificate, next, name()));
  issued_.Increment();
  events_.Normal(ReferenceTo(certificate), "Issued",
                 "The certificate was issued into Secret " + certificate.spec.secret_name);
  return Status::Ok();
}

Status IssueReconciler::Fail(const Surroundings& around, const Finding& failure) {
  const Certificate& certificate = *around.certificate;
  CertificateStatus next = certificate.status;
  next.failed_issuance_attempts += 1;
  next.last_failure_time = FormatTime(around.now);
  SetCondition(next.conditions,
               Condition{std::string(kIssuing),
                         "False",
                         failure.reason,
                         failure.message,
                         {},
                         certificate.metadata.generation},
               FormatTime(around.now));
  NOIZY_RETURN_IF_ERROR(PatchStatus(client_, certificate, next, name()));
  failed_.Increment();
  events_.Warning(ReferenceTo(certificate), failure.reason, failure.message);
  return Status::Ok();
}

}  // namespace noizy::certificate
