#include "cli/live_objects.h"

#include <utility>

#include "machinery/meta/meta.h"

namespace noizy::cli {
namespace {

// Between one failure and the next try, and after a watch that the server ended at once.
constexpr Duration kRetry = std::chrono::seconds(1);
// Bookmarks come once a minute: a watch that brings none of three is dead without knowing it.
constexpr Duration kLongestSilence = std::chrono::seconds(200);

}  // namespace

Duration LiveObjects::Step(const std::atomic<bool>& cancelled) {
  return position_.empty() ? ListAll() : Watch(cancelled);
}

std::vector<SharedObject> LiveObjects::All() const {
  MutexLock lock(mutex_);
  std::vector<SharedObject> all;
  all.reserve(objects_.size());
  for (const auto& [key, object] : objects_) all.push_back(object);
  return all;
}

Status LiveObjects::trouble() const {
  MutexLock lock(mutex_);
  return trouble_;
}

Duration LiveObjects::ListAll() {
  Result<ObjectList> list = client_.List(resource_, ns_);
  if (!list.ok()) return Failed(list.status());
  std::map<ObjectKey, SharedObject> objects;
  for (Value& item : list->items) {
    ObjectKey key = KeyOf(item);
    objects.emplace(std::move(key), std::make_shared<const Value>(std::move(item)));
  }
  position_ = list->resource_version;
  MutexLock lock(mutex_);
  objects_ = std::move(objects);
  trouble_ = Status::Ok();
  ++version_;
  return Duration::zero();
}

Duration LiveObjects::Watch(const std::atomic<bool>& cancelled) {
  ListQuery query;
  query.resource_version = position_;
  const MonotonicTime start = clock_.Monotonic();
  MonotonicTime heard = start;
  const Status ended = client_.Watch(
      resource_, ns_, query,
      [&](const WatchEvent& event) {
        heard = clock_.Monotonic();
        Take(event);
        return true;
      },
      [&] { return cancelled || clock_.Monotonic() - heard > kLongestSilence; });
  if (!ended.ok()) return Failed(ended);
  return clock_.Monotonic() - start < kRetry ? kRetry : Duration::zero();
}

void LiveObjects::Take(const WatchEvent& event) {
  position_ = StringAt(event.object, {"metadata", "resourceVersion"});
  MutexLock lock(mutex_);
  const bool was_well = std::exchange(trouble_, Status::Ok()).ok();
  if (event.type == WatchEvent::Type::kBookmark && was_well) return;
  if (event.type == WatchEvent::Type::kDeleted) {
    objects_.erase(KeyOf(event.object));
  } else if (event.type != WatchEvent::Type::kBookmark) {
    objects_[KeyOf(event.object)] = std::make_shared<const Value>(event.object);
  }
  ++version_;
}

Duration LiveObjects::Failed(Status why) {
  position_.clear();  // whatever it was, a list tells all
  const bool expired =
      why.reason() == StatusReason::kExpired || why.reason() == StatusReason::kGone;
  if (expired) return Duration::zero();  // everyday, after a long pause
  MutexLock lock(mutex_);
  trouble_ = std::move(why);
  ++version_;
  return kRetry;
}

}  // namespace noizy::cli
