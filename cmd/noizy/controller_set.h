// All controllers on one executor, over one API client. Wiring only.
#pragma once

#include <memory>

#include "machinery/base/clock.h"
#include "machinery/base/random.h"
#include "machinery/client/client.h"

namespace noizy {

/// Runs from Start until Stop or destruction. The client is used from threads of its own and must
/// stay usable as long.
class ControllerSet {
 public:
  ControllerSet(std::shared_ptr<Client> client, Clock& clock, Random& random);
  ~ControllerSet();
  void Start();
  void Stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace noizy
