#include "machinery/scheduling/grid.h"

#include <algorithm>
#include <utility>

namespace noizy::scheduling {
namespace {

// Node classes that no node has any more are forgotten once there are so many more than nodes.
constexpr std::size_t kSpareNodeClasses = 1000;

void Count(Usage& usage, const TaskView& task, std::int64_t sign) {
  sign > 0 ? AddTo(usage.requested, task.requests) : TakeFrom(usage.requested, task.requests);
  usage.tasks += sign;
  usage.busy += sign * BusyCores(task.requests);
  if (!task.model.empty()) usage.inferences += sign;
}

}  // namespace

Grid::Grid() = default;
Grid::~Grid() = default;

NodeIndex Grid::IndexFor(const std::string& name) {
  const auto known = by_name_.find(name);
  if (known != by_name_.end()) return known->second;
  NodeIndex index = static_cast<NodeIndex>(nodes_.size());
  if (free_nodes_.empty()) {
    nodes_.emplace_back();
  } else {
    index = free_nodes_.back();
    free_nodes_.pop_back();
    nodes_[index] = {};
  }
  by_name_.emplace(name, index);
  nodes_[index].name_hash = HashOf(name);
  return index;
}

void Grid::MoveNode(NodeIndex index, const NodeView& view) {
  const bool moves = peers_.Moves(index, view.labels);
  if (moves) CountPeersOn(index, -1);
  peers_.SetNode(index, view.labels);
  if (moves) CountPeersOn(index, 1);
}

void Grid::SetNode(NodeView view) {
  const NodeIndex index = IndexFor(view.name);
  NodeSlot& slot = nodes_[index];
  if (slot.alive && slot.view == view) return;
  if (slot.alive) TakeFrom(total_, slot.view.allocatable);
  AddTo(total_, view.allocatable);
  MoveNode(index, view);
  const bool fresh = !slot.alive;
  slot.view = std::move(view);
  slot.alive = true;
  if (node_classes_.size() > nodes_.size() + kSpareNodeClasses) {
    node_classes_.clear();
    for (const auto& [text, task_class] : classes_) task_class->by_node_class.clear();
    for (NodeSlot& other : nodes_)
      other.node_class =
          node_classes_.try_emplace(NodeClassOf(other.view), node_classes_.size()).first->second;
  }
  slot.node_class =
      node_classes_.try_emplace(NodeClassOf(slot.view), node_classes_.size()).first->second;
  slot.revision = ++revision_;
  if (fresh) {
    for (const ObjectKey& key : homeless_[slot.view.name]) Hold(tasks_.at(key), index);
    homeless_.erase(slot.view.name);
  }
  Touched(index, HelpedBy::kNodeFacts);
  Touched(index, HelpedBy::kRoom);
  Touched(index, HelpedBy::kPeers);
  news_ = true;
}

void Grid::RemoveNode(const std::string& name) {
  const auto known = by_name_.find(name);
  if (known == by_name_.end()) return;
  const NodeIndex index = known->second;
  LiftPromises();
  while (!nodes_[index].tasks.empty()) {
    TaskSlot& task = *nodes_[index].tasks.begin()->second;
    LetGo(task);
    homeless_[name].insert(task.view.key);
  }
  TakeFrom(total_, nodes_[index].view.allocatable);
  peers_.SetNode(index, {});
  nodes_[index] = {};
  nodes_[index].revision = ++revision_;
  free_nodes_.push_back(index);
  by_name_.erase(known);
  for (TaskClass* task_class : asleep_) task_class->message_is_old = true;
  news_ = true;
}

TermId Grid::TermOf(const PeerTerm& term) {
  bool fresh = false;
  const TermId id = peers_.Acquire(term, fresh);
  if (!fresh) return id;
  for (const auto& [text, other] : classes_) {
    if (!peers_.Means(id, other->like.key.ns, other->like.labels)) continue;
    other->peers.meant_by.push_back(id);
    for (const auto& [node, count] : other->placed_on)
      peers_.Add(id, PeerIndex::Count::kMeant, node, count);
  }
  return id;
}

void Grid::Adopt(TaskClass& task_class) {
  const TaskView& like = task_class.like;
  for (const PeerTerm& term : like.together) {
    task_class.peers.together.push_back(TermOf(term));
    task_class.peers.means_itself.push_back(
        peers_.Means(task_class.peers.together.back(), like.key.ns, like.labels));
  }
  for (const PeerTerm& term : like.apart) task_class.peers.apart.push_back(TermOf(term));
  for (const PeerPreference& preference : like.peer_preferences)
    task_class.peers.preferred.emplace_back(preference.weight, TermOf(preference.term));
  task_class.peers.meant_by = peers_.Meaning(like.key.ns, like.labels);
  task_class.looks_at_names = LooksAtNames(like);
  for (const std::string& name : like.routing.strategies) {
    task_class.strategy = StrategyNamed(name);
    if (task_class.strategy != nullptr) break;
    task_class.fallback = true;
  }
  if (task_class.strategy == nullptr) task_class.strategy = StrategyNamed(kDefaultStrategy);
}

TaskClass& Grid::ClassOf(const TaskView& view) {
  std::string signature = SignatureOf(view);
  const auto known = classes_.find(signature);
  if (known != classes_.end()) return *known->second;
  auto fresh = std::make_unique<TaskClass>();
  fresh->signature = signature;
  fresh->like = view;
  std::erase_if(fresh->like.labels, [](const auto& label) { return label.first == kIndexLabel; });
  Adopt(*fresh);
  return *classes_.emplace(std::move(signature), std::move(fresh)).first->second;
}

void Grid::DropClass(TaskClass& task_class) {
  line_.Remove(task_class);
  asleep_.erase(&task_class);
  std::vector<TermId> terms = task_class.peers.together;
  terms.insert(terms.end(), task_class.peers.apart.begin(), task_class.peers.apart.end());
  for (const auto& [weight, term] : task_class.peers.preferred) terms.push_back(term);
  for (const TermId term : terms) {
    if (!peers_.Release(term)) continue;
    for (const auto& [text, other] : classes_) std::erase(other->peers.meant_by, term);
  }
  classes_.erase(std::string(task_class.signature));
}

void Grid::SetTask(TaskView view) {
  const auto known = tasks_.find(view.key);
  if (known != tasks_.end()) {
    TaskSlot& slot = known->second;
    const bool same_place = slot.view.node == view.node && slot.view.labels == view.labels;
    const bool placed = !view.node.empty();
    const bool same_wait = !placed && slot.view.not_before == view.not_before && same_place &&
                           SignatureOf(view) == slot.task_class->signature;
    if (same_place && (placed || same_wait)) {
      slot.view = std::move(view);
      return;
    }
    Forget(slot);
    tasks_.erase(known);
  }
  TaskSlot& slot = tasks_[view.key];
  slot.view = std::move(view);
  slot.task_class = &ClassOf(slot.view);
  ++slot.task_class->members;
  if (slot.view.gang) gangs_[{slot.view.key.ns, slot.view.gang->name}].insert(&slot);
  if (slot.view.node.empty()) {
    Queue(slot);
  } else if (const auto node = by_name_.find(slot.view.node); node != by_name_.end()) {
    Hold(slot, node->second);
  } else {
    homeless_[slot.view.node].insert(slot.view.key);
  }
  if (slot.view.gang) WakeByGang(slot.view);
}

void Grid::Forget(TaskSlot& task) {
  if (task.node != kNoNode) {
    LetGo(task);
  } else if (task.view.node.empty()) {
    Unqueue(task);
  } else {
    homeless_[task.view.node].erase(task.view.key);
  }
  if (task.view.gang) {
    const auto gang = gangs_.find({task.view.key.ns, task.view.gang->name});
    gang->second.erase(&task);
    if (gang->second.empty()) gangs_.erase(gang);
  }
  if (--task.task_class->members == 0) DropClass(*task.task_class);
}

void Grid::RemoveTask(const ObjectKey& key) {
  const auto known = tasks_.find(key);
  if (known == tasks_.end()) return;
  Forget(known->second);
  tasks_.erase(known);
}

void Grid::Queue(TaskSlot& task) {
  if (task.view.not_before) {
    delayed_.emplace(*task.view.not_before, task.view.key);
    news_ = true;
    return;
  }
  TaskClass& task_class = *task.task_class;
  task_class.waiting.emplace(Place{task.view.created, task.view.key}, &task);
  task_class.untold.insert(task.view.key);
  line_.Update(task_class);
  news_ = true;
}

void Grid::Unqueue(TaskSlot& task) {
  if (task.view.not_before) delayed_.erase({*task.view.not_before, task.view.key});
  TaskClass& task_class = *task.task_class;
  task_class.waiting.erase(Place{task.view.created, task.view.key});
  task_class.untold.erase(task.view.key);
  if (!promising_.empty()) news_ = true;
  if (task_class.waiting.empty() && task_class.asleep != Asleep::kNo) Wake(task_class);
  if (task_class.waiting.empty()) std::vector<Row>().swap(task_class.rows);
  line_.Update(task_class);
}

std::optional<WallTime> Grid::WakeDelayed(WallTime now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    TaskSlot& task = tasks_.at(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
    task.view.not_before.reset();
    Queue(task);
  }
  return delayed_.empty() ? std::nullopt : std::optional(delayed_.begin()->first);
}

void Grid::CountPeers(const TaskClass& task_class, NodeIndex node, std::int64_t by) {
  for (const TermId term : task_class.peers.meant_by)
    peers_.Add(term, PeerIndex::Count::kMeant, node, by);
  for (const TermId term : task_class.peers.apart)
    peers_.Add(term, PeerIndex::Count::kHolders, node, by);
}

void Grid::CountPeersOn(NodeIndex node, std::int64_t sign) {
  for (const auto& [key, task] : nodes_[node].tasks) CountPeers(*task->task_class, node, sign);
}

void Grid::Hold(TaskSlot& task, NodeIndex node) {
  NodeSlot& slot = nodes_[node];
  task.node = node;
  slot.tasks.emplace(task.view.key, &task);
  Count(slot.usage, task.view, 1);
  Count(by_namespace_[task.view.key.ns], task.view, 1);
  ++task.task_class->placed_on[node];
  CountPeers(*task.task_class, node, 1);
  slot.revision = ++revision_;
  WakeByPeers(*task.task_class, Movement::kCame);
}

void Grid::LetGo(TaskSlot& task) {
  const NodeIndex node = std::exchange(task.node, kNoNode);
  NodeSlot& slot = nodes_[node];
  slot.tasks.erase(task.view.key);
  Count(slot.usage, task.view, -1);
  Count(by_namespace_[task.view.key.ns], task.view, -1);
  auto& placed = task.task_class->placed_on;
  if (--placed[node] == 0) placed.erase(node);
  CountPeers(*task.task_class, node, -1);
  slot.revision = ++revision_;
  Touched(node, HelpedBy::kRoom);
  WakeByPeers(*task.task_class, Movement::kLeft);
  WakeByQuota(task.view.key.ns);
  news_ = true;
}

void Grid::Bind(TaskSlot& task, NodeIndex node) {
  Unqueue(task);
  task.view.node = nodes_[node].view.name;
  nodes_[node].turn = ++turn_;
  Hold(task, node);
}

void Grid::Undo(TaskSlot& task) {
  const bool news = news_;
  quiet_ = true;
  LetGo(task);
  quiet_ = false;
  task.view.node.clear();
  Queue(task);
  news_ = news;
}

void Grid::Unbind(const ObjectKey& key) {
  const auto known = tasks_.find(key);
  if (known == tasks_.end() || known->second.node == kNoNode) return;
  LetGo(known->second);
  known->second.view.node.clear();
  Queue(known->second);
}

void Grid::Retell(const ObjectKey& key) {
  const auto known = tasks_.find(key);
  if (known == tasks_.end() || !known->second.view.node.empty()) return;
  known->second.task_class->untold.insert(key);
  news_ = true;
}

void Grid::Promise(const TaskView& task, NodeIndex node, double ends_in_seconds) {
  nodes_[node].promises.push_back({task.requests, ends_in_seconds});
  Count(nodes_[node].usage, task, 1);
  Count(nodes_[node].promised, task, 1);
  nodes_[node].revision = ++revision_;
  promising_.insert(node);
}

std::set<NodeIndex> Grid::LiftPromises() {
  for (const NodeIndex node : promising_) {
    NodeSlot& slot = nodes_[node];
    TakeFrom(slot.usage.requested, slot.promised.requested);
    slot.usage.tasks -= slot.promised.tasks;
    slot.usage.busy -= slot.promised.busy;
    slot.usage.inferences -= slot.promised.inferences;
    slot.promised = {};
    slot.promises.clear();
    slot.revision = ++revision_;
  }
  return std::exchange(promising_, {});
}

void Grid::SetQuota(const std::string& ns, std::optional<Quota> quota) {
  quota ? (void)(quotas_[ns] = *std::move(quota)) : (void)quotas_.erase(ns);
  WakeByQuota(ns);
}

void Grid::Learn(const TaskView& task, const std::string& node, const Run& run) {
  const NodeSlot* slot = FindNode(node);
  estimates_.Learn(task.work, node, slot == nullptr ? 1 : slot->view.speed, run);
}

Estimate Grid::EstimateOf(const TaskView& task, const NodeView& node) const {
  return estimates_.Of(task.work, node.name, node.speed, static_cast<double>(task.most_tokens));
}

}  // namespace noizy::scheduling
