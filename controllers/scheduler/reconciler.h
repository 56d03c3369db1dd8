// Binds waiting Tasks to nodes. One key stands for the whole queue, so that priorities hold across
// it.
#pragma once

#include <memory>
#include <string_view>

#include "controllers/scheduler/assumed.h"
#include "controllers/scheduler/decide.h"
#include "controllers/scheduler/snapshot.h"
#include "kinds/node.h"
#include "kinds/task.h"
#include "machinery/base/clock.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/controller/informer.h"
#include "machinery/controller/reconciler.h"

namespace noizy::scheduler {

/// Writes in one reconcile; then the executor's other controllers have their turn, and the queue
/// goes on where it was.
inline constexpr std::size_t kWritesPerPass = 64;
/// While a Task fits nowhere the queue is looked at again this often, whatever was missed.
inline constexpr Duration kLookAgainWhileWaiting = std::chrono::seconds(60);

/// The one key.
ObjectKey QueueKey();

/// Reads Nodes and Tasks, writes Tasks' status. The context outlives it; executor thread only.
class SchedulerReconciler final : public Reconciler {
 public:
  explicit SchedulerReconciler(const ControllerContext& context);

  std::string_view name() const override { return "scheduler"; }
  /// Any key stands for the queue. A refused write is told once the others are done, any other
  /// failure at once.
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  class Pass;

  Status AskAboutUnclear();
  Snapshot Gather(WallTime now) const;
  Status Bind(const Binding& binding, std::int64_t latency_ms);
  Status Explain(const Unschedulable& waiting, bool& wrote);

  const Client& client_;
  const Clock& clock_;
  EventRecorder& events_;
  const Lister<Task>& tasks_;
  const Lister<Node>& nodes_;
  AssumedBindings assumed_;
};

/// What the controller watches.
void Register(Controller& controller);
/// The reconciler with its registrations, ready to Start.
std::unique_ptr<Controller> MakeController(const ControllerContext& context);

}  // namespace noizy::scheduler
