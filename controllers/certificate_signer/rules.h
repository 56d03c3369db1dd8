// What the grid's signers sign, and for whom. Pure.
#pragma once

#include <string>
#include <string_view>

#include "kinds/certificatesigningrequest.h"
#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/pki/pki.h"

namespace noizy::certificate_signer {

inline constexpr std::string_view kClientSigner = "kubernetes.io/kube-apiserver-client";
inline constexpr std::string_view kNodeSigner = "kubernetes.io/kube-apiserver-client-kubelet";
inline constexpr std::string_view kCertificateSigner = "noizy.dev/certificate";

/// Whether the signer is one of the above.
bool IsOurs(std::string_view signer);

/// How long a node's certificate lives at most, and when none is asked for; likewise a user's.
inline constexpr Duration kNodeValidity = std::chrono::hours(24);
inline constexpr Duration kClientValidity = std::chrono::hours(365 * 24);
/// Machines whose clocks run a little behind must not find a new certificate "not yet valid".
inline constexpr Duration kBackdate = std::chrono::minutes(5);

/// The certificate that `request` asks for, from `now` on. Forbidden for what its signer does not
/// sign: a name that is not the signer's to give, usages beyond its own, a CA among identities.
/// BadRequest for what cannot be read.
Result<CertificateProfile> ProfileFor(const CertificateSigningRequestSpec& request,
                                      const SigningRequest& parsed, WallTime now);

/// Whether a node asks for the next certificate of its own name, and nothing else: such requests
/// need nobody's approval.
bool IsNodesOwn(const CertificateSigningRequestSpec& request, const SigningRequest& parsed);

/// The request inside `spec.request`.
Result<SigningRequest> RequestIn(const CertificateSigningRequestSpec& spec);

}  // namespace noizy::certificate_signer
