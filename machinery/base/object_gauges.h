// A gauge for each object there is. What metrics.h says of labels holds: there are as many here as
// objects, and those of objects that are gone go away.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "machinery/base/mutex.h"

namespace noizy {

/// One per name. Thread-safe; lives as long as the process or less, its gauges go with it.
class ObjectGauges {
 public:
  using Labels = std::map<std::string, std::string>;

  ObjectGauges(std::string_view name, std::string_view help);
  ~ObjectGauges();
  ObjectGauges(const ObjectGauges&) = delete;
  ObjectGauges& operator=(const ObjectGauges&) = delete;

  /// These are the objects now, and their values.
  void Replace(const std::map<Labels, double>& values) NOIZY_EXCLUDES(mutex_);

 private:
  void* const family_;  // prometheus::Family<prometheus::Gauge>, which the registry owns
  Mutex mutex_;
  std::map<Labels, void*> gauges_ NOIZY_GUARDED_BY(mutex_);  // prometheus::Gauge
};

}  // namespace noizy
