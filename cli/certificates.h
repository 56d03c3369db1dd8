// Where certificates are in the API, for the `cert` commands.
#pragma once

#include <ostream>

#include "machinery/client/client.h"
#include "machinery/pki/pki.h"

namespace noizy::cli {

inline const ResourceRef kCertificates{"noizy.dev", "v1", "certificates", true};
inline const ResourceRef kSigningRequests{"certificates.k8s.io", "v1", "certificatesigningrequests",
                                          false};
inline const ResourceRef kConfigMaps{"", "v1", "configmaps", true};
/// The serial numbers that are revoked, each with its time.
inline const ObjectKey kRevokedMap{"noizy-system", "noizy-revoked-certificates"};
inline const ResourceRef kSecrets{"", "v1", "secrets", true};

/// What a person asks of a certificate, a line each.
void DescribeCertificate(const ParsedCertificate& certificate, WallTime now, std::ostream& out);

}  // namespace noizy::cli
