// Binds waiting Tasks to nodes. One key stands for the whole line, so that priorities hold across
// it. The decision is machinery/scheduling/decide.h's.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controllers/scheduler/grid_feed.h"
#include "controllers/scheduler/return_path.h"
#include "machinery/base/clock.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/controller/reconciler.h"
#include "machinery/scheduling/decide.h"

namespace noizy::scheduler {

/// Bindings in one reconcile, written side by side so that few commits carry them; then the
/// executor's other controllers have their turn, and the line goes on where it was.
inline constexpr std::size_t kBindingsPerPass = 128;
/// Batches of bindings that may be on their way when the next one is decided.
inline constexpr int kBatchesOnTheirWay = 2;
/// Reasons told in one reconcile.
inline constexpr std::size_t kReasonsPerPass = 64;

/// The one key.
ObjectKey QueueKey();

/// Reads Nodes, Tasks, RoutingPolicies and ResourceQuotas, writes Tasks' status. The context
/// outlives it; executor thread only.
class SchedulerReconciler final : public Reconciler {
 public:
  /// `advisor` answers for strategy AI and outlives the reconciler; without one there is no answer.
  explicit SchedulerReconciler(const ControllerContext& context,
                               scheduling::Advisor* advisor = nullptr);
  ~SchedulerReconciler() override;

  std::string_view name() const override { return "scheduler"; }
  /// Any key stands for the line. A refused write is told once the others are done.
  Result<Requeue> Reconcile(const ObjectKey& key) override;

  GridFeed& feed() { return feed_; }
  /// Called when there is an answer to go on with: an advisor's, or to writes that were on their
  /// way.
  void OnAnswer(std::function<void()> wake) { wake_ = std::move(wake); }

 private:
  struct Reason {
    ObjectKey task;
    std::string reason;
    std::string message;
  };

  Status AskAboutUnclear();
  void Ask(const scheduling::Question& question);
  void KeepRecord(const ObjectKey& key, const RoutingRecord& record);
  void NoteDecided(const TaskRoutingDecision& decision);
  Status Act(const scheduling::Plan& plan, std::int64_t latency_ms);
  /// Bindings on their way, and what they make of their Tasks.
  struct Written {
    std::vector<std::pair<std::shared_ptr<const Task>, TaskStatus>> next;
    std::vector<PatchCall> calls;
  };
  Status Bind(const std::vector<scheduling::Binding>& bindings, std::int64_t latency_ms);
  Written& GroupOf(const Task& task, Written& alone, std::map<ObjectKey, Written>& gangs) const;
  Status Send(Written alone);
  Status Settle(const Written& bound, const std::vector<Status>& written);
  Status Settle(const Task& task, const Status& written);
  Status Evict(const std::vector<scheduling::Eviction>& evictions);
  Status Explain();

  const Client& client_;
  const Clock& clock_;
  EventRecorder& events_;
  scheduling::Advisor* const advisor_;
  GridFeed feed_;
  std::deque<Reason> untold_;
  std::function<void()> wake_ = [] {};
  /// Batches of bindings whose answer is not there yet, and the first error of those that are.
  int on_their_way_ = 0;
  Status settled_;
  const std::shared_ptr<ReturnPath> answers_;
};

/// What the controller watches; its reconciler is a SchedulerReconciler.
void Register(Controller& controller);
/// The reconciler with its registrations, ready to Start.
std::unique_ptr<Controller> MakeController(const ControllerContext& context,
                                           scheduling::Advisor* advisor = nullptr);

}  // namespace noizy::scheduler
