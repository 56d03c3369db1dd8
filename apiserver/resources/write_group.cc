#include "apiserver/resources/write_group.h"

#include <utility>

namespace noizy::apiserver {

void WriteGroup::Join(WriteOp op, Done done) {
  {
    MutexLock lock(mutex_);
    ops_.push_back(std::move(op));
    done_.push_back(std::move(done));
  }
  Decided();
}

void WriteGroup::Skip() {
  Decided();
}

void WriteGroup::Refuse(const std::string& why) {
  {
    MutexLock lock(mutex_);
    if (refused_.empty()) refused_ = why.empty() ? "for no reason given" : why;
  }
  Decided();
}

void WriteGroup::Decided() {
  {
    MutexLock lock(mutex_);
    if (--undecided_ > 0) return;
  }
  Commit();
}

// The store names the first write at fault; the others are told that it was not theirs.
void WriteGroup::Commit() {
  std::vector<WriteOp> ops;
  std::string refused;
  {
    MutexLock lock(mutex_);
    ops.swap(ops_);
    refused = refused_;
  }
  if (ops.empty()) return;
  if (!refused.empty()) {
    return Answer(Status(StatusReason::kConflict,
                         "another write of the same transaction was refused: " + refused));
  }
  store_.Write(std::move(ops), [self = shared_from_this()](auto result) { self->Answer(result); });
}

void WriteGroup::Answer(const Result<std::vector<StoredObjectPtr>>& result) {
  std::vector<Done> done;
  {
    MutexLock lock(mutex_);
    done.swap(done_);
  }
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (result.ok()) {
      done[i]((*result)[i]);
    } else {
      done[i](result.status());
    }
  }
}

void GroupMember::Join(WriteOp op, WriteGroup::Done done) {
  if (!decided_.exchange(true)) group_->Join(std::move(op), std::move(done));
}

void GroupMember::Answered(const Status& status) {
  if (decided_.exchange(true)) return;
  if (status.ok()) {
    group_->Skip();
  } else {
    group_->Refuse(status.message());
  }
}

}  // namespace noizy::apiserver
