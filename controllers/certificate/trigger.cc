#include "controllers/certificate/trigger.h"

#include <algorithm>

#include "controllers/certificate/names.h"
#include "machinery/client/typed.h"
#include "machinery/controller/object_writes.h"
#include "machinery/meta/condition.h"
#include "machinery/meta/time.h"

namespace noizy::certificate {
namespace {

constexpr Duration kFirstWait = std::chrono::hours(1);
constexpr int kMostDoublings = 5;  // 32 hours

// When it may be tried again after what failed; none: at once.
std::optional<WallTime> EndOfWait(const Certificate& certificate) {
  const CertificateStatus& status = certificate.status;
  const Result<WallTime> failed = ParseTime(status.last_failure_time);
  const Condition* issuing = FindCondition(status.conditions, kIssuing);
  if (status.failed_issuance_attempts == 0 || !failed.ok() || issuing == nullptr ||
      issuing->observed_generation != certificate.metadata.generation)
    return std::nullopt;
  const auto doublings =
      std::min<std::int64_t>(status.failed_issuance_attempts - 1, kMostDoublings);
  return *failed + kFirstWait * (1 << doublings);
}

}  // namespace

TriggerPlan DecideTrigger(const Surroundings& around) {
  const Certificate& certificate = *around.certificate;
  if (certificate.metadata.BeingDeleted() ||
      IsConditionTrue(certificate.status.conditions, kIssuing))
    return {};
  const std::optional<Finding> reason = ReasonToIssue(around);
  if (!reason) return {std::nullopt, RenewalTimeIn(around)};
  const std::optional<WallTime> wait = EndOfWait(certificate);
  if (wait && around.now < *wait) return {std::nullopt, wait};
  return {reason, std::nullopt};
}

TriggerReconciler::TriggerReconciler(const ControllerContext& context)
    : client_(context.client), events_(context.events), gatherer_(context) {}

Result<Requeue> TriggerReconciler::Reconcile(const ObjectKey& key) {
  // Read, Gather
  Surroundings around = gatherer_.Gather(key);
  if (around.certificate == nullptr) return Requeue::None();
  // Decide
  TriggerPlan plan = DecideTrigger(around);
  if (plan.issue) {
    // The copy of a Secret just written may come later than the Certificate's: what would be issued
    // twice is looked at again.
    const auto secret =
        TypedClient<Secret>(client_).Get({key.ns, around.certificate->spec.secret_name});
    if (!secret.ok() && secret.status().reason() != StatusReason::kNotFound) return secret.status();
    TakeSecret(secret.ok() ? std::make_shared<const Secret>(*secret) : nullptr, around);
    plan = DecideTrigger(around);
  }
  if (!plan.issue)
    return plan.look_again ? Requeue::After(*plan.look_again - around.now) : Requeue::None();
  // Act
  const Certificate& certificate = *around.certificate;
  CertificateStatus next = certificate.status;
  SetCondition(next.conditions,
               Condition{std::string(kIssuing),
                         "True",
                         plan.issue->reason,
                         plan.issue->message,
                         {},
                         certificate.metadata.generation},
               FormatTime(around.now));
  const Status written = PatchStatus(client_, certificate, next, name());
  if (written.reason() == StatusReason::kNotFound) return Requeue::None();
  NOIZY_RETURN_IF_ERROR(written);
  // Report
  events_.Normal(ReferenceTo(certificate), "Issuing", plan.issue->message);
  return Requeue::None();
}

}  // namespace noizy::certificate
