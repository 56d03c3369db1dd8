// A small grid with Tasks that wait, for the tests of questions and reports.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "machinery/allocation/report.h"
#include "machinery/value/json.h"

namespace noizy::allocation {

inline const WallTime kNow{std::chrono::seconds(1'800'000'000)};

inline std::shared_ptr<const Node> NodeOf(const std::string& name, const std::string& cpu,
                                          const std::string& capability = "exec") {
  Node node;
  node.metadata.name = name;
  node.status.conditions = {{"Ready", "True", {}, {}, {}, 0}};
  node.status.capabilities = {capability};
  node.status.allocatable["cpu"] = IntOrString(cpu);
  return std::make_shared<const Node>(node);
}

inline Task TaskOf(const std::string& name, const std::string& cpu) {
  Task task;
  task.metadata.name = name;
  task.metadata.ns = "default";
  task.metadata.uid = "uid-" + name;
  task.metadata.creation_timestamp = "2026-01-01T00:00:00Z";
  task.spec.type = "exec";
  task.spec.exec.emplace().command = {"secret-word"};
  task.spec.resources.requests["cpu"] = IntOrString(cpu);
  task.status.phase = "Pending";
  return task;
}

// A small and a large node, the large one full; two Tasks that only the large one holds, and one
// for both.
struct World {
  scheduling::GridObjects objects;
  Terms terms{.instructions = "Be quick.",
              .temperature = {},
              .task_features = [](const auto&, const Task*) { return Value(Object{}); },
              .node_features =
                  [](const Node& node) {
                    return Value(Object{{"cores", node.metadata.name == "large" ? 4 : 1}});
                  }};

  World() {
    objects.nodes = {NodeOf("small", "1"), NodeOf("large", "4"), NodeOf("other", "8", "gpu")};
    Add(TaskOf("any", "1"));
    Add(TaskOf("big", "3"));
    Task busy = TaskOf("busy", "3");
    busy.status.phase = "Running";
    busy.status.node_name = "large";
    Add(std::move(busy));
  }
  void Add(Task task) { objects.tasks.push_back(std::make_shared<const Task>(std::move(task))); }
  Result<Question> Ask() const { return MakeQuestion(objects, terms, kNow); }
  static std::string IdOf(const Question& question, const std::string& node) {
    const auto place = std::ranges::find(question.nodes, node) - question.nodes.begin();
    return "c" + std::to_string(place + 1);
  }
  Report Answered(const std::string& any, const std::string& big) const {
    const Question question = *Ask();
    model::Outcome outcome;
    outcome.provider = "local";
    outcome.answer.emplace().model = "m-1";
    outcome.answer->text = ToJson(Object{{"t1", any.empty() ? "none" : IdOf(question, any)},
                                         {"t2", big.empty() ? "none" : IdOf(question, big)},
                                         {"confidence", "high"},
                                         {"reason", "Room."}});
    return ReportOf(question, outcome, objects, kNow);
  }
};

}  // namespace noizy::allocation
