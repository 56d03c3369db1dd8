#include "controllers/node_lifecycle/reconciler.h"

#include <map>
#include <optional>
#include <string>

#include "controllers/node_lifecycle/decide.h"
#include "machinery/controller/object_writes.h"
#include "machinery/meta/quantity.h"

namespace noizy::node_lifecycle {
namespace {

std::optional<std::int64_t> WholeOf(const std::map<std::string, IntOrString>& quantities,
                                    const char* name) {
  const auto found = quantities.find(name);
  if (found == quantities.end()) return {};
  const Result<Quantity> quantity = ParseQuantity(found->second);
  return quantity.ok() ? std::optional(quantity->Whole()) : std::nullopt;
}

Observed Gather(const Node& node, WallTime now) {
  Observed seen;
  seen.now = now;
  seen.generation = node.metadata.generation;
  seen.conditions = node.status.conditions;
  seen.has_lease = node.status.lease && node.status.lease->epoch > 0;
  if (seen.has_lease) {
    seen.expired_time = node.status.lease->expired_time;
    seen.asleep_time = node.status.lease->asleep_time;
    seen.held_since = node.status.lease->held_since;
    if (const auto seconds = node.status.lease->slept_seconds)
      seen.slept = std::chrono::seconds(*seconds);
  }
  seen.memory_capacity = WholeOf(node.status.capacity, "memory");
  seen.disk_capacity = WholeOf(node.status.capacity, "ephemeral-storage");
  if (node.status.usage) {
    seen.memory_used = node.status.usage->memory_bytes;
    seen.disk_free = node.status.usage->disk_free_bytes;
  }
  return seen;
}

}  // namespace

NodeLifecycleReconciler::NodeLifecycleReconciler(const ControllerContext& context)
    : client_(context.client),
      clock_(context.clock),
      events_(context.events),
      nodes_(context.informers.Get<Node>().lister()) {}

Result<Requeue> NodeLifecycleReconciler::Reconcile(const ObjectKey& key) {
  // Read
  const auto node = nodes_.Get(key);
  if (!node || node->metadata.BeingDeleted()) return Requeue::None();
  // Gather, Decide
  const Plan plan = Decide(Gather(*node, clock_.Now()));
  // Act
  if (plan.conditions) {
    NodeStatus next = node->status;
    next.conditions = *plan.conditions;
    const Status written = PatchStatus(client_, *node, next, name());
    if (written.reason() == StatusReason::kNotFound) return Requeue::None();
    NOIZY_RETURN_IF_ERROR(written);
  }
  // Report
  for (const Note& note : plan.events) {
    events_.Record(note.warning ? EventRecorder::Type::kWarning : EventRecorder::Type::kNormal,
                   ReferenceTo(*node), note.reason, note.message);
  }
  return Requeue::None();
}

void Register(Controller& controller) {
  controller.For<Node>();
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context) {
  auto controller =
      std::make_unique<Controller>(context, std::make_unique<NodeLifecycleReconciler>(context));
  Register(*controller);
  return controller;
}

}  // namespace noizy::node_lifecycle
