// Gather, for all of the Certificate's loops: the objects that belong to one Certificate, and who
// signs for it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kinds/certificate.h"
#include "kinds/certificatesigningrequest.h"
#include "kinds/configmap.h"
#include "kinds/secret.h"
#include "machinery/base/clock.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/informer.h"
#include "machinery/pki/pki.h"

namespace noizy::certificate {

/// What an issuer is known by.
struct IssuerNow {
  std::string issuer_pem;       // who signs; its intermediates behind it
  std::string roots_pem;        // what is trusted: ca.crt
  std::string private_key_pem;  // of a CA in a Secret
};

/// Everything that the loops decide by. Pointers are null for what is not there.
struct Surroundings {
  WallTime now;
  std::shared_ptr<const Certificate> certificate;
  std::shared_ptr<const Secret> secret;                      // spec.secretName
  std::shared_ptr<const Secret> next_key;                    // of the issuance under way
  std::shared_ptr<const CertificateSigningRequest> request;  // for the next revision
  /// None: it is not known (yet), or of no use; `issuer_fault` says why. A self-signed
  /// certificate's is empty.
  std::optional<IssuerNow> issuer;
  std::string issuer_fault;
  /// The first certificate in `secret`; none when it cannot be read.
  std::optional<ParsedCertificate> leaf;
  bool on_revocation_list = false;  // that one
};

/// A member of a Secret's data, decoded; "" when it is missing or broken.
std::string MemberOf(const Secret& secret, std::string_view name);

/// Puts `secret` in the place of the one that was found.
void TakeSecret(std::shared_ptr<const Secret> secret, Surroundings& around);

/// Executor thread only.
class Gatherer {
 public:
  explicit Gatherer(const ControllerContext& context);
  Surroundings Gather(const ObjectKey& key) const;
  const Lister<Certificate>& certificates() const { return certificates_; }
  const Lister<CertificateSigningRequest>& requests() const { return requests_; }

 private:
  void FindIssuer(Surroundings& around) const;

  const Clock& clock_;
  const Lister<Certificate>& certificates_;
  const Lister<Secret>& secrets_;
  const Lister<ConfigMap>& maps_;
  const Lister<CertificateSigningRequest>& requests_;
};

/// Makes `controller` look at a Certificate whenever something around it changes.
void WatchSurroundings(Controller& controller, const ControllerContext& context);

}  // namespace noizy::certificate
