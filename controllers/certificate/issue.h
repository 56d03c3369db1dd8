// The fifth loop: takes what was signed into the Certificate's Secret and ends the issuance, or
// ends it as failed.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "controllers/certificate/secret_checks.h"
#include "machinery/base/metrics.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/controller/reconciler.h"

namespace noizy::certificate {

struct IssuePlan {
  /// What the Secret is to hold, by member, decoded.
  std::optional<std::map<std::string, std::string>> secret;
  std::optional<Finding> failure;
};

/// Pure. `around.certificate` is there.
IssuePlan DecideIssue(const Surroundings& around);

/// Writes a Certificate's Secret and, when that is durable, its status. The context outlives it;
/// executor thread only.
class IssueReconciler final : public Reconciler {
 public:
  explicit IssueReconciler(const ControllerContext& context);
  std::string_view name() const override { return "certificate-issue"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  Status WriteSecret(const Surroundings& around, const std::map<std::string, std::string>& data);
  Status Succeed(const Surroundings& around);
  Status Fail(const Surroundings& around, const Finding& failure);

  const Client& client_;
  EventRecorder& events_;
  Gatherer gatherer_;
  Counter issued_;
  Counter failed_;
};

}  // namespace noizy::certificate
