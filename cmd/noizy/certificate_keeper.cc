#include "cmd/noizy/certificate_keeper.h"

#include "machinery/base/log.h"

namespace noizy {

void CertificateKeeper::Start() {
  executor_.PostAfter(kCertificatesInterval, [this] {
    const Status renewed = renew_();
    if (!renewed.ok())
      LogError("Failed to renew the servers' certificates", {{"error", renewed.ToString()}});
    Start();
  });
}

}  // namespace noizy
