#include "apiserver/authorization/role_index.h"

#include <set>

#include "apiserver/authorization/identity.h"
#include "machinery/base/log.h"
#include "machinery/meta/selector.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

constexpr std::size_t kEventsPerRead = 256;

const RoleTable::Grants* FindIn(const auto& map, std::string_view subject) {
  const auto found = map.find(subject);
  return found == map.end() ? nullptr : &found->second;
}

void Append(PolicyRules& rules, const PolicyRules& more) {
  rules.insert(rules.end(), more.begin(), more.end());
}

// The rules of `role` and of all that it aggregates, at any depth. `seen` ends circles.
void CollectRules(const RoleIndex::Objects& cluster_roles, const ObjectKey& key, const Value& role,
                  std::set<ObjectKey>& seen, PolicyRules& rules) {
  if (!seen.insert(key).second) return;
  const Array* selectors = ArrayAt(role, {"aggregationRule", "clusterRoleSelectors"});
  // What an aggregating role holds itself is a controller's copy of the same rules.
  if (selectors == nullptr) return Append(rules, RulesOf(role));
  for (const Value& text : *selectors) {
    const Result<Selector> selector = LabelSelectorOf(text);
    if (!selector.ok()) continue;
    for (const auto& [other_key, other] : cluster_roles) {
      if (selector->Matches(LabelsOf(other)))
        CollectRules(cluster_roles, other_key, other, seen, rules);
    }
  }
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  return out.append(text).append("\"");
}

}  // namespace

// Resolves bindings to rules.
class RoleTableBuilder {
 public:
  explicit RoleTableBuilder(const RoleIndex::State& state) : state_(state) {}

  std::shared_ptr<const RoleTable> Build() {
    for (const auto& [key, role] : state_.roles)
      table_->roles_[key] = std::make_shared<const PolicyRules>(RulesOf(role));
    for (const auto& [key, role] : state_.cluster_roles) {
      PolicyRules rules;
      std::set<ObjectKey> seen;
      CollectRules(state_.cluster_roles, key, role, seen, rules);
      table_->roles_[key] = std::make_shared<const PolicyRules>(std::move(rules));
    }
    for (const auto& [key, binding] : state_.role_bindings) AddBinding("RoleBinding", key, binding);
    for (const auto& [key, binding] : state_.cluster_role_bindings)
      AddBinding("ClusterRoleBinding", key, binding);
    return table_;
  }

 private:
  void AddBinding(std::string_view kind, const ObjectKey& key, const Value& binding) {
    const std::string_view role_kind = StringAt(binding, {"roleRef", "kind"});
    const std::string_view role = StringAt(binding, {"roleRef", "name"});
    const PolicyRulesPtr rules =
        table_->FindRole(role_kind == "Role" ? key.ns : std::string(), role);
    const Array* subjects = ArrayAt(binding, {"subjects"});
    if (rules == nullptr || subjects == nullptr) return;
    std::string source(kind);
    source.append(" ").append(Quoted(key.ToString())).append(" of ").append(role_kind);
    source.append(" ").append(Quoted(role)).append(" to ");
    for (const Value& subject : *subjects) AddSubject(key.ns, subject, rules, source);
  }

  void AddSubject(const std::string& ns, const Value& subject, const PolicyRulesPtr& rules,
                  const std::string& source) {
    const std::string_view kind = StringAt(subject, {"kind"});
    std::string name(StringAt(subject, {"name"}));
    RoleGrant grant{ns, rules, source + std::string(kind) + " " + Quoted(name)};
    if (kind == "ServiceAccount") {
      std::string_view account_ns = StringAt(subject, {"namespace"});
      if (account_ns.empty()) account_ns = ns;
      name = std::string(kServiceAccountUserPrefix).append(account_ns).append(":").append(name);
    }
    auto& table = kind == "Group" ? table_->groups_ : table_->users_;
    table[name].push_back(std::move(grant));
  }

  const RoleIndex::State& state_;
  std::shared_ptr<RoleTable> table_ = std::make_shared<RoleTable>();
};

const RoleTable::Grants* RoleTable::ForUser(std::string_view user) const {
  return FindIn(users_, user);
}

const RoleTable::Grants* RoleTable::ForGroup(std::string_view group) const {
  return FindIn(groups_, group);
}

PolicyRulesPtr RoleTable::FindRole(std::string_view ns, std::string_view name) const {
  const auto found = roles_.find({std::string(ns), std::string(name)});
  return found == roles_.end() ? nullptr : found->second;
}

Status RoleIndex::Load(Feed& feed) {
  Objects& objects = state_.*feed.objects;
  objects.clear();
  NOIZY_ASSIGN_OR_RETURN(const Listing listing,
                         store_.List({std::string(feed.resource), "", ""}, {}));
  for (const StoredObjectPtr& object : listing.items) {
    NOIZY_ASSIGN_OR_RETURN(Value value, ParseJson(object->bytes));
    objects[{object->key.ns, object->key.name}] = std::move(value);
  }
  NOIZY_ASSIGN_OR_RETURN(
      feed.watch, store_.Watch({std::string(feed.resource), "", ""}, listing.revision, [] {}));
  return Status::Ok();
}

bool RoleIndex::CatchUp(Feed& feed) {
  bool changed = false;
  while (feed.watch != nullptr) {
    const Result<StoreWatch::Batch> batch = feed.watch->Next(kEventsPerRead);
    if (!batch.ok()) break;  // history was compacted past what we had read: start over
    if (batch->events.empty()) return changed;
    changed = true;
    for (const StoreEventPtr& event : batch->events) {
      const ObjectKey key{event->object->key.ns, event->object->key.name};
      (state_.*feed.objects).erase(key);
      if (event->kind == WriteOp::Kind::kDelete) continue;
      if (Result<Value> value = ParseJson(event->object->bytes); value.ok())
        (state_.*feed.objects)[key] = *std::move(value);
    }
  }
  if (const Status status = Load(feed); !status.ok()) {
    // Nothing known of these objects means nothing given by them: errors close doors.
    feed.watch.reset();
    LogError("Could not read roles and bindings",
             {{"resource", std::string(feed.resource)}, {"error", status.message()}});
  }
  return true;
}

std::shared_ptr<const RoleTable> RoleIndex::Current() {
  const std::int64_t revision = store_.Revision();
  MutexLock lock(mutex_);
  if (table_ != nullptr && revision <= seen_) return table_;
  bool changed = table_ == nullptr;
  for (Feed& feed : feeds_) changed = CatchUp(feed) || changed;
  if (changed) table_ = RoleTableBuilder(state_).Build();
  seen_ = revision;
  return table_;
}

}  // namespace noizy::apiserver
