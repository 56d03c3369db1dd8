// A grid's CA for tests, and the Join that a control plane answers with it.
#pragma once

#include <string>

#include "machinery/base/clock.h"
#include "machinery/pki/pki.h"
#include "machinery/pki/tls_identity.h"
#include "noizy/v1/agent.pb.h"

namespace noizy::nodeagent {

class TestAuthority {
 public:
  explicit TestAuthority(const Clock& clock) : clock_(clock) {
    CertificateProfile profile = Profile("test-ca", {"cert sign", "crl sign"});
    profile.is_ca = true;
    profile.not_after += std::chrono::hours(24 * 365);
    authority_ = CreateAuthority(profile, {}).ValueOr({});
  }

  const std::string& ca_pem() const { return authority_.certificate_pem; }
  std::string hash() const { return PublicKeyHash(ca_pem()).ValueOr(""); }

  v1::JoinResponse Answer(const v1::JoinRequest& request) const {
    const auto csr = ParseSigningRequest(request.csr_pem());
    v1::JoinResponse response;
    response.set_ca_pem(ca_pem());
    response.set_certificate_pem(
        Sign(Profile("system:node:" + request.node_name(), {"client auth"}), csr->public_key_der));
    return response;
  }
  TlsIdentity Server() const {
    CertificateProfile profile = Profile("server", {"server auth"});
    profile.subject.dns_names = {"localhost"};
    profile.subject.ip_addresses = {"127.0.0.1"};
    TlsIdentity identity;
    identity.private_key_pem = GenerateKey({}).ValueOr("");
    identity.certificate_pem =
        Sign(profile, PublicKeyOf(identity.private_key_pem).ValueOr("")) + ca_pem();
    identity.ca_pem = ca_pem();
    return identity;
  }

 private:
  CertificateProfile Profile(const std::string& name, std::vector<std::string> usages) const {
    CertificateProfile profile;
    profile.subject.common_name = name;
    profile.not_before = clock_.Now() - std::chrono::minutes(5);
    profile.not_after = clock_.Now() + std::chrono::hours(24);
    profile.usages = std::move(usages);
    profile.usages.emplace_back("digital signature");
    return profile;
  }
  std::string Sign(const CertificateProfile& profile, const std::string& public_key) const {
    return SignCertificate(authority_, profile, public_key).ValueOr("");
  }

  const Clock& clock_;
  CertificateAuthority authority_;
};

}  // namespace noizy::nodeagent
