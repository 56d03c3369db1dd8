#include "apiserver/agents/payload_keeper.h"

#include "apiserver/resources/encode.h"
#include "kinds/task.h"
#include "machinery/meta/meta.h"

namespace noizy::apiserver {
namespace {

bool MayRefer(const StoredObject& object) {
  return MayHaveMember(object, "payloadRef");
}

}  // namespace

PayloadKeeper::PayloadKeeper(Store& store, Executor& executor, PayloadStore& payloads)
    : payloads_(payloads), feed_(store, executor, std::string(Task::kResource), Feed()) {}

FeedEvents PayloadKeeper::Feed() {
  FeedEvents feed;
  feed.on_reset = [this] { unheard_ = digest_of_; };
  feed.on_put = [this](const StoredObjectPtr& object) { OnTask(*object); };
  feed.on_delete = [this](const StoredObjectPtr& object) { OnGone(*object); };
  feed.on_synced = [this] { OnSynced(); };
  return feed;
}

void PayloadKeeper::OnTask(const StoredObject& object) {
  if (!MayRefer(object)) return;
  const auto task = DecodeObject(object);
  if (!task.ok()) return;
  const std::string digest(StringAt(*task, {"spec", "payloadRef", "sha256"}));
  const std::string uid(UidOf(*task));
  unheard_.erase(uid);
  if (digest.empty() || !digest_of_.emplace(uid, digest).second) return;
  payloads_.Refer(digest, uid);
}

void PayloadKeeper::OnGone(const StoredObject& object) {
  if (!MayRefer(object)) return;
  const auto task = DecodeObject(object);
  if (!task.ok()) return;
  const auto known = digest_of_.find(std::string(UidOf(*task)));
  if (known == digest_of_.end()) return;
  payloads_.Forget(known->second, known->first);
  digest_of_.erase(known);
}

// What was heard once and is not there any more went while the feed was behind.
void PayloadKeeper::OnSynced() {
  for (const auto& [uid, digest] : unheard_) {
    payloads_.Forget(digest, uid);
    digest_of_.erase(uid);
  }
  unheard_.clear();
  payloads_.Sweep();
}

}  // namespace noizy::apiserver
