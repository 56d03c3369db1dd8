// How many Tasks are in which phase, as a metric.
#pragma once

#include <map>
#include <string>

#include "apiserver/storage/store.h"
#include "machinery/base/metrics.h"
#include "machinery/base/mutex.h"

namespace noizy::apiserver {

/// Sets noizy_tasks{phase}. Counted when somebody asks, not at every write: a scrape walks the list
/// once (1 ms for 10,000 Tasks). Thread-safe.
class TaskPhases {
 public:
  /// `store` outlives it.
  explicit TaskPhases(const Store& store) : store_(store) {}
  void Count();

 private:
  const Store& store_;
  Mutex mutex_;
  std::map<std::string, Gauge, std::less<>> gauges_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy::apiserver
