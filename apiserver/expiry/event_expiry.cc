#include "apiserver/expiry/event_expiry.h"

#include <algorithm>

#include "apiserver/resources/encode.h"
#include "machinery/meta/time.h"

namespace noizy::apiserver {
namespace {

// Events read before the executor serves others: about a millisecond's work.
constexpr std::size_t kEventsPerStep = 64;

}  // namespace

WallTime LastHappened(const Value& event) {
  WallTime last{};
  for (const std::string_view text :
       {StringAt(event, {"metadata", "creationTimestamp"}), StringAt(event, {"lastTimestamp"}),
        StringAt(event, {"eventTime"}), StringAt(event, {"series", "lastObservedTime"})}) {
    const Result<WallTime> time = ParseTime(text);
    if (time.ok()) last = std::max(last, *time);
  }
  return last;
}

void EventExpiry::Start() {
  if (options_.kind == nullptr) return;  // a server without Events
  options_.executor.Post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Sweep({});
  });
}

void EventExpiry::Sweep(Place after) {
  ListOptions page;
  page.after = std::move(after);
  page.limit = kEventsPerStep;
  const Result<Listing> listing = options_.store.List({options_.kind->Resource(), "", ""}, page);
  const bool more = listing.ok() && listing->remaining > 0;
  if (listing.ok()) {
    for (const StoredObjectPtr& stored : listing->items) DeleteIfPast(*stored);
  }
  Place next;
  if (more) next = {listing->items.back()->key.ns, listing->items.back()->key.name};
  options_.executor.PostAfter(more ? Duration::zero() : kEventSweepInterval,
                              [weak = weak_from_this(), next = std::move(next)] {
                                if (const auto self = weak.lock()) self->Sweep(next);
                              });
}

void EventExpiry::DeleteIfPast(const StoredObject& stored) {
  const Result<Value> event = DecodeObject(stored);
  if (!event.ok() || options_.clock.Now() - LastHappened(*event) < kEventTtl) return;
  // One that happens again meanwhile is another version, and stays.
  Deletion deletion;
  deletion.resource_version = std::to_string(stored.revision);
  options_.writer.Delete(options_.kind, stored.key, deletion, {}, [](const auto&) {});
}

}  // namespace noizy::apiserver
