// top nodes and top tasks: what the grid's machines are busy with.
#include <algorithm>

#include "cli/amounts.h"
#include "cli/commands.h"
#include "cli/elements.h"
#include "cli/event_lines.h"
#include "cli/table.h"
#include "cli/table_source.h"

namespace noizy::cli {
namespace {

constexpr double kMebibyte = 1024.0 * 1024.0;

/// The objects that the words name, or all of the kind.
Result<std::vector<Value>> Objects(Invocation& invocation, std::string_view kind) {
  std::vector<std::string> words = invocation.words();
  words.emplace(words.begin(), kind);
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Target> targets, NamedTargets(invocation, words));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  std::vector<Value> objects;
  for (const Target& target : targets) {
    NOIZY_ASSIGN_OR_RETURN(std::vector<Value> some,
                           FetchObjects(*session, target, QueryOf(invocation.flags())));
    std::move(some.begin(), some.end(), std::back_inserter(objects));
  }
  return objects;
}

/// Biggest first, by what --sort-by names, else by name.
template <typename Cpu, typename Memory>
Status Sort(const FlagValues& flags, std::vector<Value>& objects, const Cpu& cpu,
            const Memory& memory) {
  const std::string_view by = flags.Text("sort-by");
  const auto sort = [&objects](const auto& of) {
    std::stable_sort(objects.begin(), objects.end(),
                     [&of](const Value& a, const Value& b) { return of(a) > of(b); });
  };
  if (by.empty()) return Status::Ok();
  if (by == "cpu") return sort(cpu), Status::Ok();
  if (by == "memory") return sort(memory), Status::Ok();
  return WrongUsage("flag --sort-by wants cpu or memory");
}

constexpr Flag kSortFlag{"sort-by", 0, FlagKind::kText, "cpu|memory", "the biggest first"};
constexpr Flag kHeadersFlag{"no-headers", 0, FlagKind::kSwitch, "", "rows alone"};
constexpr Flag kNodeFlags[] = {kSelectorFlag, kSortFlag, kHeadersFlag};
constexpr Flag kTaskFlags[] = {kSelectorFlag, kAllNamespacesFlag, kSortFlag, kHeadersFlag};

std::vector<std::string> NodeRow(const Value& node) {
  const Value* usage = Find(node, {"status", "usage"});
  const std::string name(NameOf(node));
  if (usage == nullptr || StringAt(*usage, {"observedTime"}).empty())
    return {name, "<unknown>", "<unknown>", "<unknown>", "<unknown>", "<unknown>", "<unknown>"};
  const double cpu_percent = NumberAt(*usage, {"cpuPercent"});
  const double cores = AmountAt(node, {"status", "capacity", "cpu"});
  const double memory = NumberAt(*usage, {"memoryBytes"});
  return {name,
          Rounded(cpu_percent * cores * 10) + "m",
          Rounded(cpu_percent) + "%",
          Rounded(memory / kMebibyte) + "Mi",
          Share(memory, AmountAt(node, {"status", "capacity", "memory"})),
          Rounded(NumberAt(*usage, {"gpuPercent"})) + "%",
          Rounded(NumberAt(*usage, {"runningTasks"}))};
}

Result<int> RunTopNodes(Invocation& invocation) {
  NOIZY_ASSIGN_OR_RETURN(std::vector<Value> nodes, Objects(invocation, "nodes.noizy.dev"));
  NOIZY_RETURN_IF_ERROR(Sort(
      invocation.flags(), nodes,
      [](const Value& node) {
        return NumberAt(node, {"status", "usage", "cpuPercent"}) *
               AmountAt(node, {"status", "capacity", "cpu"});
      },
      [](const Value& node) {
        return NumberAt(node, {"status", "usage", "memoryBytes"});
      }));
  TextTable table;
  if (!invocation.flags().On("no-headers")) {
    table.AddRow({"NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)", "GPU(%)", "TASKS"});
  }
  for (const Value& node : nodes) table.AddRow(NodeRow(node));
  invocation.out() << table.Print();
  return kExitOk;
}

double CpuOf(const Value& task) {
  return AmountAt(task, {"spec", "resources", "requests", "cpu"});
}

double MemoryOf(const Value& task) {
  return AmountAt(task, {"spec", "resources", "requests", "memory"});
}

Result<int> RunTopTasks(Invocation& invocation) {
  NOIZY_ASSIGN_OR_RETURN(std::vector<Value> tasks, Objects(invocation, "tasks.noizy.dev"));
  std::erase_if(tasks, [](const Value& task) {
    return StringAt(task, {"status", "phase"}) != "Running";
  });
  NOIZY_RETURN_IF_ERROR(Sort(invocation.flags(), tasks, CpuOf, MemoryOf));
  if (tasks.empty()) {
    invocation.err() << "No running tasks found.\n";
    return kExitOk;
  }
  const bool everywhere = invocation.flags().On("all-namespaces");
  TextTable table;
  std::vector<std::string> headings = {"NAME", "NODE", "CPU(requested)", "MEMORY(requested)",
                                       "RUNNING"};
  if (everywhere) headings.insert(headings.begin(), "NAMESPACE");
  if (!invocation.flags().On("no-headers")) table.AddRow(std::move(headings));
  const WallTime now = invocation.environment().clock.Now();
  for (const Value& task : tasks) {
    std::vector<std::string> row = {
        std::string(NameOf(task)), std::string(StringAt(task, {"status", "nodeName"})),
        Rounded(CpuOf(task) * 1000) + "m", Rounded(MemoryOf(task) / kMebibyte) + "Mi",
        AgeText(StringAt(task, {"status", "startTime"}), now)};
    if (everywhere) row.insert(row.begin(), std::string(NamespaceOf(task)));
    table.AddRow(std::move(row));
  }
  invocation.out() << table.Print();
  return kExitOk;
}

}  // namespace

const Command kTopNodes = {.name = "top nodes",
                           .usage = "[NODE…] [--sort-by=cpu|memory]",
                           .summary = "Show how busy the nodes are",
                           .details = "As their agents have last measured it.",
                           .flags = kNodeFlags,
                           .run = RunTopNodes};

const Command kTopTasks = {.name = "top tasks",
                           .usage = "[TASK…] [-A] [--sort-by=cpu|memory]",
                           .summary = "Show what running tasks hold, and for how long",
                           .details = "What a task holds of its node is what it has requested.",
                           .flags = kTaskFlags,
                           .run = RunTopTasks};

}  // namespace noizy::cli
