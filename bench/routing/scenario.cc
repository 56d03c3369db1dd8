#include "bench/routing/scenario.h"

#include <algorithm>
#include <utility>

#include "machinery/meta/time.h"
#include "machinery/scheduling/from_objects.h"

namespace noizy::bench {
namespace {

using namespace scheduling;

Array Texts(const std::vector<std::string>& texts) {
  Array array;
  for (const std::string& text : texts) array.emplace_back(std::string_view(text));
  return array;
}

std::vector<std::string> TextsAt(const Value& value, std::string_view name) {
  std::vector<std::string> texts;
  if (const Array* array = ArrayAt(value, {name})) {
    for (const Value& text : *array) texts.emplace_back(text.is_string() ? text.get_string() : "");
  }
  return texts;
}

template <typename T>
Status ReadAll(const Value& value, std::string_view name, std::vector<T>& out) {
  const Array* array = ArrayAt(value, {name});
  if (array == nullptr) return Status::Ok();
  for (const Value& item : *array) {
    NOIZY_ASSIGN_OR_RETURN(T one, T::FromValue(item));
    out.push_back(std::move(one));
  }
  return Status::Ok();
}

template <typename T>
Array WriteAll(const std::vector<T>& objects) {
  Array array;
  for (const T& object : objects) array.push_back(object.ToValue());
  return array;
}

PastRun PastRunFrom(const Value& value) {
  const Value* seconds = Find(value, {"seconds"});
  return {std::string(StringAt(value, {"work"})), std::string(StringAt(value, {"node"})),
          seconds != nullptr && seconds->is_number() ? seconds->to_number<double>() : 0};
}

/// The grid of a scenario, and what is decided in it.
class Court {
 public:
  Court(const Scenario& scenario, const Contestant& contestant)
      : scenario_(scenario),
        contestant_(contestant),
        routing_({PolicyOf(contestant)}),
        now_(*ParseTime(kScenarioTime)) {
    for (const Node& node : scenario.nodes) grid_.SetNode(ViewOf(node));
    for (const PastRun& run : scenario.history) {
      Task task;
      task.metadata.labels[std::string(kWorkLabel)] = run.work;
      grid_.Learn(ViewOf(task, routing_), run.node, {run.seconds});
    }
    for (const Task& task : scenario.running) grid_.SetTask(ViewOf(task, routing_));
    grid_.SetTask(ViewOf(scenario.task, routing_));
  }

  Judgement Hold() {
    Plan plan = Decide(grid_, now_);
    for (const scheduling::Question& question : plan.questions) {
      ++judgement_.questions;
      const Reply reply = Consult(contestant_, question, &scenario_.task, scenario_.nodes);
      grid_.SetAdvice(question.task_class, reply, now_);
    }
    if (!plan.questions.empty()) plan = Decide(grid_, now_);
    Look(plan);
    return judgement_;
  }

 private:
  void Look(const Plan& plan) {
    std::string outcome = "Pending";
    std::string node = plan.bindings.empty() ? NodePromised() : plan.bindings[0].node;
    if (!plan.bindings.empty()) {
      outcome = "Bound";
      judgement_.feasible = std::ranges::count(scenario_.feasible, node) > 0;
    } else if (!plan.evictions.empty()) {
      outcome = "Preempts";
    } else if (!node.empty()) {
      outcome = "Waits";
    }
    judgement_.did = outcome + (node.empty() ? "" : " ") + node;
    const bool placed = outcome != "Pending";
    judgement_.right = outcome == scenario_.outcome &&
                       (placed ? std::ranges::count(scenario_.accept, node) > 0 : SaysSo(plan)) &&
                       (placed || judgement_.questions == 0);
  }
  /// Of a Task that waits, the node that it waits for.
  std::string NodePromised() const {
    for (const NodeSlot& slot : grid_.nodes()) {
      if (slot.alive && !slot.promises.empty()) return slot.view.name;
    }
    return "";
  }
  bool SaysSo(const Plan& plan) const {
    return std::ranges::any_of(plan.unschedulable, [&](const Unschedulable& entry) {
      return entry.message.find(scenario_.says) != std::string::npos;
    });
  }

  const Scenario& scenario_;
  const Contestant& contestant_;
  const RoutingTable routing_;
  const WallTime now_;
  Grid grid_;
  Judgement judgement_;
};

}  // namespace

Value ToValue(const Scenario& scenario) {
  Array history;
  for (const PastRun& run : scenario.history)
    history.emplace_back(Object{{"work", run.work}, {"node", run.node}, {"seconds", run.seconds}});
  return Object{{"name", scenario.name},
                {"category", scenario.category},
                {"nodes", WriteAll(scenario.nodes)},
                {"running", WriteAll(scenario.running)},
                {"history", std::move(history)},
                {"task", scenario.task.ToValue()},
                {"feasible", Texts(scenario.feasible)},
                {"outcome", scenario.outcome},
                {"accept", Texts(scenario.accept)},
                {"says", scenario.says}};
}

Result<Scenario> ScenarioFrom(const Value& value) {
  Scenario scenario;
  scenario.name = StringAt(value, {"name"});
  scenario.category = StringAt(value, {"category"});
  NOIZY_RETURN_IF_ERROR(ReadAll(value, "nodes", scenario.nodes));
  NOIZY_RETURN_IF_ERROR(ReadAll(value, "running", scenario.running));
  const Value* task = Find(value, {"task"});
  if (task == nullptr) return BadRequest("scenario \"" + scenario.name + "\" has no task");
  NOIZY_ASSIGN_OR_RETURN(scenario.task, Task::FromValue(*task));
  if (const Array* runs = ArrayAt(value, {"history"}))
    std::ranges::transform(*runs, std::back_inserter(scenario.history), PastRunFrom);
  scenario.feasible = TextsAt(value, "feasible");
  scenario.accept = TextsAt(value, "accept");
  scenario.outcome = StringAt(value, {"outcome"});
  scenario.says = StringAt(value, {"says"});
  return scenario;
}

Judgement Judge(const Scenario& scenario, const Contestant& contestant) {
  return Court(scenario, contestant).Hold();
}

}  // namespace noizy::bench
