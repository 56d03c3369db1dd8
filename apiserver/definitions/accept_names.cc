#include "apiserver/definitions/accept_names.h"

#include <algorithm>

#include "machinery/meta/meta.h"
#include "machinery/value/string_array.h"

namespace noizy::apiserver {
namespace {

using NameSet = std::set<std::string, std::less<>>;

struct ConditionText {
  std::string_view type;
  std::string_view status;
  std::string_view reason;
  std::string message;
};

Value* FindCondition(Array& conditions, std::string_view type) {
  const auto found = std::ranges::find_if(
      conditions, [&](const Value& each) { return StringAt(each, {"type"}) == type; });
  return found == conditions.end() ? nullptr : &*found;
}

void SetCondition(Value& status, const ConditionText& wanted, std::string_view now) {
  Value& list = Ensure(status, {"conditions"});
  if (!list.is_array()) list = Array();
  Array& conditions = list.get_array();
  Value* condition = FindCondition(conditions, wanted.type);
  if (condition == nullptr) {
    condition = &conditions.emplace_back(Object{{"type", wanted.type}});
  }
  if (StringAt(*condition, {"status"}) != wanted.status)
    Set(*condition, {"lastTransitionTime"}, Value(now));
  Set(*condition, {"status"}, Value(wanted.status));
  Set(*condition, {"reason"}, Value(wanted.reason));
  Set(*condition, {"message"}, Value(wanted.message));
}

// Takes over the wanted names one by one. The first one that somebody else has is remembered, in
// Kubernetes' words.
class NameAcceptance {
 public:
  explicit NameAcceptance(const Value& wanted, const Value& accepted)
      : wanted_(wanted), names_(accepted) {
    if (!names_.is_object()) names_ = Object();
  }

  void Take(std::string_view member, const NameSet& used, std::string_view reason) {
    const std::string_view name = StringAt(wanted_, {member});
    if (IsFree(name, used, reason)) Set(names_, {member}, Value(name));
  }

  void TakeShortNames(const NameSet& used) {
    const std::vector<std::string> wanted = StringsAt(wanted_, {"shortNames"});
    const bool all_free = std::ranges::all_of(
        wanted, [&](std::string_view name) { return IsFree(name, used, "ShortNamesConflict"); });
    if (all_free) TakeList("shortNames");
  }

  // Lists that nobody else can claim.
  void TakeList(std::string_view member) {
    const Value* list = Find(wanted_, {member});
    if (list == nullptr) return Remove(names_, {member});
    Set(names_, {member}, *list);
  }

  const Value& names() const { return names_; }
  const std::string& reason() const { return reason_; }
  const std::string& message() const { return message_; }

 private:
  bool IsFree(std::string_view name, const NameSet& used, std::string_view reason) {
    if (!used.contains(name)) return true;
    if (reason_.empty()) {
      reason_ = reason;
      message_.append("\"").append(name).append("\" is already in use");
    }
    return false;
  }

  const Value& wanted_;
  Value names_;
  std::string reason_;
  std::string message_;
};

NameAcceptance AcceptNames(const Value& definition, const NamesInUse& others) {
  static const Value kNone = Object();
  const Value* wanted = Find(definition, {"spec", "names"});
  const Value* accepted = Find(definition, {"status", "acceptedNames"});
  NameAcceptance acceptance(wanted == nullptr ? kNone : *wanted,
                            accepted == nullptr ? kNone : *accepted);
  acceptance.Take("plural", others.resources, "PluralConflict");
  acceptance.Take("singular", others.resources, "SingularConflict");
  acceptance.TakeShortNames(others.resources);
  acceptance.Take("kind", others.kinds, "KindConflict");
  acceptance.Take("listKind", others.kinds, "ListKindConflict");
  acceptance.TakeList("categories");
  return acceptance;
}

ConditionText Establishment(bool accepted, bool was_established) {
  if (accepted || was_established) {
    return {"Established", "True", "InitialNamesAccepted", "the initial names have been accepted"};
  }
  return {"Established", "False", "NotAccepted", "not all names are accepted"};
}

}  // namespace

void NamesInUse::AddKind(const Kind& kind) {
  resources.insert({kind.plural, kind.singular});
  resources.insert(kind.short_names.begin(), kind.short_names.end());
  kinds.insert({kind.gvk.kind, kind.list_kind});
}

void NamesInUse::AddAccepted(const Value& status) {
  const Value* names = Find(status, {"acceptedNames"});
  if (names == nullptr) return;
  const auto add = [&](std::string_view member, NameSet& set) {
    if (const std::string_view name = StringAt(*names, {member}); !name.empty()) set.emplace(name);
  };
  add("plural", resources);
  add("singular", resources);
  for (const std::string& name : StringsAt(*names, {"shortNames"})) resources.insert(name);
  add("kind", kinds);
  add("listKind", kinds);
}

bool IsEstablished(const Value& status) {
  const Array* conditions = ArrayAt(status, {"conditions"});
  return conditions != nullptr && std::ranges::any_of(*conditions, [](const Value& condition) {
           return StringAt(condition, {"type"}) == "Established" &&
                  StringAt(condition, {"status"}) == "True";
         });
}

Value NextStatus(const Value& definition, const NamesInUse& others, std::string_view now) {
  const Value* before = Find(definition, {"status"});
  Value status = before == nullptr ? Value(Object()) : *before;
  const NameAcceptance acceptance = AcceptNames(definition, others);
  const bool accepted = acceptance.reason().empty();
  Set(status, {"acceptedNames"}, acceptance.names());
  SetCondition(
      status,
      accepted ? ConditionText{"NamesAccepted", "True", "NoConflicts", "no conflicts found"}
               : ConditionText{"NamesAccepted", "False", acceptance.reason(), acceptance.message()},
      now);
  SetCondition(status, Establishment(accepted, IsEstablished(status)), now);
  if (IsBeingDeleted(definition)) {
    SetCondition(status,
                 {"Terminating", "True", "InstanceDeletionInProgress",
                  "CustomResource deletion is in progress"},
                 now);
  }
  return status;
}

}  // namespace noizy::apiserver
