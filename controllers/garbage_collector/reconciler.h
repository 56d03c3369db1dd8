// Deletes what nobody owns any more. A key is an object's uid.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "controllers/garbage_collector/decide.h"
#include "controllers/garbage_collector/monitors.h"
#include "machinery/client/discovery.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/controller/reconciler.h"

namespace noizy::garbage_collector {

/// How often the server is asked for new kinds (Kubernetes' own period).
inline constexpr Duration kDiscoveryInterval = std::chrono::seconds(30);
/// How soon after a CustomResourceDefinition has changed.
inline constexpr Duration kDiscoveryDelay = std::chrono::seconds(1);

/// Reads the metadata of all kinds, writes owner references and the finalizers foregroundDeletion
/// and orphan, deletes objects. The context outlives it; executor thread only.
class GarbageCollector final : public Reconciler {
 public:
  /// `metadata_sources` feed objects of any kind, their metadata at least.
  GarbageCollector(const ControllerContext& context, ObjectSourceFactory metadata_sources);
  ~GarbageCollector() override;

  std::string_view name() const override { return "garbage-collector"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

  /// Begins to follow all kinds, for `controller`, which runs this reconciler. Once, before the
  /// controller's Start; from any thread.
  void Follow(Controller& controller);

 private:
  void Discover();
  void DiscoverIn(Duration delay);
  void Changed(const std::vector<std::string>& uids);
  Result<Observed> Gather(NodePtr node);
  Result<OwnerState> StateOf(const Node& node, const OwnerReference& owner);
  Result<OwnerState> AskServer(const Node& node, const OwnerReference& owner);
  Status Act(const Observed& seen, const Plan& plan);
  Status Orphan(const Node& dependent, const std::string& owner_uid);
  Status SetOwners(const Node& node, const std::vector<OwnerReference>& owners);

  ControllerContext context_;
  Controller* controller_ = nullptr;
  Discovery discovery_;
  bool discovery_failed_ = false;
  Executor::TimerId discovery_timer_ = 0;
  Monitors monitors_;
  std::shared_ptr<bool>
      alive_;  // false once destroyed: posted functions look before they touch this
};

/// The whole controller, ready to Start. `metadata_sources`: ReflectorSources with metadata_only.
std::unique_ptr<Controller> MakeController(const ControllerContext& context,
                                           ObjectSourceFactory metadata_sources);

}  // namespace noizy::garbage_collector
