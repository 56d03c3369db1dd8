// Looks again and again which of the control plane's own certificates are due to be renewed.
#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "machinery/base/executor.h"
#include "machinery/base/status.h"

namespace noizy {

/// Between two looks: far less than any certificate has left when it is renewed.
inline constexpr Duration kCertificatesInterval = std::chrono::minutes(10);

/// Runs on the executor, which runs nothing any more when this is destroyed.
class CertificateKeeper {
 public:
  /// `renew` renews what is due. An error is logged, and it is called again after the interval.
  CertificateKeeper(Executor& executor, std::function<Status()> renew)
      : executor_(executor), renew_(std::move(renew)) {}
  /// Called once; the first look is an interval later.
  void Start();

 private:
  Executor& executor_;
  const std::function<Status()> renew_;
};

}  // namespace noizy
