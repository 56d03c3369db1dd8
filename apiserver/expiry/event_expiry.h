// Deletes Events that are past their time.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "apiserver/resources/object_writer.h"
#include "machinery/base/executor.h"

namespace noizy::apiserver {

/// How long an Event is kept after it last happened (kube-apiserver's --event-ttl).
inline constexpr Duration kEventTtl = std::chrono::hours(1);
/// How often the Events are looked through: how much longer than its time one may stay.
inline constexpr Duration kEventSweepInterval = std::chrono::minutes(5);

/// When an Event last happened: the latest of its times; the epoch when it has none.
WallTime LastHappened(const Value& event);

/// What the sweep works with. All outlive it; the executor is stopped before it is destroyed.
struct EventExpiryOptions {
  Store& store;
  ObjectWriter& writer;
  KindPtr kind;  // Event
  const Clock& clock;
  Executor& executor;
};

/// Made by make_shared. Start is called once; everything after it runs on the executor.
class EventExpiry : public std::enable_shared_from_this<EventExpiry> {
 public:
  explicit EventExpiry(EventExpiryOptions options) : options_(std::move(options)) {}
  void Start();

 private:
  using Place = std::pair<std::string, std::string>;  // namespace and name
  void Sweep(Place after);
  void DeleteIfPast(const StoredObject& stored);

  const EventExpiryOptions options_;
};

}  // namespace noizy::apiserver
