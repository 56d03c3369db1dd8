// Answers requests for a diagnosis of a Task or a Node, and asks by itself about Tasks that failed
// where their policy wants that.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "controllers/diagnosis/decide.h"
#include "controllers/diagnosis/question.h"
#include "kinds/node.h"
#include "kinds/routingpolicy.h"
#include "kinds/task.h"
#include "machinery/base/clock.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/controller/pending_answers.h"
#include "machinery/controller/reconciler.h"
#include "machinery/model/model_client.h"

namespace noizy::diagnosis {

/// What the reconciler needs from outside.
struct Help {
  /// Asks the models of a policy; empty while nothing is known of it. Executor thread only.
  std::function<model::Asker(const std::string& policy)> asker;
  /// Runs a function on another thread; false when there is no room. Whoever owns the threads ends
  /// them before the client.
  std::function<bool(std::function<void()>)> run;
};

/// Where there is no room to ask, or nobody to ask yet, it is tried again after this long.
inline constexpr Duration kTryAgain = std::chrono::seconds(1);

/// Reads Tasks, Nodes and RoutingPolicies, and the Secrets, Events and log of what it asks about;
/// writes the annotations of machinery/diagnosis/report.h. A key with a namespace is a Task's,
/// another a Node's. Executor thread only.
class DiagnosisReconciler final : public Reconciler {
 public:
  DiagnosisReconciler(const ControllerContext& context, Help help);

  std::string_view name() const override { return "diagnosis"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

  /// Called when there is an answer to write.
  void OnAnswer(std::function<void(const ObjectKey&)> wake) { answers_.OnAnswer(std::move(wake)); }

 private:
  template <typename T>
  Result<Requeue> Look(const std::shared_ptr<const T>& object, const ObjectKey& key);
  template <typename T>
  Status Write(const T& object, const Plan& plan);
  template <typename T>
  void Tell(const T& object, const Report& report);
  Observed Gather(const ObjectMeta& object) const;
  void GatherTask(const Task& task, Observed& seen) const;
  Question QuestionAbout(const std::shared_ptr<const Task>& task) const;
  Question QuestionAbout(const std::shared_ptr<const Node>& node) const;
  bool StartAsking(const ObjectMeta& object, const std::optional<std::string>& request,
                   Question question, const std::string& policy);

  const Client& client_;
  const Clock& clock_;
  EventRecorder& events_;
  const Lister<Task>& tasks_;
  const Lister<Node>& nodes_;
  const Lister<RoutingPolicy>& policies_;
  const Help help_;
  PendingAnswers<Answered> answers_;
};

/// What the controller watches; its reconciler is a DiagnosisReconciler.
void Register(Controller& controller);
/// The reconciler with its registrations, ready to Start.
std::unique_ptr<Controller> MakeController(const ControllerContext& context, Help help);

}  // namespace noizy::diagnosis
