// The advisor behind strategy AI: asks the models of the policy that a question comes from.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "controllers/routing_policy/models.h"
#include "kinds/node.h"
#include "kinds/routingpolicy.h"
#include "kinds/task.h"
#include "machinery/base/clock.h"
#include "machinery/base/random.h"
#include "machinery/controller/informer.h"
#include "machinery/model/model_client.h"
#include "machinery/scheduling/advisor.h"

namespace noizy::routing_policy {

/// What the advisor needs from outside; all of it outlives it.
struct AdvisorContext {
  const Clock& clock;
  Random& random;
  std::function<Result<std::unique_ptr<HttpTransport>>(const model::Provider&)> connect;
  /// As model::ModelClientContext's.
  std::function<void(Duration)> pause;
  /// Runs a function on another thread; false when there is no room.
  std::function<bool(std::function<void()>)> run;
  /// As model::ModelClientContext's.
  std::function<bool()> stopped = {};
};

/// What came of a policy's decisions since the process started.
struct PolicyFigures {
  std::int64_t decisions = 0;
  std::int64_t fallbacks = 0;
  std::int64_t cache_hits = 0;
  std::vector<model::ProviderState> providers;
  model::Expense spent_today;
  /// The budget's limit that was in the way of the last question; "" when none was.
  std::string_view exhausted;
};

/// Executor thread only, but that answers come from the threads behind `run`. Whoever owns those
/// ends them before the advisor.
class ModelAdvisor final : public scheduling::Advisor {
 public:
  ModelAdvisor(AdvisorContext context, InformerFactory& informers);
  ~ModelAdvisor() override;

  void Ask(const scheduling::Question& question, Done done) override;
  void NoteDecided(const scheduling::Decided& decided) override;

  /// From now on, `policy`'s questions go to these models. Circuits are kept as long as the models
  /// are the same; what was spent, always. `spent` is what its status says of today, for a policy
  /// that is new here.
  void Serve(const RoutingPolicy& policy, const Models& models, const model::Expense& spent);
  void Forget(const std::string& policy);
  /// Asks the models of `policy` anything, within its budget and its circuits; empty for a policy
  /// of which nothing is known. The asker may be called on any thread.
  model::Asker AskerOf(const std::string& policy) const;
  /// Zeros for a policy of which nothing is known.
  PolicyFigures FiguresOf(const std::string& policy) const;

 private:
  struct Served;

  const AdvisorContext context_;
  const Lister<Task>& tasks_;
  const Lister<Node>& nodes_;
  std::map<std::string, std::shared_ptr<Served>> served_;
  std::map<std::string, PolicyFigures> figures_;
};

}  // namespace noizy::routing_policy
