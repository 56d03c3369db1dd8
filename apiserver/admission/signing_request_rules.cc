// The rules of CertificateSigningRequest: what is asked for stays, and it is decided upon once.
#include "apiserver/admission/rules.h"
#include "machinery/meta/meta.h"
#include "machinery/pki/pki.h"
#include "machinery/value/base64.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kConditions = "conditions";

Status InvalidRequest(const Value& object, std::string why, std::string field) {
  return Invalid("CertificateSigningRequest", "certificates.k8s.io", NameOf(object),
                 {{"FieldValueInvalid", std::move(why), std::move(field)}});
}

// Approved and Denied are decisions; Failed is the signer's, and final too.
bool IsDecision(std::string_view type) {
  return type == "Approved" || type == "Denied";
}

const Value* ConditionOf(const Value& object, std::string_view type) {
  const Array* conditions = ArrayAt(object, {"status", kConditions});
  for (std::size_t i = 0; conditions != nullptr && i < conditions->size(); ++i) {
    if (StringAt(conditions->at(i), {"type"}) == type) return &conditions->at(i);
  }
  return nullptr;
}

// Takes the conditions that `keeps` names from `before`, the rest from `object`.
void KeepConditions(const Value& before, Value& object, bool (*keeps)(std::string_view)) {
  Array next;
  if (const Array* old = ArrayAt(before, {"status", kConditions})) {
    for (const Value& condition : *old) {
      if (keeps(StringAt(condition, {"type"}))) next.push_back(condition);
    }
  }
  if (const Array* wanted = ArrayAt(object, {"status", kConditions})) {
    for (const Value& condition : *wanted) {
      if (!keeps(StringAt(condition, {"type"}))) next.push_back(condition);
    }
  }
  if (next.empty()) return Remove(object, {"status", kConditions});
  Set(object, {"status", kConditions}, std::move(next));
}

void KeepCertificate(const Value& before, Value& object) {
  const Value* certificate = Find(before, {"status", "certificate"});
  if (certificate == nullptr) return Remove(object, {"status", "certificate"});
  Set(object, {"status", "certificate"}, *certificate);
}

Status AdmitNewRequest(const AdmissionRequest& request) {
  const Result<std::string> pem = DecodeBase64(StringAt(request.object, {"spec", "request"}));
  const Status readable = pem.ok() ? ParseSigningRequest(*pem).status() : pem.status();
  if (readable.ok()) return Status::Ok();
  return InvalidRequest(request.object, "Invalid value: " + std::string(readable.message()),
                        "spec.request");
}

// What was decided stays decided.
Status AdmitApproval(const AdmissionRequest& request) {
  KeepCertificate(*request.before, request.object);
  KeepConditions(*request.before, request.object,
                 [](std::string_view type) { return !IsDecision(type); });
  for (const std::string_view type : {"Approved", "Denied"}) {
    if (ConditionOf(*request.before, type) != nullptr &&
        ConditionOf(request.object, type) == nullptr) {
      return InvalidRequest(
          request.object,
          "Invalid value: updates may not remove a condition of type \"" + std::string(type) + "\"",
          "status.conditions");
    }
  }
  const bool both = ConditionOf(request.object, "Approved") != nullptr &&
                    ConditionOf(request.object, "Denied") != nullptr;
  if (!both) return Status::Ok();
  return InvalidRequest(request.object,
                        "Invalid value: Approved and Denied conditions are mutually exclusive",
                        "status.conditions");
}

// The signer's write: a certificate once, and never a decision.
Status AdmitSigning(const AdmissionRequest& request) {
  KeepConditions(*request.before, request.object, IsDecision);
  const std::string_view before = StringAt(*request.before, {"status", "certificate"});
  const std::string_view after = StringAt(request.object, {"status", "certificate"});
  if (after == before) return Status::Ok();
  if (!before.empty()) {
    return InvalidRequest(request.object, "Invalid value: the certificate is immutable once set",
                          "status.certificate");
  }
  const Result<std::string> pem = DecodeBase64(after);
  const Status readable = pem.ok() ? SplitCertificates(*pem).status() : pem.status();
  if (readable.ok()) return Status::Ok();
  return InvalidRequest(request.object, "Invalid value: " + std::string(readable.message()),
                        "status.certificate");
}

}  // namespace

Status AdmitSigningRequest(const AdmissionRequest& request) {
  if (request.before == nullptr) return AdmitNewRequest(request);
  if (request.subresource == Subresource::kApproval) return AdmitApproval(request);
  if (request.subresource == Subresource::kStatus) return AdmitSigning(request);
  // As Kubernetes does: a spec that differs is not an error, it does not count.
  if (const Value* spec = Find(*request.before, {"spec"})) Set(request.object, {"spec"}, *spec);
  return Status::Ok();
}

}  // namespace noizy::apiserver
