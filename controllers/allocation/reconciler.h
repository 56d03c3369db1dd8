// Answers requests for a plan of all Tasks that wait, with the models of the policy that has the
// request. Nothing is placed by it: a plan counts once somebody applies it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "kinds/node.h"
#include "kinds/resourcequota.h"
#include "kinds/routingpolicy.h"
#include "kinds/task.h"
#include "machinery/allocation/report.h"
#include "machinery/base/clock.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/controller/pending_answers.h"
#include "machinery/controller/reconciler.h"
#include "machinery/model/model_client.h"

namespace noizy::allocation {

/// A person waits for it at the most this long, unless the policy allows more.
inline constexpr Duration kDeadline = std::chrono::seconds(60);
/// Where there is no room to ask, or nobody to ask yet, it is tried again after this long.
inline constexpr Duration kTryAgain = std::chrono::seconds(1);

/// What the reconciler needs from outside.
struct Help {
  /// Asks the models of a policy; empty while nothing is known of it. Executor thread only.
  std::function<model::Asker(const std::string& policy)> asker;
  /// Runs a function on another thread; false when there is no room. Whoever owns the threads ends
  /// them before the client.
  std::function<bool(std::function<void()>)> run;
  /// What a model may know of a Task and of a Node; from any thread.
  std::function<Value(const scheduling::TaskView&, const Task*, std::string_view visibility)>
      task_features;
  std::function<Value(const Node&)> node_features;
};

/// Reads RoutingPolicies, Tasks, Nodes and ResourceQuotas, writes the annotations of
/// machinery/allocation/report.h. Executor thread only.
class AllocationReconciler final : public Reconciler {
 public:
  AllocationReconciler(const ControllerContext& context, Help help);

  std::string_view name() const override { return "allocation"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

  /// Called when there is an answer to write.
  void OnAnswer(std::function<void(const ObjectKey&)> wake) { answers_.OnAnswer(std::move(wake)); }

 private:
  scheduling::GridObjects Gather() const;
  Terms TermsOf(const RoutingAi& ai) const;
  bool StartAsking(const RoutingPolicy& policy);
  Status Answer(const RoutingPolicy& policy, Report report);
  void DropOutdated(Report& report) const;

  const Client& client_;
  const Clock& clock_;
  EventRecorder& events_;
  const Lister<Task>& tasks_;
  const Lister<Node>& nodes_;
  const Lister<RoutingPolicy>& policies_;
  const Lister<ResourceQuota>& quotas_;
  const Help help_;
  PendingAnswers<Report> answers_;
};

/// What the controller watches; its reconciler is an AllocationReconciler.
void Register(Controller& controller);
/// The reconciler with its registrations, ready to Start.
std::unique_ptr<Controller> MakeController(const ControllerContext& context, Help help);

}  // namespace noizy::allocation
