#include "doctor/grid_checks.h"

#include <chrono>
#include <cstdlib>

#include "machinery/client/typed.h"
#include "machinery/meta/condition.h"
#include "machinery/meta/time.h"
#include "machinery/model/retry_after.h"
#include "machinery/os/files.h"

namespace noizy::doctor {
namespace {

using std::chrono::seconds;

// How many objects a line names.
constexpr std::size_t kNamed = 3;

/// Names some of many: "a (why), b (why) and 7 more".
class NameList {
 public:
  void Add(const std::string& name) {
    if (++count_ > kNamed) return;
    text_ += (text_.empty() ? "" : ", ") + name;
  }
  std::size_t count() const { return count_; }
  std::string text() const {
    return text_ + (count_ > kNamed ? " and " + std::to_string(count_ - kNamed) + " more" : "");
  }

 private:
  std::size_t count_ = 0;
  std::string text_;
};

std::string Plural(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

Finding ClockFinding(const HttpReply& reply, WallTime sent, WallTime received) {
  const auto server = model::ParseHttpDate(FindHeader(reply.headers, "Date"));
  if (!server) return {"clock", Verdict::kWarn, "the server does not tell the time"};
  // The header has whole seconds, and the reply was on its way for a while.
  const Duration early = sent - *server - seconds(1);
  const Duration late = *server - received;
  const Duration off = std::max({early, late, Duration::zero()});
  const std::string says =
      off == Duration::zero()
          ? "as the server's"
          : HumanDuration(off) + (late > early ? " behind" : " ahead of") + " the server's";
  const std::string mend = "let both machines take the time from the network (NTP)";
  if (off > std::chrono::minutes(5)) return {"clock", Verdict::kFail, says, mend};
  if (off > seconds(2)) return {"clock", Verdict::kWarn, says, mend};
  return {"clock", Verdict::kOk, says};
}

Finding ReadyFinding(const HttpReply& reply) {
  if (reply.code == 200) return {"server", Verdict::kOk, "it answers and is ready"};
  std::string failed;
  const std::string text = reply.BodyText();
  for (std::size_t at = 0; (at = text.find("[-]", at)) != std::string::npos; at += 3) {
    failed +=
        (failed.empty() ? "" : ", ") + text.substr(at + 3, text.find_first_of(" \n", at) - at - 3);
  }
  return {"server", Verdict::kFail, "it answers and is not ready (" + failed + ")",
          "its log says why"};
}

}  // namespace

Findings CheckServer(const Client& client, const Clock& clock) {
  constexpr std::chrono::milliseconds kPatience{10'000};
  HttpRequest request;
  request.method = "GET";
  request.path = "/readyz";
  const WallTime sent = clock.Now();
  const auto reply = client.transport().Do(request, kPatience);
  if (!reply.ok()) {
    return {{"server", Verdict::kFail, reply.status().message(),
             "start it, or say where it is (--kubeconfig)"}};
  }
  return {ReadyFinding(*reply), ClockFinding(*reply, sent, clock.Now())};
}

Finding CheckNodes(const std::vector<Node>& nodes) {
  NameList lost;
  for (const Node& node : nodes) {
    if (IsConditionTrue(node.status.conditions, "Ready")) continue;
    const Condition* ready = FindCondition(node.status.conditions, "Ready");
    lost.Add(node.metadata.name + " (" +
             (ready == nullptr ? "never heard of" : ready->reason + ": " + ready->message) + ")");
  }
  if (nodes.empty()) {
    return {"nodes", Verdict::kWarn, "there are none", "noizy token create says how one joins"};
  }
  if (lost.count() > 0) {
    return {"nodes", lost.count() == nodes.size() ? Verdict::kFail : Verdict::kWarn,
            std::to_string(lost.count()) + " of " + Plural(nodes.size(), "node") +
                " not Ready: " + lost.text(),
            "start the agents there, or delete the nodes"};
  }
  return {"nodes", Verdict::kOk, Plural(nodes.size(), "node") + ", all Ready"};
}

Finding CheckVersions(const std::vector<Node>& nodes, const std::string& own) {
  NameList others;
  for (const Node& node : nodes) {
    const std::string version = node.status.node_info ? node.status.node_info->agent_version : "";
    if (!version.empty() && version != own) others.Add(node.metadata.name + " (" + version + ")");
  }
  if (others.count() == 0)
    return {"versions", Verdict::kOk, "every agent that tells one has this program's, " + own};
  return {
      "versions", Verdict::kWarn,
      Plural(others.count(), "agent") + " of another version than " + own + ": " + others.text(),
      "install the same everywhere"};
}

Finding CheckTasks(const std::vector<Task>& tasks, WallTime now) {
  constexpr Duration kLong = std::chrono::minutes(5);
  NameList waiting;
  for (const Task& task : tasks) {
    if (task.status.phase != "Pending" || !task.status.node_name.empty()) continue;
    const auto made = ParseTime(task.metadata.creation_timestamp);
    if (!made.ok() || now - *made < kLong) continue;
    const Condition* scheduled = FindCondition(task.status.conditions, "Scheduled");
    waiting.Add(task.metadata.ns + "/" + task.metadata.name + " for " + HumanDuration(now - *made) +
                " (" + (scheduled == nullptr ? "nobody has looked at it" : scheduled->message) +
                ")");
  }
  if (waiting.count() == 0) return {"tasks", Verdict::kOk, "none has waited for a node for long"};
  return {"tasks", Verdict::kWarn,
          Plural(waiting.count(), "Task") + " waiting for a node: " + waiting.text(),
          "noizy why task/NAME says more"};
}

Finding CheckPayloads(const std::vector<Task>& tasks, const std::string& folder) {
  NameList lost;
  for (const Task& task : tasks) {
    if (!task.spec.payload_ref || !task.status.completion_time.empty()) continue;
    if (!FileExists(folder + "/" + task.spec.payload_ref->sha256))
      lost.Add(task.metadata.ns + "/" + task.metadata.name);
  }
  if (lost.count() == 0) return {"payloads", Verdict::kOk, "none is missing"};
  return {"payloads", Verdict::kWarn,
          Plural(lost.count(), "Task") + " without the payload in " + folder + ": " + lost.text(),
          "put the files back (a backup does not hold them), or submit the Tasks anew"};
}

Findings CheckObjects(const Client& client, const std::string& own_version, WallTime now,
                      const std::string& payload_folder) {
  const auto nodes = TypedClient<Node>(client).List();
  if (!nodes.ok()) return {{"nodes", Verdict::kFail, nodes.status().message()}};
  Findings findings{CheckNodes(nodes->items), CheckVersions(nodes->items, own_version)};
  const auto tasks = TypedClient<Task>(client).List();
  findings.push_back(tasks.ok() ? CheckTasks(tasks->items, now)
                                : Finding{"tasks", Verdict::kFail, tasks.status().message()});
  if (tasks.ok() && !payload_folder.empty())
    findings.push_back(CheckPayloads(tasks->items, payload_folder));
  return findings;
}

}  // namespace noizy::doctor
