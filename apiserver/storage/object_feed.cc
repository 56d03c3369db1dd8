#include "apiserver/storage/object_feed.h"

#include "machinery/base/log.h"

namespace noizy::apiserver {
namespace {

// Events handled before others get the executor.
constexpr std::size_t kBatch = 128;
constexpr std::chrono::seconds kRetryAfter{1};

}  // namespace

void ObjectFeed::Start() {
  watch_.reset();
  const Status listed = List();
  if (listed.ok()) return Pump();
  LogError("Failed to follow the store", {{"resource", resource_}, {"error", listed.ToString()}});
  executor_.PostAfter(kRetryAfter, [this] { Start(); });
}

Status ObjectFeed::List() {
  NOIZY_ASSIGN_OR_RETURN(const Listing listing, store_.List({resource_, "", ""}, {}));
  NOIZY_ASSIGN_OR_RETURN(
      watch_, store_.Watch({resource_, "", ""}, listing.revision,
                           [this, &executor = executor_] { executor.Post([this] { Pump(); }); }));
  events_.on_reset();
  for (const StoredObjectPtr& object : listing.items) events_.on_put(object);
  events_.on_synced();
  return Status::Ok();
}

void ObjectFeed::Pump() {
  if (!watch_) return;
  const auto batch = watch_->Next(kBatch);
  if (!batch.ok()) return Start();  // compaction passed us: begin anew
  for (const StoreEventPtr& event : batch->events) {
    (event->kind == WriteOp::Kind::kPut ? events_.on_put : events_.on_delete)(event->object);
  }
  // Without events the watch is armed and will wake us.
  if (!batch->events.empty()) executor_.Post([this] { Pump(); });
}

}  // namespace noizy::apiserver
