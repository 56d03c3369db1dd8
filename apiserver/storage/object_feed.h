// Every object of one resource, first as it stands and then change by change, on an Executor.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "apiserver/storage/store.h"
#include "machinery/base/executor.h"

namespace noizy::apiserver {

/// All called on the executor. A feed that fell behind the store's history begins anew: on_reset,
/// every object, on_synced.
struct FeedEvents {
  /// What was heard before is void.
  std::function<void()> on_reset;
  std::function<void(const StoredObjectPtr& object)> on_put;
  /// With the last state.
  std::function<void(const StoredObjectPtr& object)> on_delete;
  /// Everything that was there has been told.
  std::function<void()> on_synced;
};

/// For the executor's thread. Destroyed only when the executor runs nothing any more, and before
/// the store.
class ObjectFeed {
 public:
  ObjectFeed(Store& store, Executor& executor, std::string resource, FeedEvents events)
      : store_(store),
        executor_(executor),
        resource_(std::move(resource)),
        events_(std::move(events)) {}

  /// Tells what is there, and begins to follow. Tries again by itself when the store fails.
  void Start();

 private:
  Status List();
  void Pump();

  Store& store_;
  Executor& executor_;
  const std::string resource_;
  const FeedEvents events_;
  std::unique_ptr<StoreWatch> watch_;
};

}  // namespace noizy::apiserver
