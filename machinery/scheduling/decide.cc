#include "machinery/scheduling/decide.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <tuple>
#include <utility>

#include "machinery/meta/time.h"
#include "machinery/scheduling/lookahead.h"
#include "machinery/scheduling/preemption.h"

namespace noizy::scheduling {
namespace {

// Reasons of Tasks that wait are told anew at most this often, however fast the grid changes.
constexpr Duration kTellAgain = std::chrono::seconds(1);
// Classes whose reasons are put together in one pass: on a large grid each costs milliseconds.
constexpr std::size_t kMostExplained = 8;

struct Ranked {
  double score = 0;
  std::uint64_t tie = 0;
  NodeIndex node = kNoNode;

  bool operator>(const Ranked& other) const {
    return std::tie(score, tie) > std::tie(other.score, other.tie);
  }
};

/// The best few, best first; with a sample, those of a few that the ties draw.
class Ranking {
 public:
  explicit Ranking(std::size_t sample)
      : sample_(sample), most_(sample > 0 ? sample : kMaxCandidates) {}

  void Add(const Ranked& entry) {
    ++count_;
    if (best_.size() == most_ && !Before(entry, best_.back())) return;
    const auto place =
        std::find_if(best_.begin(), best_.end(), [&](const Ranked& r) { return Before(entry, r); });
    best_.insert(place, entry);
    if (best_.size() > most_) best_.pop_back();
  }
  void Finish() {
    if (sample_ > 0) std::sort(best_.begin(), best_.end(), std::greater<>());
  }
  /// Puts the node before all others; false when it is not among the best.
  bool Prefer(NodeIndex node) {
    const auto place =
        std::ranges::find_if(best_, [&](const Ranked& entry) { return entry.node == node; });
    if (place == best_.end()) return false;
    std::rotate(best_.begin(), place, place + 1);
    return true;
  }
  /// Puts it there whether it is among the best or not.
  void Force(const Ranked& entry) {
    if (Prefer(entry.node)) return;
    best_.insert(best_.begin(), entry);
    if (best_.size() > most_) best_.pop_back();
  }
  std::size_t count() const { return count_; }
  const std::vector<Ranked>& best() const { return best_; }

 private:
  bool Before(const Ranked& a, const Ranked& b) const {
    return sample_ > 0 ? a.tie > b.tie : a > b;
  }

  const std::size_t sample_;
  const std::size_t most_;
  std::vector<Ranked> best_;
  std::size_t count_ = 0;
};

std::uint64_t Mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t hash = (a ^ b) * 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 32);
}

std::string Seconds(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), seconds < 10 ? "%.1f s" : "%.0f s", seconds);
  return text.data();
}

const char* ReasonToSleep(Asleep how) {
  switch (how) {
    case Asleep::kQuota:
      return "QuotaExceeded";
    case Asleep::kAdvice:
      return "WaitingForAdvice";
    case Asleep::kNo:
    case Asleep::kNoNode:
    case Asleep::kGang:
      break;
  }
  return "Unschedulable";
}

class Pass {
 public:
  Pass(Grid& grid, WallTime now, const Limits& limits) : grid_(grid), now_(now), limits_(limits) {}

  Plan Run() {
    const std::set<NodeIndex> lifted = grid_.LiftPromises();
    plan_.look_again = grid_.WakeDelayed(now_);
    LookAgainAt(grid_.ExpireAdvice(now_));
    // What was promised and is not yet again may be what a sleeper lacks, and its turn comes before
    // that of whom it was promised to.
    for (const NodeIndex node : lifted) grid_.Recheck(node);
    WalkTheLine();
    for (const NodeIndex node : lifted) grid_.Recheck(node);
    WalkTheLine();
    for (TaskSlot* task : aside_) grid_.StepBack(*task);
    grid_.ForgetNews();
    // Who was bound since may be the company that one of them lacked, or have taken the other nodes
    // that had room, so that a wished node is not waited for any more.
    plan_.more = plan_.more || late_company_ || plan_.bindings.size() > bound_before_hope_;
    Tell();
    return std::move(plan_);
  }

 private:
  void WalkTheLine();
  void Consider(TaskSlot& task);
  void ConsiderGang(TaskSlot& task, const std::vector<TaskSlot*>& waiting, std::int64_t placed);
  enum class Advised : std::uint8_t { kNo, kYes };
  enum class Trial : std::uint8_t { kPlaced, kNoRoom, kWaits };
  Trial PlaceGang(const std::vector<TaskSlot*>& waiting);
  Trial TryGang(const std::vector<TaskSlot*>& waiting, Advised advised);
  Trial TryMember(TaskSlot& member, Advised advised);
  void UndoGang(const std::vector<TaskSlot*>& bound, std::size_t first_binding);
  void WhenNoneFits(TaskSlot& task);
  std::optional<Ahead> BetterAhead(TaskSlot& task, const Ranking& ranking);
  void WaitFor(TaskSlot& task, const Ahead& ahead, std::size_t with_room);
  bool Preempt(TaskSlot& task);
  void HoldFor(TaskSlot& task, NodeIndex node, double ends_in_seconds);
  Ranking Rank(TaskSlot& task);
  Ranked RankedOf(TaskSlot& task, std::uint64_t seed, NodeIndex node);
  bool FollowsPlan(TaskSlot& task, Ranking& ranking);
  void BindByPlan(TaskSlot& task, const Ranking& ranking);
  bool WaitsForAdvice(TaskSlot& task, Ranking& ranking, const std::optional<Ahead>& ahead);
  std::string AdviceMissing(const TaskSlot& task, Ranking& ranking,
                            const std::optional<Ahead>& ahead);
  std::string Consult(const TaskSlot& task, Ranking& ranking,
                      const std::vector<Candidate>& candidates);
  Answer& Ask(const TaskSlot& task, std::vector<Candidate> candidates);
  std::vector<Candidate> WithinBand(const TaskSlot& task, const Ranking& ranking,
                                    const std::optional<Ahead>& ahead) const;
  void LookAgainAt(std::optional<WallTime> time) {
    if (time) plan_.look_again = std::min(plan_.look_again.value_or(*time), *time);
  }
  void Bind(TaskSlot& task, const Ranking& ranking);
  Binding BindingOf(const TaskSlot& task, const Ranking& ranking);
  std::string ReasonOf(const TaskSlot& task, const Ranking& ranking) const;
  double FinishSeconds(const TaskClass& task_class, NodeIndex node) const {
    return PredictedSeconds(grid_.ScoreInputOf(task_class, node));
  }
  std::string QuotaMessage(const TaskView& task, const std::string& resource) const;
  void Say(const TaskSlot& task, std::string reason, std::string message) {
    task.task_class->untold.erase(task.view.key);
    plan_.unschedulable.push_back({{task.view.key}, std::move(reason), std::move(message)});
  }
  void Tell();
  bool Refresh(TaskClass& task_class);

  Grid& grid_;
  const WallTime now_;
  const Limits limits_;
  Plan plan_;
  std::vector<TaskSlot*> aside_;
  std::size_t explained_ = 0;
  // Bindings before the first Task that was put aside and that a binding may help.
  std::size_t bound_before_hope_ = std::numeric_limits<std::size_t>::max();
  // Bindings before the first promise.
  std::size_t bound_before_promise_ = std::numeric_limits<std::size_t>::max();
  // The company that a Task lacked was bound after a promise that left no room for it, and its turn
  // may be before that of whom it was promised to.
  bool late_company_ = false;
  Answer* taken_ = nullptr;  // the advice that decides the next binding
  std::string gang_waits_;   // what the last gang that was tried waits for, if not for room
};

void Pass::WalkTheLine() {
  while (TaskClass* first = grid_.FirstClass()) {
    plan_.more = plan_.bindings.size() >= limits_.bindings;
    if (plan_.more || aside_.size() >= limits_.held) return;
    Consider(*first->waiting.begin()->second);
  }
}

void Pass::Consider(TaskSlot& task) {
  TaskClass& task_class = *task.task_class;
  if (const std::string over = grid_.OverQuota(task.view); !over.empty())
    return grid_.Sleep(task_class, Asleep::kQuota, QuotaMessage(task.view, over));
  if (task.view.gang) {
    std::int64_t placed = 0;
    const std::vector<TaskSlot*> waiting = grid_.GangOf(task.view, placed);
    if (placed < task.view.gang->size) return ConsiderGang(task, waiting, placed);
  }
  Ranking ranking = Rank(task);
  if (FollowsPlan(task, ranking)) return;
  if (ranking.count() == 0) return WhenNoneFits(task);
  const std::optional<Ahead> ahead = BetterAhead(task, ranking);
  if (WaitsForAdvice(task, ranking, ahead)) return;
  if (ahead && taken_ == nullptr) return WaitFor(task, *ahead, ranking.count());
  Bind(task, ranking);
}

Ranking Pass::Rank(TaskSlot& task) {
  TaskClass& task_class = *task.task_class;
  const std::uint64_t version = grid_.estimates().VersionOf(task_class.like.work);
  if (std::exchange(task_class.estimate_version, version) != version) ++task_class.epoch;
  const std::uint64_t seed = HashOf(task.view.key.ToString());
  Ranking ranking(task_class.strategy->sample);
  const auto& nodes = grid_.nodes();
  for (NodeIndex node = 0; node < nodes.size(); ++node) {
    if (!nodes[node].alive) continue;
    const Row& row = grid_.Look(task_class, node);
    if (row.verdict != kFits) continue;
    if (!grid_.SightOf(task_class, node).Fits()) continue;
    ranking.Add(RankedOf(task, seed, node));
  }
  ranking.Finish();
  return ranking;
}

/// Of a node that fits.
Ranked Pass::RankedOf(TaskSlot& task, std::uint64_t seed, NodeIndex node) {
  TaskClass& task_class = *task.task_class;
  double score = grid_.Look(task_class, node).score;
  if (!task_class.peers.preferred.empty())
    score += kPeerWeight * grid_.SightOf(task_class, node).Liked();
  return {score, Mix(seed, grid_.nodes()[node].name_hash), node};
}

/// True when an applied plan has decided: the Task is bound to the node that it names, or waits for
/// it. A node that could not run it, and a plan whose time is over, count for nothing; nor does a
/// plan count against room that was made for the Task.
bool Pass::FollowsPlan(TaskSlot& task, Ranking& ranking) {
  const auto& planned = task.view.planned;
  if (!planned || planned->until <= now_ || !task.nominated.empty()) return false;
  const NodeSlot* slot = grid_.FindNode(planned->node);
  if (slot == nullptr) return false;
  const auto node = static_cast<NodeIndex>(slot - grid_.nodes().data());
  TaskClass& task_class = *task.task_class;
  if (grid_.Look(task_class, node).verdict == kFits && grid_.SightOf(task_class, node).Fits()) {
    ranking.Force(RankedOf(task, HashOf(task.view.key.ToString()), node));
    BindByPlan(task, ranking);
    return true;
  }
  // Of nodes that are all full it takes the first with room no more than others do; it may preempt.
  if (ranking.count() == 0 || !grid_.WhyNever(task_class, node).empty()) return false;
  LookAgainAt(planned->until);
  HoldFor(task, node, FinishSeconds(task_class, node));
  Say(task, "WaitingForPlannedNode",
      "Waits for node " + planned->node + ", which the applied plan of policy \"" +
          planned->policy + "\" gives it, until " + FormatTime(planned->until) + ": " +
          grid_.WhyNot(task_class, node) + " now");
  return true;
}

void Pass::Bind(TaskSlot& task, const Ranking& ranking) {
  Binding& binding = plan_.bindings.emplace_back(BindingOf(task, ranking));
  const auto& planned = task.view.planned;
  if (planned && planned->until > now_ && planned->node != binding.node)
    binding.reason.append(", rather than node ")
        .append(planned->node)
        .append(", which an applied plan gives it");
  task.nominated.clear();
  grid_.Bind(task, ranking.best().front().node);
}

void Pass::BindByPlan(TaskSlot& task, const Ranking& ranking) {
  const PlannedNode& planned = *task.view.planned;
  Binding& binding = plan_.bindings.emplace_back(BindingOf(task, ranking));
  binding.policy = planned.policy;
  binding.strategy = kAiStrategy;
  binding.fallback = false;
  binding.advice = Advice{planned.node, planned.provider, planned.model, planned.reason};
  binding.reason = planned.reason;
  grid_.Bind(task, ranking.best().front().node);
}

Binding Pass::BindingOf(const TaskSlot& task, const Ranking& ranking) {
  const TaskClass& task_class = *task.task_class;
  Binding binding;
  binding.task = task.view.key;
  binding.policy = task.view.routing.policy;
  binding.strategy = task_class.strategy->name;
  binding.fallback = task_class.fallback;
  for (const Ranked& entry : ranking.best()) {
    Candidate candidate{grid_.nodes()[entry.node].view.name, entry.score, {}};
    if (task_class.strategy->looks_ahead)
      candidate.finish_seconds = FinishSeconds(task_class, entry.node);
    binding.candidates.push_back(std::move(candidate));
  }
  binding.node = binding.candidates.front().node;
  binding.reason = ReasonOf(task, ranking);
  const bool asked = task.view.routing.ai && ranking.count() > 1;
  if (const Answer* known = asked ? grid_.AnswerFor(task_class) : nullptr) {
    // Advice that was not taken, by a policy that counts it, is no part of this decision.
    if (taken_ != nullptr || !known->advice || !task.view.routing.ai->counts)
      binding.record = known->record;
  }
  if (Answer* const answer = std::exchange(taken_, nullptr)) {
    binding.strategy = kAiStrategy;
    binding.fallback = false;
    binding.advice = answer->advice;
    binding.cached = std::exchange(answer->used, true);
    binding.reason = answer->advice->reason;
  }
  return binding;
}

// Those whose predicted end is within the policy's band of the best one's, which may be a full
// node's: so bad advice costs no more than the band. Preferences are not a model's to weigh: what
// the Task likes less than the first is no candidate.
std::vector<Candidate> Pass::WithinBand(const TaskSlot& task, const Ranking& ranking,
                                        const std::optional<Ahead>& ahead) const {
  std::vector<Candidate> candidates;
  const double liked = grid_.LikingOf(*task.task_class, ranking.best().front().node);
  for (const Ranked& entry : ranking.best()) {
    if (grid_.LikingOf(*task.task_class, entry.node) < liked) continue;
    candidates.push_back({grid_.nodes()[entry.node].view.name, entry.score,
                          FinishSeconds(*task.task_class, entry.node)});
  }
  const auto sooner = [](const Candidate& a, const Candidate& b) {
    return *a.finish_seconds < *b.finish_seconds;
  };
  std::ranges::stable_sort(candidates, sooner);
  const double band = 1 + task.view.routing.ai->band_percent / 100;
  const double now = *candidates.front().finish_seconds;
  const double most = (ahead ? std::min(now, ahead->ends_in_seconds) : now) * band;
  std::erase_if(candidates, [&](const Candidate& one) { return *one.finish_seconds > most; });
  return candidates;
}

// Advice may name any of them later: which of many alike are offered is drawn by a Task's name.
Answer& Pass::Ask(const TaskSlot& task, std::vector<Candidate> candidates) {
  if (candidates.size() > kMostAdvised) candidates.resize(kMostAdvised);
  const AiRouting& ai = *task.view.routing.ai;
  plan_.questions.push_back({task.task_class->signature, task.task_class->like,
                             task.view.routing.policy, std::move(candidates), ai.deadline});
  LookAgainAt(now_ + ai.deadline);
  return grid_.AwaitAdvice(*task.task_class, now_ + ai.deadline);
}

/// Sets `taken_`, with the node that was advised before all others; or says why there is no advice:
/// "" when the answer is awaited.
std::string Pass::Consult(const TaskSlot& task, Ranking& ranking,
                          const std::vector<Candidate>& candidates) {
  Answer* known = grid_.AnswerFor(*task.task_class);
  Answer& answer = known != nullptr ? *known : Ask(task, candidates);
  if (!answer.advice) return answer.fault;
  const bool offered = std::ranges::any_of(
      candidates, [&](const Candidate& one) { return one.node == answer.advice->node; });
  const NodeSlot* node = offered ? grid_.FindNode(answer.advice->node) : nullptr;
  if (node == nullptr) return "the node that it chose is not among the candidates now";
  if (!task.view.routing.ai->counts) return "the policy only records what it says";
  ranking.Prefer(static_cast<NodeIndex>(node - grid_.nodes().data()));
  taken_ = &answer;
  return {};
}

/// Why the Task has to wait for an AI, "" when it need not. Sets `taken_` where there is advice.
std::string Pass::AdviceMissing(const TaskSlot& task, Ranking& ranking,
                                const std::optional<Ahead>& ahead) {
  const Routing& routing = task.view.routing;
  if (!routing.ai) {
    return routing.require_ai ? "The Task requires an AI's decision, and no RoutingPolicy with "
                                "strategy AI matches it"
                              : "";
  }
  const std::vector<Candidate> candidates = WithinBand(task, ranking, ahead);
  if (candidates.size() < 2) return {};  // there is nothing to decide
  const std::string fault = Consult(task, ranking, candidates);
  const bool waits = routing.require_ai || (fault.empty() && routing.ai->waits);
  if (taken_ != nullptr || !waits) return {};
  std::string message =
      "Waits for the AI's decision that policy \"" + routing.policy + "\" asks for";
  if (!fault.empty()) message += "; there is none: " + fault;
  return message;
}

/// True when the Task has to wait for an AI; then its class sleeps.
bool Pass::WaitsForAdvice(TaskSlot& task, Ranking& ranking, const std::optional<Ahead>& ahead) {
  std::string message = AdviceMissing(task, ranking, ahead);
  if (message.empty()) return false;
  grid_.Sleep(*task.task_class, Asleep::kAdvice, std::move(message));
  return true;
}

std::string Pass::ReasonOf(const TaskSlot& task, const Ranking& ranking) const {
  const TaskClass& task_class = *task.task_class;
  std::string reason = "the only node that can run it";
  if (ranking.count() > 1) {
    reason = task_class.strategy->superlative;
    reason += " of " + std::to_string(ranking.count()) + " nodes that can run it";
  }
  if (!task_class.strategy->looks_ahead) return reason;
  const NodeIndex node = ranking.best().front().node;
  const Estimate estimate = grid_.ScoreInputOf(task_class, node).estimate;
  if (estimate.source == Estimate::Source::kUnknown)
    return reason + "; how long such Tasks take is not known yet";
  return reason + ", in " + Seconds(FinishSeconds(task_class, node));
}

void Pass::HoldFor(TaskSlot& task, NodeIndex node, double ends_in_seconds) {
  if (task.view.planned || !task.view.together.empty())
    bound_before_hope_ = std::min(bound_before_hope_, plan_.bindings.size());
  bound_before_promise_ = std::min(bound_before_promise_, plan_.bindings.size());
  grid_.StepAside(task);
  aside_.push_back(&task);
  grid_.Promise(task.view, node, ends_in_seconds);
}

/// The full node that is worth waiting for, if one is.
std::optional<Ahead> Pass::BetterAhead(TaskSlot& task, const Ranking& ranking) {
  const double liked = grid_.LikingOf(*task.task_class, ranking.best().front().node);
  const auto ahead = FastestFullNode(grid_, *task.task_class, now_, liked);
  if (!ahead) return {};
  const double now = FinishSeconds(*task.task_class, ranking.best().front().node);
  return ahead->ends_in_seconds < kWorthWaiting * now ? ahead : std::nullopt;
}

void Pass::WaitFor(TaskSlot& task, const Ahead& ahead, std::size_t with_room) {
  const std::string& name = grid_.nodes()[ahead.node].view.name;
  HoldFor(task, ahead.node, ahead.ends_in_seconds);
  Say(task, "WaitingForFasterNode",
      "Waits for node " + name + ", which is full now: it is predicted to finish there before it " +
          "would on any of the " + std::to_string(with_room) + " nodes with room");
}

void Pass::WhenNoneFits(TaskSlot& task) {
  if (!task.view.together.empty() && plan_.bindings.size() > bound_before_promise_)
    late_company_ = true;
  if (Preempt(task)) return;
  TaskClass& task_class = *task.task_class;
  if (const auto ahead = FastestFullNode(grid_, task_class, now_)) {
    task_class.message = grid_.Explain(task_class);  // for the others of its class, too
    HoldFor(task, ahead->node, ahead->ends_in_seconds);
    return Say(task, "Unschedulable", task_class.message);
  }
  grid_.Sleep(task_class, Asleep::kNoNode, grid_.Explain(task_class));
  task_class.explained = now_;
}

bool Pass::Preempt(TaskSlot& task) {
  const auto found = CheapestPreemption(grid_, task, now_);
  if (!found || (found->victims.empty() && task.nominated.empty())) return false;
  const std::string& name = grid_.nodes()[found->node].view.name;
  for (TaskSlot* victim : found->victims) {
    victim->view.leaving = true;
    plan_.evictions.push_back({victim->view.key, "Preempted on node " + name + " by Task " +
                                                     task.view.key.ToString() + " of priority " +
                                                     std::to_string(task.view.priority)});
  }
  task.nominated = name;
  const double run = FinishSeconds(*task.task_class, found->node);
  HoldFor(task, found->node, run);
  Say(task, "Preempting",
      grid_.Explain(*task.task_class) + " Node " + name +
          " is made free of Tasks of lower priority for it.");
  return true;
}

void Pass::ConsiderGang(TaskSlot& task, const std::vector<TaskSlot*>& waiting,
                        std::int64_t placed) {
  const Gang& gang = *task.view.gang;
  const auto there = static_cast<std::int64_t>(waiting.size()) + placed;
  std::string message;
  Asleep how = Asleep::kGang;
  if (there < gang.size) {
    message = "Gang " + gang.name + " waits for " + std::to_string(gang.size - there) +
              " more of its " + std::to_string(gang.size) + " Tasks";
  } else {
    const Trial trial = PlaceGang(waiting);
    if (trial == Trial::kPlaced) return;
    if (trial == Trial::kWaits) how = Asleep::kAdvice;
    message = gang_waits_;
    if (message.empty())
      message = "Not all " + std::to_string(gang.size) + " Tasks of gang " + gang.name +
                " fit at once. For the first that does not: " + grid_.Explain(*task.task_class);
  }
  for (TaskSlot* member : waiting) grid_.Sleep(*member->task_class, how, message);
}

// An AI is asked, class by class, once it is known that all have room; where its nodes leave no
// room for all, only those that require an AI wait for better advice.
Pass::Trial Pass::PlaceGang(const std::vector<TaskSlot*>& waiting) {
  gang_waits_.clear();
  const std::size_t first = plan_.bindings.size();
  const Trial plain = TryGang(waiting, Advised::kNo);
  const auto requires_ai = [](const TaskSlot* one) { return one->view.routing.require_ai; };
  const auto asks = [&](const TaskSlot* one) { return one->view.routing.ai || requires_ai(one); };
  if (plain != Trial::kPlaced || std::ranges::none_of(waiting, asks)) return plain;
  UndoGang(waiting, first);
  const Trial advised = TryGang(waiting, Advised::kYes);
  if (advised != Trial::kNoRoom) return advised;
  if (std::ranges::none_of(waiting, requires_ai)) return TryGang(waiting, Advised::kNo);
  gang_waits_ = "The nodes that the AI chose leave no room for all of gang ";
  gang_waits_ += waiting.front()->view.gang->name;
  return Trial::kNoRoom;
}

// Every member is bound, or none: a trial leaves no trace but its questions, which are all asked at
// once.
Pass::Trial Pass::TryGang(const std::vector<TaskSlot*>& waiting, Advised advised) {
  const std::size_t first = plan_.bindings.size();
  Trial whole = Trial::kPlaced;
  std::vector<TaskSlot*> bound;
  for (TaskSlot* member : waiting) {
    const Trial trial = TryMember(*member, advised);
    if (trial != Trial::kPlaced) whole = trial;
    if (trial == Trial::kNoRoom) break;
    bound.push_back(member);
  }
  if (whole != Trial::kPlaced) UndoGang(bound, first);
  return whole;
}

/// Binds it, for the trial, though it waits for advice: what the others are asked depends on it.
Pass::Trial Pass::TryMember(TaskSlot& member, Advised advised) {
  Ranking ranking = Rank(member);
  if (ranking.count() == 0 || !grid_.OverQuota(member.view).empty()) return Trial::kNoRoom;
  std::string missing;
  if (advised == Advised::kYes) missing = AdviceMissing(member, ranking, {});
  Bind(member, ranking);
  if (missing.empty()) return Trial::kPlaced;
  gang_waits_ = std::move(missing);
  return Trial::kWaits;
}

void Pass::UndoGang(const std::vector<TaskSlot*>& bound, std::size_t first_binding) {
  for (std::size_t i = bound.size(); i-- > 0;) {
    const Binding& binding = plan_.bindings[first_binding + i];
    // Advice that was first used here is unused again.
    Answer* const answer = binding.advice ? grid_.AnswerFor(*bound[i]->task_class) : nullptr;
    if (answer != nullptr && !binding.cached) answer->used = false;
    grid_.Undo(*bound[i]);
  }
  plan_.bindings.resize(first_binding);
}

std::string Pass::QuotaMessage(const TaskView& task, const std::string& resource) const {
  const std::string reason = "were closed to it: the quota of namespace \"" + task.key.ns +
                             "\" allows no more " + resource + " at once";
  return Summarise(std::vector<std::string>(grid_.node_count(), reason));
}

/// Puts the class's reasons together again; false when that has to wait.
bool Pass::Refresh(TaskClass& task_class) {
  if (!task_class.message_is_old || task_class.asleep != Asleep::kNoNode) return true;
  const WallTime due = task_class.explained.value_or(now_) + kTellAgain;
  if (due > now_ && task_class.explained) {
    plan_.look_again = std::min(plan_.look_again.value_or(due), due);
    return false;
  }
  if (++explained_ > kMostExplained) {
    plan_.more = true;
    return false;
  }
  grid_.Sleep(task_class, Asleep::kNoNode, grid_.Explain(task_class));
  task_class.explained = now_;
  return true;
}

void Pass::Tell() {
  std::set<TaskClass*, BySignature> told;
  for (TaskClass* task_class : grid_.asleep()) {
    if (Refresh(*task_class)) told.insert(task_class);
  }
  for (TaskSlot* task : aside_) told.insert(task->task_class);
  for (TaskClass* task_class : told) {
    if (task_class->untold.empty() || task_class->message.empty()) continue;
    std::vector<ObjectKey> tasks(task_class->untold.begin(), task_class->untold.end());
    plan_.unschedulable.push_back(
        {std::move(tasks), ReasonToSleep(task_class->asleep), task_class->message});
    task_class->untold.clear();
  }
}

}  // namespace

Plan Decide(Grid& grid, WallTime now, const Limits& limits) {
  return Pass(grid, now, limits).Run();
}

}  // namespace noizy::scheduling
