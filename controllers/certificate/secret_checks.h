// What may be wrong with what is in a Certificate's Secret: a list of pure functions, each with a
// reason and a sentence, asked in order.
#pragma once

#include <optional>
#include <string>

#include "controllers/certificate/surroundings.h"

namespace noizy::certificate {

/// A condition's reason and message.
struct Finding {
  std::string reason;
  std::string message;

  bool operator==(const Finding&) const = default;
};

/// Why the Secret does not hold what the Certificate asks for, now; none when it does. The
/// reasons are cert-manager's.
std::optional<Finding> FaultOf(const Surroundings& around);

/// When the certificate in the Secret is to be renewed; none when there is none, or it is revoked.
std::optional<WallTime> RenewalTimeIn(const Surroundings& around);

/// Why a new certificate is to be issued: a fault, or its time has come. None: not yet.
std::optional<Finding> ReasonToIssue(const Surroundings& around);

}  // namespace noizy::certificate
