// Controllers on one executor, over one API client. Wiring only.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "controllers/certificate_signer/reconciler.h"
#include "machinery/base/clock.h"
#include "machinery/base/random.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"

namespace noizy {

/// Makes the controllers of a set.
using Controllers = std::vector<std::unique_ptr<Controller>>;
using ControllerFactory =
    std::function<Controllers(const ControllerContext& context, ObjectSourceFactory metadata)>;

/// All of the grid's but the two below.
ControllerFactory GridControllers();
/// The Certificate's loops: they make keys, which takes long, and so have an executor of their own.
ControllerFactory CertificateControllers();
/// Signs with the grid's CA; for the process that has its key.
ControllerFactory SigningControllers(certificate_signer::AuthorityFor authorities);

/// Runs from Start until Stop or destruction. The client is used from threads of its own and must
/// stay usable as long.
class ControllerSet {
 public:
  ControllerSet(std::shared_ptr<Client> client, Clock& clock, Random& random,
                const ControllerFactory& make);
  ~ControllerSet();
  void Start();
  void Stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace noizy
