// The first loop: says that a Certificate is to be issued, by its condition Issuing, and when to
// look again.
#pragma once

#include <memory>
#include <optional>

#include "controllers/certificate/secret_checks.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/controller/reconciler.h"

namespace noizy::certificate {

struct TriggerPlan {
  std::optional<Finding> issue;  // set Issuing to True, for this reason
  std::optional<WallTime> look_again;

  bool operator==(const TriggerPlan&) const = default;
};

/// Pure. `around.certificate` is there. After a failure it waits: an hour, then twice as long each
/// time, 32 hours at most, unless the spec has changed since.
TriggerPlan DecideTrigger(const Surroundings& around);

/// Writes a Certificate's condition Issuing. The context outlives it; executor thread only.
class TriggerReconciler final : public Reconciler {
 public:
  explicit TriggerReconciler(const ControllerContext& context);
  std::string_view name() const override { return "certificate-trigger"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  const Client& client_;
  EventRecorder& events_;
  Gatherer gatherer_;
};

}  // namespace noizy::certificate
