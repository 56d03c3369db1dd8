#include "machinery/scheduling/task_class.h"

namespace noizy::scheduling {
namespace {

/// Parts with their lengths, so that no two lists of parts read alike.
class Signature {
 public:
  Signature& Add(std::string_view part) {
    text_.append(std::to_string(part.size())).append(1, ':').append(part);
    return *this;
  }
  Signature& Add(std::int64_t number) { return Add(std::string_view(std::to_string(number))); }
  Signature& Add(const KeyValues& labels) {
    for (const auto& [key, value] : labels) {
      if (key != kIndexLabel) Add(key).Add(value);
    }
    return End();
  }
  Signature& Add(const NodeTerm& term) {
    return Add(term.labels.ToString()).Add(term.fields.ToString());
  }
  Signature& Add(const PeerTerm& term) {
    Add(term.tasks.ToString()).Add(term.topology_key);
    for (const std::string& ns : term.namespaces) Add(ns);
    return End();
  }
  Signature& End() {
    text_ += ';';
    return *this;
  }
  std::string Take() && { return std::move(text_); }

 private:
  std::string text_;
};

void AddNodes(Signature& out, const TaskView& task) {
  out.Add(task.node_name)
      .Add(task.node_selector)
      .Add(task.pinned_to)
      .Add(std::int64_t{task.fenced})
      .Add(task.avoids)
      .Add(task.prefers);
  for (const NodeTerm& term : task.required_terms) out.Add(term);
  out.End();
  for (const Preference& preference : task.preferences)
    out.Add(preference.weight).Add(preference.term);
  out.End();
  for (const Toleration& toleration : task.tolerations) {
    out.Add(toleration.key).Add(toleration.value).Add(static_cast<std::int64_t>(toleration.op));
    out.Add(toleration.effect ? static_cast<std::int64_t>(*toleration.effect) : -1);
  }
  out.End();
}

void AddPeers(Signature& out, const TaskView& task) {
  for (const PeerTerm& term : task.together) out.Add(term);
  out.End();
  for (const PeerTerm& term : task.apart) out.Add(term);
  out.End();
  for (const PeerPreference& preference : task.peer_preferences)
    out.Add(preference.weight).Add(preference.term);
  out.End();
}

}  // namespace

std::string SignatureOf(const TaskView& task) {
  Signature out;
  out.Add(task.key.ns).Add(task.labels).Add(task.priority).Add(task.type).Add(task.work);
  out.Add(task.model).Add(task.most_tokens);
  AddNodes(out, task);
  AddPeers(out, task);
  for (const auto& [resource, amount] : task.requests) out.Add(resource).Add(amount);
  out.End().Add(task.data_bytes).Add(task.data_node);
  if (task.gang) out.Add(task.gang->name).Add(task.gang->size);
  out.End().Add(task.routing.policy);
  for (const std::string& strategy : task.routing.strategies) out.Add(strategy);
  out.End().Add(std::int64_t{task.routing.require_ai});
  if (const auto& ai = task.routing.ai) {
    out.Add(ai->generation).Add(std::int64_t{ai->waits}).Add(std::int64_t{ai->counts});
    out.Add(std::to_string(ai->band_percent)).Add(ai->deadline.count()).Add(ai->keeps.count());
  }
  if (const auto& planned = task.planned) {
    out.End().Add(planned->node).Add(planned->until.time_since_epoch().count());
    out.Add(planned->policy).Add(planned->provider).Add(planned->model).Add(planned->reason);
  }
  return std::move(out).Take();
}

}  // namespace noizy::scheduling
