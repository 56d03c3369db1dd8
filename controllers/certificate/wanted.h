// What a Certificate asks for, in the words of machinery/pki. Pure.
#pragma once

#include <string>
#include <vector>

#include "kinds/certificate.h"
#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/pki/pki.h"

namespace noizy::certificate {

struct Wanted {
  CertificateSubject subject;
  std::vector<std::string> usages;
  KeySpec key;
  CertificateRole role = CertificateRole::kLeaf;
  Duration duration{};
};

/// BadRequest for a spec that admission would not have let in.
Result<Wanted> WantedOf(const CertificateSpec& spec);

/// Whether two keys are of one algorithm and size.
bool SameKind(const KeySpec& a, const KeySpec& b);

/// Whether two lists of usages come to the same in a certificate, whatever their order ("signing"
/// is "digital signature").
bool SameUsages(const std::vector<std::string>& a, const std::vector<std::string>& b);

/// When a certificate of this life is to be renewed: `renewBefore`, or its share, before the end
/// (a third of the life by default), and up to a tenth of the life earlier, so that certificates
/// that were made together are not renewed together. How much earlier follows from `serial`.
WallTime RenewalTimeOf(const CertificateSpec& spec, WallTime not_before, WallTime not_after,
                       const std::string& serial);

}  // namespace noizy::certificate
