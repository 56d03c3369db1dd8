// What the agents' room sees of the grid's state: typed reads from memory, and writes through the
// one write path.
#pragma once

#include <functional>
#include <string>

#include "apiserver/resources/object_writer.h"
#include "apiserver/storage/store.h"
#include "kinds/node.h"
#include "kinds/secret.h"
#include "kinds/task.h"
#include "machinery/base/status.h"
#include "machinery/meta/meta.h"

namespace noizy::apiserver {

/// Thread-safe; owns nothing.
class GridState {
 public:
  /// Called once, on the calling thread or on the store's writer thread; must not block.
  using Done = std::function<void(Status)>;
  /// Turns the object into the wanted one; false: nothing to do. May be called several times, on
  /// either thread: no side effects.
  template <typename T>
  using Change = std::function<Result<bool>(T& object)>;

  GridState(Store& store, ObjectWriter& writer) : store_(store), writer_(writer) {}

  // The newest committed version; NotFound.
  Result<Node> ReadNode(const std::string& name) const;
  Result<Task> ReadTask(const ObjectKey& key) const;
  Result<Secret> ReadSecret(const ObjectKey& key) const;

  /// Writes status and nothing else.
  void ChangeNodeStatus(const std::string& name, Change<Node> change, Done done);
  void ChangeTaskStatus(const ObjectKey& key, Change<Task> change, Done done);

  void CreateNode(const Node& node, Done done);
  void CreateSecret(const Secret& secret, Done done);
  void CreateNamespace(const std::string& name, Done done);
  /// NotFound or Conflict when somebody else deleted or changed the version that was read.
  void DeleteSecret(const Secret& secret, Done done);

  Store& store() const { return store_; }

 private:
  Store& store_;
  ObjectWriter& writer_;
};

/// The value of a selectable field ("status.nodeName"); "" when absent.
std::string_view FieldOf(const StoredObject& object, std::string_view field);

}  // namespace noizy::apiserver
