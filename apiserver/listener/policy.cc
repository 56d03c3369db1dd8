#include "apiserver/listener/policy.h"

#include <future>
#include <vector>

#include "apiserver/authorization/bootstrap_policy.h"

namespace noizy::apiserver {
namespace {

// Completes what is there, which costs nothing when it is complete, or makes it.
void Ensure(const KindPtr& kind, const Value& wanted, ObjectWriter& writer, const WriteDone& done) {
  const ChangeFunction complete = [wanted](Value& object) -> Result<bool> {
    std::optional<Value> next = Reconciled(wanted, object);
    if (!next) return false;
    object = *std::move(next);
    return true;
  };
  const auto make_if_missing = [&writer, kind, wanted, done](Result<WriteOutcome> outcome) {
    if (outcome.status().reason() != StatusReason::kNotFound) return done(std::move(outcome));
    writer.Create(kind, wanted, WritePolicy{}, done);
  };
  writer.Update(kind, {kind->Resource(), "", std::string(NameOf(wanted))}, Subresource::kNone,
                complete, WritePolicy{}, make_if_missing);
}

}  // namespace

Status WriteBootstrapPolicy(const KindRegistry& kinds, ObjectWriter& writer) {
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Value> policy, BootstrapPolicy());
  std::vector<KindPtr> kind_of;
  for (const Value& object : policy) {
    NOIZY_ASSIGN_OR_RETURN(const GroupVersionKind gvk, GroupVersionKindOf(object));
    kind_of.push_back(kinds.FindByKind(gvk));
    if (kind_of.back() == nullptr) return Internal("there is no kind " + gvk.kind);
  }
  // All at once, so that they share a commit; and all are waited for, whatever one says.
  std::vector<std::promise<Status>> written(policy.size());
  for (std::size_t i = 0; i < policy.size(); ++i) {
    Ensure(kind_of[i], policy[i], writer, [&written, i](const Result<WriteOutcome>& outcome) {
      written[i].set_value(outcome.status());
    });
  }
  Status first;
  for (std::promise<Status>& one : written) {
    const Status status = one.get_future().get();
    if (first.ok()) first = status;
  }
  return first;
}

}  // namespace noizy::apiserver
