// The collector's eyes: an informer over metadata for every kind that can be deleted, as discovery
// tells, feeding the graph.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controllers/garbage_collector/object_graph.h"
#include "machinery/client/discovery.h"
#include "machinery/controller/informer.h"
#include "machinery/controller/partial_object.h"

namespace noizy::garbage_collector {

/// Executor thread only.
class Monitors {
 public:
  /// Both may be called from within Follow.
  struct Callbacks {
    /// The uids of objects whose situation may have changed.
    std::function<void(const std::vector<std::string>&)> on_change;
    /// A CustomResourceDefinition came, changed or went: time to ask discovery again.
    std::function<void()> on_kinds_changed;
  };

  /// `sources` feed metadata.
  Monitors(ObjectSourceFactory sources, Callbacks callbacks)
      : sources_(std::move(sources)), callbacks_(std::move(callbacks)) {}

  /// Follows exactly the kinds of `discovery` that can be deleted, listed and watched, but Events,
  /// which nobody owns and everybody writes.
  void Follow(const Discovery& discovery);
  void Stop();
  /// Every kind has been listed, and there are kinds at all.
  bool HasSynced() const;
  const ObjectGraph& graph() const { return graph_; }

 private:
  using PartialInformer = Informer<PartialObject>;
  void Add(const DiscoveredResource& kind);
  void Drop(PartialInformer& informer);
  void Changed(const ResourceRef& resource, const std::string& kind, const PartialObject* before,
               const PartialObject* after);

  ObjectSourceFactory sources_;
  Callbacks callbacks_;
  ObjectGraph graph_;
  std::map<ResourceRef, std::unique_ptr<PartialInformer>> informers_;
};

}  // namespace noizy::garbage_collector
