// When Certificates expire, as a metric.
#pragma once

#include <cstdint>
#include <map>

#include "apiserver/storage/store.h"
#include "machinery/base/mutex.h"
#include "machinery/base/object_gauges.h"

namespace noizy::apiserver {

/// Sets noizy_certificate_expiration_timestamp_seconds{namespace,name} for each Certificate that
/// has been issued, from status.notAfter, which `noizy cert status` shows. Counted when somebody
/// asks; what has not changed since is not read again. Thread-safe.
class CertificateExpiry {
 public:
  /// `store` outlives it.
  explicit CertificateExpiry(const Store& store);
  void Count() NOIZY_EXCLUDES(mutex_);

 private:
  struct Known {
    std::int64_t revision = 0;
    double not_after_s = 0;  // 0: none yet
  };

  const Store& store_;
  ObjectGauges gauges_;
  Mutex mutex_;
  std::map<ObjectGauges::Labels, Known> known_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy::apiserver
