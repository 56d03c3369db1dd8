// The Grid's looking: verdicts, scores, reasons, and who is woken by what.
#include <algorithm>

#include "machinery/scheduling/grid.h"

namespace noizy::scheduling {
namespace {

bool Helps(Verdict verdict, HelpedBy change) {
  const auto filters = Filters();
  return verdict >= filters.size() || filters[verdict].helped_by == change;
}

bool IsRoom(Verdict verdict) {
  const auto filters = Filters();
  return verdict < filters.size() && filters[verdict].scope == FilterScope::kNode;
}

bool HasLowerPriority(const NodeSlot& slot, std::int64_t priority) {
  return std::any_of(slot.tasks.begin(), slot.tasks.end(),
                     [&](const auto& task) { return task.second->view.priority < priority; });
}

/// The first filter of the scope that refuses the node; kFits when none does.
Verdict FirstRefusal(FilterScope scope, const FilterInput& input) {
  const auto filters = Filters();
  for (std::size_t i = 0; i < filters.size(); ++i) {
    if (filters[i].scope == scope && !filters[i].why_not(input).empty())
      return static_cast<Verdict>(i);
  }
  return kFits;
}

}  // namespace

FilterInput Grid::InputOf(const TaskClass& task_class, const NodeSlot& slot,
                          const PeerSight& sight) const {
  return {task_class.like, slot.view, slot.usage, sight};
}

Verdict Grid::JudgeFacts(TaskClass& task_class, NodeIndex node) {
  const NodeSlot& slot = nodes_[node];
  const PeerSight sight = SightOf(task_class, node);
  const FilterInput input = InputOf(task_class, slot, sight);
  if (task_class.looks_at_names) return FirstRefusal(FilterScope::kNodeClass, input);
  auto& known = task_class.by_node_class;
  if (slot.node_class >= known.size()) known.resize(node_classes_.size(), kNotAsked);
  Verdict& verdict = known[slot.node_class];
  if (verdict == kNotAsked) verdict = FirstRefusal(FilterScope::kNodeClass, input);
  return verdict;
}

const Row& Grid::Look(TaskClass& task_class, NodeIndex node) {
  if (node >= task_class.rows.size()) task_class.rows.resize(nodes_.size());
  const NodeSlot& slot = nodes_[node];
  Row& row = task_class.rows[node];
  if (row.node_revision == slot.revision && row.epoch == task_class.epoch) return row;
  row.node_revision = slot.revision;
  row.epoch = task_class.epoch;
  row.verdict = JudgeFacts(task_class, node);
  if (row.verdict == kFits) {
    const PeerSight sight = SightOf(task_class, node);
    row.verdict = FirstRefusal(FilterScope::kNode, InputOf(task_class, slot, sight));
  }
  if (row.verdict == kFits) {
    row.score = task_class.strategy->score(ScoreInputOf(task_class, node)) +
                Preferences(task_class.like, slot.view);
  }
  return row;
}

Verdict Grid::LookAtPeers(const TaskClass& task_class, NodeIndex node) const {
  const PeerSight sight = SightOf(task_class, node);
  if (sight.Fits()) return kFits;
  return FirstRefusal(FilterScope::kPeers, InputOf(task_class, nodes_[node], sight));
}

double Grid::LikingOf(const TaskClass& task_class, NodeIndex node) const {
  return Preferences(task_class.like, nodes_[node].view) +
         kPeerWeight * SightOf(task_class, node).Liked();
}

ScoreInput Grid::ScoreInputOf(const TaskClass& task_class, NodeIndex node) const {
  const NodeSlot& slot = nodes_[node];
  const auto alike = task_class.placed_on.find(node);
  return {task_class.like,
          slot.view,
          slot.usage,
          EstimateOf(task_class.like, slot.view),
          alike == task_class.placed_on.end() ? 0 : alike->second,
          slot.turn};
}

std::string Grid::WhyNot(const TaskClass& task_class, NodeIndex node) const {
  const PeerSight sight = SightOf(task_class, node);
  const FilterInput input = InputOf(task_class, nodes_[node], sight);
  for (const Filter& filter : Filters()) {
    if (std::string reason = filter.why_not(input); !reason.empty()) return reason;
  }
  return {};
}

std::string Grid::WhyNever(const TaskClass& task_class, NodeIndex node) const {
  const PeerSight sight = SightOf(task_class, node);
  const Usage nothing;
  const FilterInput input{task_class.like, nodes_[node].view, nothing, sight};
  for (const Filter& filter : Filters()) {
    if (filter.scope == FilterScope::kPeers) continue;
    if (std::string reason = filter.why_not(input); !reason.empty()) return reason;
  }
  return {};
}

std::string Grid::Explain(const TaskClass& task_class) const {
  std::vector<std::string> reasons;
  for (NodeIndex node = 0; node < nodes_.size(); ++node) {
    if (!nodes_[node].alive) continue;
    reasons.push_back(WhyNot(task_class, node));
    if (reasons.back().empty()) reasons.back() = "were promised to Tasks before it";
  }
  return Summarise(reasons);
}

void Grid::Sleep(TaskClass& task_class, Asleep how, std::string message) {
  task_class.asleep = how;
  if (task_class.message != message) {
    task_class.message = std::move(message);
    for (const auto& [place, task] : task_class.waiting) task_class.untold.insert(place.second);
  }
  task_class.message_is_old = false;
  asleep_.insert(&task_class);
  line_.Update(task_class);
}

void Grid::Wake(TaskClass& task_class) {
  if (task_class.asleep == Asleep::kNo) return;
  task_class.asleep = Asleep::kNo;
  asleep_.erase(&task_class);
  line_.Update(task_class);
  news_ = true;
}

void Grid::Touched(NodeIndex node, HelpedBy change) {
  if (quiet_) return;
  for (TaskClass* task_class : asleep()) {
    if (task_class->asleep == Asleep::kGang) Wake(*task_class);
    if (task_class->asleep != Asleep::kNoNode) continue;
    const bool known = node < task_class->rows.size();
    const Verdict before = known ? task_class->rows[node].verdict : kNotAsked;
    if (!Helps(before, change)) continue;
    const Verdict after = Look(*task_class, node).verdict;
    if (after != before) task_class->message_is_old = news_ = true;
    const bool fits = after == kFits && LookAtPeers(*task_class, node) == kFits;
    const bool may_preempt = IsRoom(after) && after != before &&
                             HasLowerPriority(nodes_[node], task_class->like.priority);
    if (fits || may_preempt) Wake(*task_class);
  }
}

// Company that came can be what another class waits for; company that left can be what it avoids,
// or the last of a kind, after whom the next may start anywhere.
void Grid::WakeByPeers(const TaskClass& moved, Movement movement) {
  if (quiet_ || asleep_.empty() || peers_.empty()) return;
  const auto share = [](const std::vector<TermId>& a, const std::vector<TermId>& b) {
    return std::any_of(a.begin(), a.end(),
                       [&](TermId term) { return std::find(b.begin(), b.end(), term) != b.end(); });
  };
  for (TaskClass* sleeper : asleep()) {
    const PeerTerms& terms = sleeper->peers;
    bool helps = share(terms.together, moved.peers.meant_by);
    if (movement == Movement::kLeft) {
      helps = helps || share(terms.apart, moved.peers.meant_by) ||
              share(terms.meant_by, moved.peers.apart);
    }
    if (helps) Wake(*sleeper);
  }
}

void Grid::WakeByGang(const TaskView& task) {
  const auto gang = gangs_.find({task.key.ns, task.gang->name});
  if (gang == gangs_.end()) return;
  for (TaskSlot* member : gang->second) Wake(*member->task_class);
}

void Grid::WakeByQuota(const std::string& ns) {
  if (quiet_) return;
  for (TaskClass* sleeper : asleep()) {
    if (sleeper->asleep == Asleep::kQuota && sleeper->like.key.ns == ns) Wake(*sleeper);
  }
}

void Grid::StepAside(TaskSlot& task) {
  task.task_class->waiting.erase(Place{task.view.created, task.view.key});
  line_.Update(*task.task_class);
}

void Grid::StepBack(TaskSlot& task) {
  task.task_class->waiting.emplace(Place{task.view.created, task.view.key}, &task);
  line_.Update(*task.task_class);
}

std::vector<TaskSlot*> Grid::GangOf(const TaskView& task, std::int64_t& placed) {
  std::vector<TaskSlot*> waiting;
  placed = 0;
  for (TaskSlot* member : gangs_.at({task.key.ns, task.gang->name})) {
    if (!member->view.node.empty()) ++placed;
    if (member->view.node.empty() && !member->view.not_before) waiting.push_back(member);
  }
  std::sort(waiting.begin(), waiting.end(), [](const TaskSlot* a, const TaskSlot* b) {
    return std::tie(a->view.created, a->view.key) < std::tie(b->view.created, b->view.key);
  });
  return waiting;
}

std::string Grid::OverQuota(const TaskView& task) const {
  const auto quota = quotas_.find(task.key.ns);
  if (quota == quotas_.end()) return {};
  const auto known = by_namespace_.find(task.key.ns);
  const Usage held = known == by_namespace_.end() ? Usage() : known->second;
  for (const auto& [resource, hard] : quota->second.hard) {
    if (At(held.requested, resource) + At(task.requests, resource) > hard) return resource;
  }
  return quota->second.tasks && held.tasks >= *quota->second.tasks ? "tasks" : "";
}

double Grid::ShareOf(const std::string& ns) const {
  const auto known = by_namespace_.find(ns);
  if (known == by_namespace_.end()) return 0;
  double share = static_cast<double>(known->second.busy) /
                 static_cast<double>(std::max<std::int64_t>(1, At(total_, "cpu")));
  for (const auto& [resource, held] : known->second.requested) {
    const std::int64_t total = At(total_, resource);
    if (total > 0) share = std::max(share, static_cast<double>(held) / static_cast<double>(total));
  }
  return share;
}

TaskClass* Grid::FirstClass() const {
  return line_.First([this](const std::string& ns) { return ShareOf(ns); });
}

const TaskSlot* Grid::Find(const ObjectKey& key) const {
  const auto known = tasks_.find(key);
  return known == tasks_.end() ? nullptr : &known->second;
}

const NodeSlot* Grid::FindNode(const std::string& name) const {
  const auto known = by_name_.find(name);
  return known == by_name_.end() ? nullptr : &nodes_[known->second];
}

std::size_t Grid::waiting_count() const {
  std::size_t count = delayed_.size();
  for (const auto& [text, task_class] : classes_) count += task_class->waiting.size();
  return count;
}

}  // namespace noizy::scheduling
