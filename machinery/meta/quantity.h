// Kubernetes quantities: "500m", "1.5Gi", "2e3" (apimachinery's resource.Quantity).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "machinery/base/status.h"

namespace noizy {

/// A fixed-point number of thousandths, exact for what noizy counts (milli-CPUs, bytes up to 9 PB).
struct Quantity {
  std::int64_t milli = 0;

  /// Rounded up to a whole number, as Kubernetes' Value().
  std::int64_t Whole() const { return milli / 1000 + (milli % 1000 > 0 ? 1 : 0); }
  auto operator<=>(const Quantity&) const = default;
};

/// BadRequest quotes the text and the forms allowed. Finer than a thousandth is rounded up, as
/// Kubernetes does for what it cannot hold.
Result<Quantity> ParseQuantity(std::string_view text);
/// Canonical forms: "500m", "2".
std::string FormatDecimal(Quantity quantity);
/// With the largest binary suffix that keeps it whole: "16Gi", "1536Mi".
std::string FormatBytes(std::int64_t bytes);

}  // namespace noizy
