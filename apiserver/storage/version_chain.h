// The versions of one object that can still be read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "apiserver/storage/store.h"

namespace noizy::apiserver {

/// Versions of one key, oldest first; a deletion is a version without an object. Not thread-safe.
class VersionChain {
 public:
  /// Appends the state since `revision`, which is above all before; null: deleted.
  void Append(std::int64_t revision, StoredObjectPtr object);
  /// The newest state; null when deleted or never written.
  const StoredObjectPtr& Newest() const { return newest_; }
  /// The state at `revision`; null when the object did not exist then.
  StoredObjectPtr At(std::int64_t revision) const;
  /// Drops the states that no read at `revision` or later needs.
  void Forget(std::int64_t revision);
  /// True when the object is deleted and nothing older is left: the key itself can go.
  bool Gone() const { return newest_ == nullptr && size() == 0; }

 private:
  struct Superseded {
    std::int64_t revision;
    StoredObjectPtr object;
  };
  std::size_t size() const { return superseded_.size() - first_; }
  void ShrinkFront();

  // The newest stands apart: most objects have no history, and then cost no vector.
  std::int64_t newest_revision_ = 0;
  StoredObjectPtr newest_;
  std::vector<Superseded> superseded_;
  // Forgotten entries at the front, erased in bulk: a lease renewed ten thousand times must not be
  // moved each time.
  std::size_t first_ = 0;
};

}  // namespace noizy::apiserver
