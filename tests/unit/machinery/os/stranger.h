// A user that this machine has beside the one that the tests run as.
#pragma once

#include <optional>

#include "machinery/os/confinement.h"

namespace noizy {

/// None where programs cannot be run as another: the tests are not root's, or in a container that
/// withholds what it takes.
inline std::optional<User> FindStranger() {
  auto nobody = FindUser("nobody");
  if (!nobody.ok() || !TryConfinement(*nobody).ok()) return std::nullopt;
  return *std::move(nobody);
}

}  // namespace noizy
