// Which certificates are taken back: the serial numbers in a ConfigMap, which the Certificates'
// loops and administrators write.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "apiserver/storage/store.h"
#include "machinery/base/clock.h"
#include "machinery/base/mutex.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

/// Reads the list anew when it has changed, so that a revocation counts once its write was
/// acknowledged. Thread-safe.
class RevokedCertificates {
 public:
  static const StoreKey& Key();

  explicit RevokedCertificates(const Store& store) : store_(store) {}

  /// Unauthorized when the certificate of that serial number (lower-case hex) is on the list.
  Status Check(const std::string& serial) const NOIZY_EXCLUDES(mutex_);
  /// Serial → when. What is no serial number, or no time, is left out.
  std::map<std::string, WallTime> List() const NOIZY_EXCLUDES(mutex_);
  /// The revision of the list; 0 when there is none.
  std::int64_t Revision() const;

 private:
  using Serials = std::map<std::string, WallTime>;
  std::shared_ptr<const Serials> Current() const NOIZY_EXCLUDES(mutex_);

  const Store& store_;
  mutable Mutex mutex_;
  mutable std::int64_t revision_ NOIZY_GUARDED_BY(mutex_) = 0;
  mutable std::shared_ptr<const Serials> serials_ NOIZY_GUARDED_BY(mutex_) =
      std::make_shared<const Serials>();
};

}  // namespace noizy::apiserver
