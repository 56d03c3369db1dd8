#include "controllers/certificate/readiness.h"

#include "controllers/certificate/names.h"
#include "machinery/controller/object_writes.h"
#include "machinery/meta/condition.h"
#include "machinery/meta/time.h"

namespace noizy::certificate {
namespace {

Condition ReadyCondition(const Surroundings& around) {
  const std::int64_t generation = around.certificate->metadata.generation;
  const std::string type(kReady);
  if (around.certificate->spec.revoked)
    return {type, "False", "Revoked", "The certificate is revoked", {}, generation};
  std::optional<Finding> fault = FaultOf(around);
  if (!fault)
    return {type, "True",    "Ready", "The certificate is as asked for and has not expired",
            {},   generation};
  if (!around.issuer) fault->message += "; its issuer cannot sign: " + around.issuer_fault;
  return {type, "False", fault->reason, fault->message, {}, generation};
}

void Describe(const Surroundings& around, CertificateStatus& status) {
  const bool held = around.leaf.has_value();
  status.serial_number = held ? around.leaf->serial : "";
  status.fingerprint_sha256 = held ? around.leaf->fingerprint_sha256 : "";
  status.not_before = held ? FormatTime(around.leaf->not_before) : "";
  status.not_after = held ? FormatTime(around.leaf->not_after) : "";
  const auto renewal = RenewalTimeIn(around);
  status.renewal_time = renewal ? FormatTime(*renewal) : "";
}

}  // namespace

ReadinessPlan DecideReadiness(const Surroundings& around) {
  ReadinessPlan plan{around.certificate->status, std::nullopt};
  Describe(around, plan.status);
  Condition ready = ReadyCondition(around);
  if (ready.status == "True") plan.look_again = around.leaf->not_after;
  SetCondition(plan.status.conditions, std::move(ready), FormatTime(around.now));
  return plan;
}

ReadinessReconciler::ReadinessReconciler(const ControllerContext& context)
    : client_(context.client), gatherer_(context) {}

Result<Requeue> ReadinessReconciler::Reconcile(const ObjectKey& key) {
  // Read, Gather
  const Surroundings around = gatherer_.Gather(key);
  if (around.certificate == nullptr || around.certificate->metadata.BeingDeleted())
    return Requeue::None();
  // Decide
  const ReadinessPlan plan = DecideReadiness(around);
  // Act
  const Status written = PatchStatus(client_, *around.certificate, plan.status, name());
  if (!written.ok() && written.reason() != StatusReason::kNotFound) return written;
  return plan.look_again ? Requeue::After(*plan.look_again - around.now) : Requeue::None();
}

}  // namespace noizy::certificate
