#include "cli/monitor_panes.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "cli/amounts.h"
#include "cli/elements.h"
#include "cli/event_lines.h"
#include "cli/table.h"
#include "cli/task_follower.h"
#include "machinery/meta/meta.h"
#include "machinery/meta/time.h"

namespace noizy::cli {
namespace {

/// Rows with the styles they will have, all columns in line.
class PaneTable {
 public:
  explicit PaneTable(std::vector<std::string> headings) { table_.AddRow(std::move(headings)); }

  void Add(std::vector<std::string> cells, LineStyle style) {
    for (std::string& cell : cells) cell = CellText(boost::json::string(cell));
    table_.AddRow(std::move(cells));
    styles_.push_back(style);
  }

  PaneText Take(std::string title) {
    PaneText pane{std::move(title) + " (" + std::to_string(styles_.size()) + ")", {}, {}};
    std::istringstream lines(table_.Print());
    std::getline(lines, pane.headings.text);
    pane.headings = {"  " + pane.headings.text, LineStyle::kPlain};
    for (const LineStyle style : styles_) {
      std::string line;
      std::getline(lines, line);
      pane.rows.push_back({"  " + line, style});
    }
    return pane;
  }

 private:
  TextTable table_;
  std::vector<LineStyle> styles_;
};

/// The condition of a type; null when there is none.
const Value* ConditionOf(const Value& object, std::string_view type) {
  for (const Value& condition : ElementsAt(object, {"status", "conditions"})) {
    if (StringAt(condition, {"type"}) == type) return &condition;
  }
  return nullptr;
}

/// What a node's state is, in words, and whether it is good.
std::pair<std::string, LineStyle> StateOf(const Value& node) {
  const Value* ready = ConditionOf(node, "Ready");
  if (ready == nullptr) return {"NotJoined", LineStyle::kWarning};
  if (!IsReadyNode(node)) {
    const std::string_view reason = StringAt(*ready, {"reason"});
    return {"NotReady" + (reason.empty() ? "" : "," + std::string(reason)), LineStyle::kBad};
  }
  const Value* cordoned = Find(node, {"spec", "unschedulable"});
  if (cordoned != nullptr && cordoned->is_bool() && cordoned->get_bool())
    return {"Ready,SchedulingDisabled", LineStyle::kWarning};
  return {"Ready", LineStyle::kGood};
}

/// RFC 3339 times in UTC sort as they follow; a fraction of a second makes no odds here.
std::string_view LastHeard(const Value& node) {
  return std::max(StringAt(node, {"status", "lease", "renewTime"}),
                  StringAt(node, {"status", "usage", "observedTime"}));
}

PaneText DrawNodes(const MonitorState& state) {
  PaneTable table({"NAME", "STATE", "CPU", "MEMORY", "GPU", "RUNNING", "HEARD", "EPOCH"});
  for (const SharedObject& node : state.nodes) {
    const auto [words, style] = StateOf(*node);
    const Value* usage = Find(*node, {"status", "usage"});
    const bool measured = usage != nullptr && !StringAt(*usage, {"observedTime"}).empty();
    const auto shown = [measured](std::string text) { return measured ? std::move(text) : "-"; };
    const std::string_view heard = LastHeard(*node);
    table.Add({std::string(NameOf(*node)), words,
               shown(Rounded(NumberAt(*node, {"status", "usage", "cpuPercent"})) + "%"),
               shown(Share(NumberAt(*node, {"status", "usage", "memoryBytes"}),
                           AmountAt(*node, {"status", "capacity", "memory"}))),
               shown(Rounded(NumberAt(*node, {"status", "usage", "gpuPercent"})) + "%"),
               shown(Rounded(NumberAt(*node, {"status", "usage", "runningTasks"}))),
               heard.empty() ? "-" : AgeText(heard, state.now),
               std::to_string(IntAt(*node, {"status", "lease", "epoch"}).value_or(0))},
              style);
  }
  return table.Take("NODES");
}

std::string Qualified(const Value& task) {
  return std::string(NamespaceOf(task)) + "/" + std::string(NameOf(task));
}

std::string_view PhaseOf(const Value& task) {
  const std::string_view phase = StringAt(task, {"status", "phase"});
  return phase.empty() ? "Pending" : phase;
}

/// Running, then what waits for its start, then what waits for a node.
int RankOf(const Value& task) {
  const std::string_view phase = PhaseOf(task);
  return phase == "Running" ? 0 : phase == "Scheduled" ? 1 : 2;
}

/// Why a task is where it is, as far as anybody said so.
std::string WhyOf(const Value& task) {
  std::string_view why = StringAt(task, {"status", "message"});
  const Value* scheduled = ConditionOf(task, "Scheduled");
  if (why.empty() && scheduled != nullptr) why = StringAt(*scheduled, {"message"});
  if (PhaseOf(task) == "Running") return "";
  return std::string(why.empty() ? StringAt(task, {"status", "reason"}) : why);
}

PaneText DrawTasks(const MonitorState& state) {
  std::vector<SharedObject> active = state.tasks;
  std::erase_if(active, [](const SharedObject& task) { return IsEndPhase(PhaseOf(*task)); });
  std::ranges::stable_sort(active, {}, [](const SharedObject& task) { return RankOf(*task); });
  PaneTable table({"TASK", "PHASE", "NODE", "ATTEMPT", "AGE", "WHY"});
  for (const SharedObject& task : active) {
    const std::string_view started = StringAt(*task, {"status", "startTime"});
    const std::string_view since =
        started.empty() ? StringAt(*task, {"metadata", "creationTimestamp"}) : started;
    const std::string_view node = StringAt(*task, {"status", "nodeName"});
    table.Add(
        {Qualified(*task), std::string(PhaseOf(*task)), node.empty() ? "-" : std::string(node),
         std::to_string(IntAt(*task, {"status", "attempt"}).value_or(0)), AgeText(since, state.now),
         WhyOf(*task)},
        RankOf(*task) == 0 ? LineStyle::kGood : LineStyle::kWarning);
  }
  return table.Take("TASKS, running and waiting");
}

PaneText DrawFailovers(const MonitorState& state) {
  std::vector<std::pair<const Value*, SharedObject>> failovers;
  for (const SharedObject& task : state.tasks) {
    for (const Value& failover : ElementsAt(*task, {"status", "failovers"}))
      failovers.emplace_back(&failover, task);
  }
  std::ranges::stable_sort(failovers, std::ranges::greater(), [](const auto& entry) {
    return StringAt(*entry.first, {"fencedTime"});
  });
  PaneTable table({"WHEN", "TASK", "ATTEMPT", "FROM", "TO", "TOOK"});
  for (const auto& [failover, task] : failovers) {
    const std::string_view to = StringAt(*failover, {"newNodeName"});
    const auto took = IntAt(*failover, {"durationMs"});
    table.Add({AgeText(StringAt(*failover, {"fencedTime"}), state.now), Qualified(*task),
               std::to_string(IntAt(*failover, {"attempt"}).value_or(0)),
               std::string(StringAt(*failover, {"nodeName"})), to.empty() ? "-" : std::string(to),
               took ? std::to_string(*took) + " ms" : "-"},
              took ? LineStyle::kPlain : LineStyle::kWarning);
  }
  return table.Take("FAILOVERS");
}

PaneText DrawEvents(const MonitorState& state) {
  std::vector<SharedObject> events = state.events;
  std::ranges::stable_sort(events, std::ranges::greater(), [](const SharedObject& event) {
    return std::pair(LastTime(*event), ResourceVersionOf(*event).ValueOr(0));
  });
  PaneTable table({"LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"});
  for (const SharedObject& event : events) {
    const std::string_view type = StringAt(*event, {"type"});
    table.Add(
        {WhenText(*event, state.now), std::string(type), std::string(StringAt(*event, {"reason"})),
         ObjectOf(*event), std::string(StringAt(*event, {"message"}))},
        type == "Warning" ? LineStyle::kWarning : LineStyle::kPlain);
  }
  return table.Take("EVENTS, latest first");
}

}  // namespace

std::vector<PaneText> DrawPanes(const MonitorState& state) {
  return {DrawNodes(state), DrawTasks(state), DrawFailovers(state), DrawEvents(state)};
}

bool IsReadyNode(const Value& node) {
  const Value* ready = ConditionOf(node, "Ready");
  return ready != nullptr && StringAt(*ready, {"status"}) == "True";
}

std::string TimeOfDay(WallTime time) {
  const std::string text = FormatTime(time);
  const std::size_t day = text.find('T');
  return day == std::string::npos ? text : text.substr(day + 1);
}

}  // namespace noizy::cli
