// The grid at one moment, in memory: nodes with what they have given away, Tasks that hold one, and
// Tasks that wait. Whoever owns it tells it what changed; Decide (decide.h) reads it and reserves
// in it. No I/O and no clock: equal histories give equal grids.
//
//   SetNode, SetTask ──▶ Grid ──▶ Decide ──▶ Plan (bindings, evictions, reasons)
//                          ▲─────── reserved ──┘
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "machinery/scheduling/advisor.h"
#include "machinery/scheduling/estimates.h"
#include "machinery/scheduling/filters.h"
#include "machinery/scheduling/task_class.h"
#include "machinery/scheduling/waiting_line.h"

namespace noizy::scheduling {

inline constexpr NodeIndex kNoNode = ~NodeIndex{0};

struct TaskSlot {
  TaskView view;
  TaskClass* task_class = nullptr;
  NodeIndex node = kNoNode;
  /// Where room is being made for it.
  std::string nominated;
};

/// A Task that waits for room on a node, as far as others have to reckon with it.
struct PromisedRoom {
  Resources requests;
  double ends_in_seconds = 0;
};

struct NodeSlot {
  NodeView view;
  bool alive = false;
  Usage usage;
  /// Of `usage`, what is only promised to Tasks that still wait.
  Usage promised;
  std::vector<PromisedRoom> promises;
  std::uint32_t node_class = 0;
  /// Raised by whatever a verdict or a score may depend on.
  std::uint64_t revision = 1;
  std::uint64_t turn = 0;
  std::uint64_t name_hash = 0;
  std::map<ObjectKey, TaskSlot*> tasks;
};

/// What a namespace may hold at once.
struct Quota {
  Resources hard;
  std::optional<std::int64_t> tasks;

  bool operator==(const Quota&) const = default;
};

/// What is known of a question about a class of Tasks.
struct Answer {
  /// None: it was not answered yet, or `fault` says why it was not.
  std::optional<Advice> advice;
  std::string fault;
  /// Until when that holds. A question without an answer by then has failed.
  WallTime until;
  bool used = false;
  /// What is kept with the Tasks that it decides.
  std::shared_ptr<const RoutingRecord> record = {};
};

/// The same order everywhere, unlike that of addresses.
struct BySignature {
  bool operator()(const TaskClass* a, const TaskClass* b) const {
    return a->signature < b->signature;
  }
};

/// One thread's.
class Grid {
 public:
  Grid();
  ~Grid();
  Grid(const Grid&) = delete;
  Grid& operator=(const Grid&) = delete;

  void SetNode(NodeView view);
  void RemoveNode(const std::string& name);
  /// A Task that waits, or holds a node (`view.node`). One on a node that is not known counts once
  /// the node is.
  void SetTask(TaskView view);
  void RemoveTask(const ObjectKey& key);
  void SetQuota(const std::string& ns, std::optional<Quota> quota);
  void Learn(const TaskView& task, const std::string& node, const Run& run);
  /// The answer to a question of Decide's. One that comes too late, or is for a class that is gone,
  /// is not looked at.
  void SetAdvice(const std::string& task_class, const Reply& reply, WallTime now);

  /// A binding that came to nothing: the Task waits again.
  void Unbind(const ObjectKey& key);
  /// Has the Task told again why it waits.
  void Retell(const ObjectKey& key);

  const TaskSlot* Find(const ObjectKey& key) const;
  const NodeSlot* FindNode(const std::string& name) const;
  std::size_t node_count() const { return by_name_.size(); }
  std::size_t waiting_count() const;
  const Estimates& estimates() const { return estimates_; }
  Estimate EstimateOf(const TaskView& task, const NodeView& node) const;
  /// Something happened since the last Decide that it could act on.
  bool HasNews() const { return news_; }

  // What follows is for decide.h, preemption.h and lookahead.h.

  std::vector<NodeSlot>& nodes() { return nodes_; }
  const std::vector<NodeSlot>& nodes() const { return nodes_; }
  std::vector<TaskClass*> asleep() const { return {asleep_.begin(), asleep_.end()}; }
  TaskClass* FirstClass() const;
  PeerSight SightOf(const TaskClass& task_class, NodeIndex node) const {
    return {peers_, task_class.peers, node};
  }

  /// The class's verdict on the node, from its rows where they are still good; peers aside.
  const Row& Look(TaskClass& task_class, NodeIndex node);
  Verdict LookAtPeers(const TaskClass& task_class, NodeIndex node) const;
  ScoreInput ScoreInputOf(const TaskClass& task_class, NodeIndex node) const;
  /// What the class's preferences add to the node's score.
  double LikingOf(const TaskClass& task_class, NodeIndex node) const;
  /// Why the node cannot run the class, "" when it can.
  std::string WhyNot(const TaskClass& task_class, NodeIndex node) const;
  /// Why the node could not run the class even if it ran nothing else, "" when it could.
  std::string WhyNever(const TaskClass& task_class, NodeIndex node) const;
  std::string Explain(const TaskClass& task_class) const;

  /// Gives the node to the waiting Task.
  void Bind(TaskSlot& task, NodeIndex node);
  /// Takes it away again, as if nothing had been.
  void Undo(TaskSlot& task);
  /// Counts the waiting Task as if it had the node, until the next pass.
  void Promise(const TaskView& task, NodeIndex node, double ends_in_seconds);
  /// Returns the nodes that had promised something.
  std::set<NodeIndex> LiftPromises();
  /// Wakes whoever fits on the node by now.
  void Recheck(NodeIndex node) {
    if (nodes_[node].alive) Touched(node, HelpedBy::kRoom);
  }
  void Sleep(TaskClass& task_class, Asleep how, std::string message);
  void Wake(TaskClass& task_class);
  /// Takes the Task out of the line for the rest of a pass, and back in.
  void StepAside(TaskSlot& task);
  void StepBack(TaskSlot& task);
  /// Tasks whose time has come wait for a node. Returns the next such time.
  std::optional<WallTime> WakeDelayed(WallTime now);
  /// The members of a gang that wait, and how many have a node.
  std::vector<TaskSlot*> GangOf(const TaskView& task, std::int64_t& placed);
  /// "" when the Task may start as far as its namespace's quota goes.
  std::string OverQuota(const TaskView& task) const;
  /// What was asked about the class, and what came of it; null when nothing was.
  void TakeGuess(const std::string& work, const Advice& advice);
  Answer* AnswerFor(const TaskClass& task_class);
  Answer& AwaitAdvice(const TaskClass& task_class, WallTime until);
  /// Forgets answers whose time is over, and fails questions that were not answered in time.
  /// Returns when there is more to do.
  std::optional<WallTime> ExpireAdvice(WallTime now);
  void ForgetNews() { news_ = false; }

 private:
  TaskClass& ClassOf(const TaskView& view);
  void Adopt(TaskClass& task_class);
  void DropClass(TaskClass& task_class);
  TermId TermOf(const PeerTerm& term);
  void Forget(TaskSlot& task);
  void Hold(TaskSlot& task, NodeIndex node);
  void LetGo(TaskSlot& task);
  void Queue(TaskSlot& task);
  void Unqueue(TaskSlot& task);
  void CountPeers(const TaskClass& task_class, NodeIndex node, std::int64_t by);
  void CountPeersOn(NodeIndex node, std::int64_t sign);
  void MoveNode(NodeIndex index, const NodeView& view);
  void Touched(NodeIndex node, HelpedBy change);
  enum class Movement : std::uint8_t { kCame, kLeft };
  void WakeByPeers(const TaskClass& moved, Movement movement);
  void WakeByGang(const TaskView& task);
  void WakeByQuota(const std::string& ns);
  Verdict JudgeFacts(TaskClass& task_class, NodeIndex node);
  FilterInput InputOf(const TaskClass& task_class, const NodeSlot& slot,
                      const PeerSight& sight) const;
  double ShareOf(const std::string& ns) const;
  NodeIndex IndexFor(const std::string& name);

  std::vector<NodeSlot> nodes_;
  std::unordered_map<std::string, NodeIndex> by_name_;
  std::vector<NodeIndex> free_nodes_;
  std::unordered_map<std::string, std::uint32_t> node_classes_;
  std::map<ObjectKey, TaskSlot> tasks_;
  std::map<std::string, std::set<ObjectKey>> homeless_;  // by the node they name
  std::map<std::string, std::unique_ptr<TaskClass>> classes_;
  std::set<TaskClass*, BySignature> asleep_;
  std::map<std::pair<std::string, std::string>, std::set<TaskSlot*>> gangs_;
  std::set<std::pair<WallTime, ObjectKey>> delayed_;
  std::set<NodeIndex> promising_;
  WaitingLine line_;
  PeerIndex peers_;
  Estimates estimates_;
  std::map<std::string, Usage> by_namespace_;
  std::map<std::string, Quota> quotas_;
  std::map<std::string, Answer> answers_;  // by the class's signature
  Resources total_;
  std::uint64_t turn_ = 0;
  std::uint64_t revision_ = 1;
  bool news_ = false;
  bool quiet_ = false;  // nobody is woken
};

}  // namespace noizy::scheduling
