// Objects that own each other, for the collector's tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controllers/garbage_collector/object_graph.h"
#include "machinery/client/typed.h"
#include "tests/fakes/widget.h"

namespace noizy::garbage_collector {

/// A reference to Widget `name`, whose uid is `name` too.
inline OwnerReference OwnedBy(const std::string& name, bool blocks = false) {
  return {"test.noizy.dev/v1", "Widget", name, name, false, blocks};
}

/// Widget default/`name`, whose uid is its name.
inline Node MakeNode(const std::string& name, std::vector<OwnerReference> owners = {},
                     std::vector<std::string> finalizers = {}) {
  Node node{ResourceOf<Widget>(), "Widget", {}};
  node.metadata.ns = "default";
  node.metadata.name = name;
  node.metadata.uid = name;
  node.metadata.resource_version = "1";
  node.metadata.owner_references = std::move(owners);
  node.metadata.finalizers = std::move(finalizers);
  return node;
}

inline Node Dying(Node node) {
  node.metadata.deletion_timestamp = "2026-01-01T00:00:00Z";
  return node;
}

/// The same as an object for the FakeApi.
inline Value ObjectOf(const Node& node) {
  Value value = MakeWidget("default", node.metadata.name);
  ObjectMeta metadata = node.metadata;
  metadata.resource_version.clear();
  Set(value, {"metadata"}, metadata.ToValue());
  return value;
}

}  // namespace noizy::garbage_collector
