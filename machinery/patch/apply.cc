#include "machinery/patch/apply.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "machinery/patch/last_applied.h"
#include "machinery/patch/typed_fields.h"
#include "machinery/patch/typed_merge.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

using Operation = ManagedFieldsEntry::Operation;

// kubectl's own name as a field manager of server-side apply: the one that may follow client-side
// apply.
constexpr std::string_view kKubectl = "kubectl";
// An annotation longer than this is not kept (Kubernetes' limit on all of them together).
constexpr std::size_t kMaxLastAppliedBytes = 256 * 1024;

struct FieldConflict {
  std::string manager;  // as conflicts name it
  std::vector<std::string> paths;
};

// "Apply failed with 1 conflict: conflict with "a" using v1: .spec.x", or a list by manager.
std::string ConflictMessage(const std::vector<FieldConflict>& conflicts) {
  std::size_t count = 0;
  std::map<std::string, std::vector<std::string>> by_manager;
  for (const FieldConflict& conflict : conflicts) {
    count += conflict.paths.size();
    auto& paths = by_manager[conflict.manager];
    paths.insert(paths.end(), conflict.paths.begin(), conflict.paths.end());
  }
  if (count == 1) {
    return "Apply failed with 1 conflict: conflict with " + conflicts.front().manager + ": " +
           conflicts.front().paths.front();
  }
  std::string text = "Apply failed with " + std::to_string(count) + " conflicts: ";
  for (const auto& [manager, paths] : by_manager) {
    if (!text.ends_with(": ")) text += '\n';
    text.append("conflicts with ").append(manager).append(":");
    for (const std::string& path : paths) text.append("\n- ").append(path);
  }
  return text;
}

Status ConflictStatus(const std::vector<FieldConflict>& conflicts) {
  StatusDetails details;
  for (const FieldConflict& conflict : conflicts) {
    for (const std::string& path : conflict.paths) {
      details.causes.push_back({"FieldManagerConflict", "conflict with " + conflict.manager, path});
    }
  }
  return Status(StatusReason::kConflict, ConflictMessage(conflicts), std::move(details));
}

// The fields that client-side apply set and that still are as it set them; nobody else has a claim
// on those.
FieldSet LastAppliedFields(const Schema& schema, const Value& live, const FieldOwner& who) {
  const std::string_view text = StringAt(live, {"metadata", "annotations", kLastAppliedAnnotation});
  Result<Value> applied = text.empty() ? BadRequest("none") : ParseJson(text);
  if (!applied.ok() || StringAt(*applied, {"apiVersion"}) != who.api_version) return {};
  FieldSet fields = FieldsOf(schema, *applied);
  const FieldChanges changes = CompareFields(schema, *applied, live);
  fields.Subtract(changes.added);
  fields.Subtract(changes.modified);
  fields.Subtract(changes.removed);
  return fields;
}

void RememberLastApplied(Value& object, const Value& configuration) {
  std::string text = LastAppliedText(configuration);
  if (text.size() > kMaxLastAppliedBytes) text.clear();
  Set(object, {"metadata", "annotations", kLastAppliedAnnotation}, Value(text));
}

class Application {
 public:
  Application(const Schema& schema, const Value& live, const Value& configuration,
              const FieldOwner& who)
      : schema_(schema), live_(live), configuration_(configuration), who_(who) {}

  Result<Value> Run(OnConflict on_conflict) {
    ReadEntries();
    const FieldSet last = OwnEntry().fields.Set();
    FieldSet claim = FieldsOf(schema_, configuration_);
    who_.KeepPart(claim);
    const bool same_claim = claim == last;
    Value wanted = live_;
    MergeTyped(schema_, wanted, configuration_);
    if (!same_claim && !last.empty()) RemoveUnclaimed(last, claim, wanted);
    OwnEntry().fields = std::move(claim);
    const FieldChanges changes = Changes(wanted);
    if (on_conflict == OnConflict::kRefuse) NOIZY_RETURN_IF_ERROR(CheckConflicts(changes));
    TakeFromOthers(changes);
    RememberForClientSide(wanted);
    if (same_claim && !is_first_ && Equal(wanted, live_)) return wanted;
    OwnEntry().time = who_.time;
    std::erase_if(entries_, [](const ManagedFieldsEntry& entry) { return entry.fields.empty(); });
    SetManagedFields(wanted, std::move(entries_));
    return wanted;
  }

 private:
  bool IsNew() const { return live_.get_object().empty(); }

  // What was there before anybody kept account belongs to a manager of that name.
  void ReadEntries() {
    entries_ = StoredManagedFields(live_);
    for (ManagedFieldsEntry& entry : entries_) entry.fields.Reconcile(schema_);
    is_first_ = entries_.empty();
    if (!is_first_ || IsNew()) return;
    static const Value kNothing = Object();
    FieldSet found = CompareFields(schema_, kNothing, live_).added;
    who_.KeepPart(found);
    entries_.push_back({std::string(kBeforeFirstApply), Operation::kUpdate, who_.api_version,
                        who_.time, who_.subresource, std::move(found)});
  }

  bool IsOwn(const ManagedFieldsEntry& entry) const { return entry.IsOf(who_, Operation::kApply); }

  ManagedFieldsEntry& OwnEntry() {
    const auto found =
        std::ranges::find_if(entries_, [&](const auto& entry) { return IsOwn(entry); });
    if (found != entries_.end()) {
      found->api_version = who_.api_version;
      return *found;
    }
    return entries_.emplace_back(ManagedFieldsEntry{
        who_.name, Operation::kApply, who_.api_version, "", who_.subresource, {}});
  }

  // Removes what this manager wanted before and nobody wants now.
  void RemoveUnclaimed(const FieldSet& last, const FieldSet& claim, Value& wanted) const {
    FieldSet kept = claim;
    for (const ManagedFieldsEntry& entry : entries_) {
      if (!IsOwn(entry)) kept.Join(entry.fields.Set());
    }
    RemoveFields(schema_, wanted, last, kept);
  }

  FieldChanges Changes(const Value& wanted) const {
    FieldChanges changes = CompareFields(schema_, live_, wanted);
    who_.KeepPart(changes.added);
    who_.KeepPart(changes.modified);
    who_.KeepPart(changes.removed);
    changes.modified.Join(changes.added);
    return changes;
  }

  Status CheckConflicts(const FieldChanges& changes) const {
    std::vector<FieldConflict> conflicts;
    FieldSet allowed;
    if (who_.name == kKubectl) allowed = LastAppliedFields(schema_, live_, who_);
    for (const ManagedFieldsEntry& entry : entries_) {
      if (IsOwn(entry)) continue;
      FieldSet contested = entry.fields.Common(changes.modified);
      contested.Subtract(allowed);
      if (!contested.empty()) conflicts.push_back({entry.Describe(), contested.Paths()});
    }
    return conflicts.empty() ? Status::Ok() : ConflictStatus(conflicts);
  }

  void TakeFromOthers(const FieldChanges& changes) {
    for (ManagedFieldsEntry& entry : entries_) {
      if (!IsOwn(entry)) entry.fields.Subtract(changes.modified);
      if (!IsOwn(entry)) entry.fields.Subtract(changes.removed);
    }
  }

  void RememberForClientSide(Value& wanted) const {
    const bool remembered =
        Find(live_, {"metadata", "annotations", kLastAppliedAnnotation}) != nullptr;
    if (who_.name == kKubectl && remembered) RememberLastApplied(wanted, configuration_);
  }

  const Schema& schema_;
  const Value& live_;
  const Value& configuration_;
  const FieldOwner& who_;
  ManagedFields entries_;
  bool is_first_ = false;  // nobody has kept account so far
};

}  // namespace

Result<Value> ApplyConfiguration(const Schema& schema, const Value& live,
                                 const Value& configuration, const FieldOwner& who,
                                 OnConflict on_conflict) {
  return Application(schema, live, configuration, who).Run(on_conflict);
}

}  // namespace noizy
