// Writes that several requests decide, each for itself, and that are committed together or not at
// all.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apiserver/storage/store.h"
#include "machinery/base/mutex.h"

namespace noizy::apiserver {

/// Commits once each of its members has decided. Thread-safe; kept alive by its members.
class WriteGroup : public std::enable_shared_from_this<WriteGroup> {
 public:
  /// What became of the member's own write.
  using Done = std::function<void(Result<StoredObjectPtr>)>;

  WriteGroup(Store& store, std::size_t members) : store_(store), undecided_(members) {}

  /// A member's write. `done` is called once, when the others have decided, too, and the store has
  /// committed; Conflict where it was another member that was refused.
  void Join(WriteOp op, Done done);
  /// A member that has nothing to write.
  void Skip();
  /// A member that was refused: nobody's write is made.
  void Refuse(const std::string& why);

 private:
  void Decided();
  void Commit();
  void Answer(const Result<std::vector<StoredObjectPtr>>& result);

  Store& store_;
  Mutex mutex_;
  std::size_t undecided_ NOIZY_GUARDED_BY(mutex_);
  std::string refused_ NOIZY_GUARDED_BY(mutex_);
  std::vector<WriteOp> ops_ NOIZY_GUARDED_BY(mutex_);
  std::vector<Done> done_ NOIZY_GUARDED_BY(mutex_);
};

/// One request's part in a group. It decides once; what it says later does not count.
class GroupMember {
 public:
  explicit GroupMember(std::shared_ptr<WriteGroup> group) : group_(std::move(group)) {}
  void Join(WriteOp op, WriteGroup::Done done);
  /// The request was answered. One that did not join has nothing to write, or was refused.
  void Answered(const Status& status);

 private:
  const std::shared_ptr<WriteGroup> group_;
  std::atomic<bool> decided_ = false;
};

}  // namespace noizy::apiserver
