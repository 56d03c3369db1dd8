// why: how a Task's nodes were chosen, attempt by attempt; for one that waits, what each node
// lacks.
#include <algorithm>
#include <array>
#include <cstdio>

#include "cli/commands.h"
#include "cli/grid_copy.h"
#include "cli/table.h"
#include "cli/targets.h"
#include "machinery/client/typed.h"

namespace noizy::cli {
namespace {

std::string Number(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", number);
  return text.data();
}

/// What each node says now, by name.
std::string NodesNow(const scheduling::Grid& grid, const scheduling::TaskSlot& slot) {
  std::vector<std::vector<std::string>> rows;
  for (scheduling::NodeIndex node = 0; node < grid.nodes().size(); ++node) {
    if (!grid.nodes()[node].alive) continue;
    const std::string reason = grid.WhyNot(*slot.task_class, node);
    rows.push_back({grid.nodes()[node].view.name, reason.empty() ? "could run it now" : reason});
  }
  std::sort(rows.begin(), rows.end());
  if (rows.empty()) return "";
  TextTable table;
  table.AddRow({"NODE", "NOW"});
  for (auto& row : rows) table.AddRow(std::move(row));
  return "\n" + table.Print();
}

std::string Candidates(const TaskRoutingDecision& decision) {
  TextTable table;
  table.AddRow({"  NODE", "SCORE", "FINISH(s)"});
  for (const TaskRoutingCandidate& candidate : decision.candidates) {
    table.AddRow({"  " + candidate.node, Number(candidate.score),
                  candidate.finish_seconds ? Number(*candidate.finish_seconds) : "-"});
  }
  return table.Print();
}

// What a model was asked, and what came of it.
std::string RecordText(const RoutingRecord& record) {
  std::string text = "  Model " + (record.provider.empty() ? "none" : record.provider);
  if (!record.model.empty()) text += " (" + record.model + ")";
  text += ": " + record.outcome;
  if (!record.answer_node.empty())
    text += ", chose " + record.answer_node + " with " + record.confidence + " confidence";
  if (!record.message.empty()) text += ": " + record.message;
  text += "\n  asked in mode " + record.mode + " about " +
          std::to_string(record.candidate_nodes.size()) + " nodes";
  if (record.latency_ms) text += ", " + std::to_string(*record.latency_ms) + " ms";
  if (record.input_tokens && record.output_tokens)
    text += ", " + std::to_string(*record.input_tokens) + " + " +
            std::to_string(*record.output_tokens) + " tokens";
  if (!record.cost_usd.empty()) text += ", $" + record.cost_usd;
  return text + "\n";
}

std::string DecisionText(const TaskRoutingDecision& decision) {
  std::string text = "  " + decision.strategy;
  if (!decision.policy.empty()) text += " (policy " + decision.policy + ")";
  if (decision.fallback) text += ", as a fallback";
  if (decision.cached) text += ", by an earlier answer";
  text += ": " + decision.reason + "\n";
  if (decision.record) text += RecordText(*decision.record);
  return text + Candidates(decision);
}

std::string EndOf(const TaskAttempt& attempt) {
  if (attempt.finish_time.empty()) return "";
  std::string text = ": " + (attempt.reason.empty() ? "ended" : attempt.reason);
  if (attempt.exit_code) text += " (exit code " + std::to_string(*attempt.exit_code) + ")";
  return text;
}

std::string Attempts(const Task& task) {
  std::string text;
  for (const TaskAttempt& attempt : task.status.attempts) {
    const bool last = attempt.number == task.status.attempts.back().number;
    const auto& decision = last ? task.status.routing : attempt.routing;
    text += "\nAttempt " + std::to_string(attempt.number) + " on node " + attempt.node_name +
            EndOf(attempt) + "\n";
    text += decision ? DecisionText(*decision) : "  How it was chosen is not kept any more\n";
  }
  return text;
}

Result<int> RunWhy(Invocation& invocation) {
  if (invocation.words().size() != 1) return WrongUsage("say which Task: why task/NAME");
  std::string name = invocation.words().front();
  if (const auto slash = name.find('/'); slash != std::string::npos) {
    const std::string kind = name.substr(0, slash);
    if (!kind.starts_with("task")) return WrongUsage("why is about Tasks: why task/NAME");
    name.erase(0, slash + 1);
  }
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  const ObjectKey key{session->ns(), name};
  NOIZY_ASSIGN_OR_RETURN(const Task task, TypedClient<Task>(session->client()).Get(key));
  std::ostream& out = invocation.out();
  out << "task/" << name << " is " << task.status.phase;
  if (!task.status.reason.empty()) out << ": " << task.status.reason;
  out << "\n";
  if (!task.status.message.empty()) out << task.status.message << "\n";
  if (task.status.phase == "Pending") {
    NOIZY_ASSIGN_OR_RETURN(const auto copy, CopyGrid(*session));
    if (const auto* slot = copy->grid.Find(key)) out << NodesNow(copy->grid, *slot);
  }
  out << Attempts(task);
  return kExitOk;
}

}  // namespace

const Command kWhy = {.name = "why",
                      .usage = "task/NAME",
                      .summary = "Tell how a task's node was chosen, or why none was",
                      .details =
                          "For a task that waits: what each node lacks now. For every attempt: "
                          "the nodes that could run it, with their scores.",
                      .flags = {},
                      .run = RunWhy};

}  // namespace noizy::cli
