#include "controllers/routing_policy/features.h"

#include <algorithm>
#include <string>

#include "machinery/meta/quantity.h"
#include "machinery/value/utf8.h"

namespace noizy::routing_policy {
namespace {

constexpr std::int64_t kMilli = 1000;
constexpr std::int64_t kMebi = 1024 * 1024;
constexpr std::size_t kMostWord = 48;
constexpr std::size_t kMostModels = 8;
constexpr std::string_view kModelPrefix = "model/";

// A node says what it is, and a rogue one could say more: a word is short and plain, or left out.
bool IsWord(std::string_view text) {
  return !text.empty() && text.size() <= kMostWord && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(" ._:/-").find(c) != std::string_view::npos;
  });
}

// What makers put into the names of processors beside the name.
std::string WithoutMarks(std::string_view text) {
  std::string name;
  while (!text.empty()) {
    std::size_t mark = 0;
    for (const std::string_view known : {"(R)", "(r)", "(TM)", "(tm)", "(C)", "(c)"}) {
      if (text.starts_with(known)) mark = known.size();
    }
    const bool space = mark == 0 && (text.front() == ' ' || text.front() == '@');
    if (mark == 0 && !space) name += text.front();
    if (space && !name.empty() && name.back() != ' ') name += ' ';
    text.remove_prefix(std::max<std::size_t>(mark, 1));
  }
  if (name.ends_with(' ')) name.pop_back();
  return name;
}

void AddWord(Object& to, std::string_view name, std::string_view word) {
  if (IsWord(word)) to[name] = word;
}

std::int64_t WholeOf(const std::map<std::string, IntOrString>& quantities,
                     const std::string& name) {
  const auto found = quantities.find(name);
  if (found == quantities.end()) return 0;
  const Result<Quantity> quantity = ParseQuantity(found->second);
  return quantity.ok() ? quantity->Whole() : 0;
}

std::string Beginning(std::string_view text, std::size_t most) {
  std::size_t end = 0;
  while (end < text.size()) {
    const CodePoint point = DecodeUtf8(text, end);
    if (point.bytes == 0 || end + point.bytes > most) break;
    end += point.bytes;
  }
  return std::string(text.substr(0, end));
}

// All that whoever wrote the Task says in it.
std::string OwnWords(const Task& task) {
  std::string words;
  const auto add = [&words](std::string_view text) {
    if (!words.empty() && !text.empty()) words += "\n";
    words += text;
  };
  if (task.spec.exec) {
    for (const std::string& word : task.spec.exec->command) add(word);
    for (const std::string& word : task.spec.exec->args) add(word);
  }
  if (task.spec.script) add(task.spec.script->source);
  if (task.spec.inference) add(task.spec.inference->prompt);
  add(task.spec.payload);
  return words;
}

std::string_view ShapeOf(const Task& task) {
  if (task.spec.inference) return "inference";
  return task.spec.script ? "script" : "exec";
}

void AddShape(Object& features, const Task& task) {
  features["shape"] = ShapeOf(task);
  features["failover"] = task.spec.failover;
  features["timeoutSeconds"] = task.spec.timeout_seconds;
  features["ownTextBytes"] = static_cast<std::int64_t>(OwnWords(task).size());
  if (task.spec.inference && task.spec.inference->max_tokens)
    features["maxTokens"] = *task.spec.inference->max_tokens;
}

void AddSystem(Object& features, const NodeSystemInfo& system) {
  AddWord(features, "os", system.os);
  AddWord(features, "arch", system.arch);
  AddWord(features, "cpu", WithoutMarks(system.cpu_model));
  Array gpus;
  for (const NodeGpu& gpu : system.gpus) {
    Object one{{"memoryMiB", gpu.memory_bytes / kMebi}};
    AddWord(one, "name", WithoutMarks(gpu.name));
    gpus.emplace_back(std::move(one));
  }
  if (!gpus.empty()) features["gpus"] = std::move(gpus);
}

}  // namespace

Value FeaturesOf(const scheduling::TaskView& view, const Task* task, std::string_view visibility) {
  Object features;
  AddWord(features, "type", view.type);
  if (visibility == "None") return features;
  const auto request = [&](const std::string& name) { return scheduling::At(view.requests, name); };
  features["cpuMillis"] = request("cpu");
  features["memoryMiB"] = request("memory") / kMilli / kMebi;
  features["gpus"] = request("noizy.dev/gpu") / kMilli;
  features["gpuMemoryMiB"] = request("noizy.dev/gpu-memory") / kMilli / kMebi;
  features["priority"] = view.priority;
  features["dataMiB"] = view.data_bytes / kMebi;
  if (task == nullptr) return features;
  AddShape(features, *task);
  const std::size_t shown = visibility == "Summary" ? kSummaryBytes
                            : visibility == "Full"  ? kFullBytes
                                                    : 0;
  if (shown > 0) features["untrustedText"] = Beginning(OwnWords(*task), shown);
  return features;
}

Value FeaturesOf(const Node& node) {
  Object features;
  features["cores"] = WholeOf(node.status.allocatable, "cpu");
  features["memoryMiB"] = WholeOf(node.status.allocatable, "memory") / kMebi;
  if (node.status.node_info) AddSystem(features, *node.status.node_info);
  if (node.status.usage) features["runningTasks"] = node.status.usage->running_tasks;
  Array models;
  for (const std::string& capability : node.status.capabilities) {
    const bool model = capability.starts_with(kModelPrefix) && models.size() < kMostModels;
    if (model && IsWord(capability)) models.emplace_back(capability.substr(kModelPrefix.size()));
  }
  if (!models.empty()) features["models"] = std::move(models);
  return features;
}

}  // namespace noizy::routing_policy
