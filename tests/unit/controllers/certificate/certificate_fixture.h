// What the Certificate loops' tests share: a grid in memory with all loops and the grid's signer,
// and the objects around one Certificate.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "controllers/certificate/issue.h"
#include "controllers/certificate/names.h"
#include "controllers/certificate/next_key.h"
#include "controllers/certificate/readiness.h"
#include "controllers/certificate/request.h"
#include "controllers/certificate/revocation.h"
#include "controllers/certificate/sign.h"
#include "controllers/certificate/surroundings.h"
#include "controllers/certificate/trigger.h"
#include "controllers/certificate/wanted.h"
#include "machinery/meta/condition.h"
#include "machinery/value/base64.h"
#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::certificate {

template <typename T>
T Get(Result<T> result) {
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return result.ok() ? *std::move(result) : T{};
}

/// 2026-01-01T00:00:00Z, when fake clocks start.
inline constexpr WallTime kStart{std::chrono::seconds(1767225600)};

/// For a certificate of ten hours by `issuer`, over Ed25519, whose signatures are always the same.
inline Certificate NewCertificate(const std::string& issuer = "GridCA") {
  Certificate certificate;
  certificate.metadata.ns = "default";
  certificate.metadata.name = "web";
  certificate.metadata.uid = "u1";
  certificate.metadata.generation = 1;
  certificate.spec.common_name = "web";
  certificate.spec.dns_names = {"web.local"};
  certificate.spec.ip_addresses = {"FE80:0:0:0:0:0:0:1"};
  certificate.spec.duration = "10h";
  certificate.spec.private_key.algorithm = "Ed25519";
  certificate.spec.secret_name = "web-tls";
  certificate.spec.issuer_ref = {issuer == "GridCA" ? "noizy-ca" : "my-ca", issuer};
  return certificate;
}

inline CertificateAuthority NewAuthority(const std::string& name) {
  CertificateProfile profile;
  profile.subject.common_name = name;
  profile.not_before = kStart;
  profile.not_after = kStart + std::chrono::hours(24 * 3650);
  profile.is_ca = true;
  profile.path_length = -1;
  profile.usages = {"digital signature", "cert sign", "crl sign"};
  return Get(CreateAuthority(profile, KeySpec{}));
}

/// A CA in a Secret.
inline Secret AuthoritySecret(const CertificateAuthority& authority) {
  Secret secret;
  secret.metadata.ns = "default";
  secret.metadata.name = "my-ca";
  secret.type = "kubernetes.io/tls";
  secret.data["tls.crt"] = EncodeBase64(authority.certificate_pem);
  secret.data["tls.key"] = EncodeBase64(authority.private_key_pem);
  return secret;
}

/// The grid's CA as the control plane publishes it.
inline ConfigMap AuthorityMap(const CertificateAuthority& authority) {
  ConfigMap map;
  map.metadata.ns = kGridNamespace;
  map.metadata.name = kGridCaMap;
  map.data = {{"ca.crt", authority.certificate_pem}, {"issuer.crt", authority.certificate_pem}};
  return map;
}

inline void AddKinds(ReconcilerHarness& harness) {
  harness.api.AddKind<Certificate>();
  harness.api.AddKind<Secret>();
  harness.api.AddKind<ConfigMap>();
  harness.api.AddKind<CertificateSigningRequest>();
}

/// A loop with its registrations, for the contract tests.
template <typename R, typename... Arguments>
Controller& AddLoop(ReconcilerHarness& harness, Arguments... arguments) {
  AddKinds(harness);
  Controller& controller =
      harness.Add(std::make_unique<R>(harness.Context(), std::move(arguments)...));
  WatchSurroundings(controller, harness.Context());
  return controller;
}

/// Everything that Decide may see of a Certificate whose issuance has got as far as its request
/// being signed; tests take away what has not happened yet.
struct Scene {
  CertificateAuthority authority = NewAuthority("noizy-issuer");
  Certificate certificate = NewCertificate("SecretCA");
  std::string key_pem = Get(GenerateKey({KeyAlgorithm::kEd25519}));
  WallTime now = kStart;

  Scene() { SetIssuing("True"); }

  void SetIssuing(const std::string& status) {
    certificate.status.conditions = {
        {std::string(kIssuing), status, "DoesNotExist", "m", "2026-01-01T00:00:00Z", 1}};
  }
  Secret NextKey() const {
    Secret secret;
    secret.metadata.ns = "default";
    secret.metadata.name = NextKeyName(certificate);
    secret.data["tls.key"] = EncodeBase64(key_pem);
    return secret;
  }
  CertificateSigningRequest Request() const {
    const Wanted wanted = Get(WantedOf(certificate.spec));
    CertificateSigningRequest request;
    request.metadata.name = RequestName(certificate);
    request.metadata.annotations = {{std::string(kNamespaceAnnotation), "default"},
                                    {std::string(kNameAnnotation), "web"}};
    request.spec.request =
        EncodeBase64(Get(CreateSigningRequest(wanted.subject, key_pem, wanted.role)));
    request.spec.signer_name = SignerOf(certificate.spec.issuer_ref);
    request.spec.usages = wanted.usages;
    request.spec.expiration_seconds = 36'000;
    return request;
  }
  static void Set(CertificateSigningRequest& request, const std::string& type) {
    request.status.conditions = {{type, "True", "Test", "why not", "2026-01-01T00:00:00Z", 0}};
  }
  /// Without Secret; add it, or take away.
  Surroundings Around() const {
    Surroundings around;
    around.now = now;
    around.certificate = std::make_shared<const Certificate>(certificate);
    around.next_key = std::make_shared<const Secret>(NextKey());
    CertificateSigningRequest request = Request();
    Set(request, "Approved");
    around.request = std::make_shared<const CertificateSigningRequest>(request);
    around.issuer =
        IssuerNow{authority.certificate_pem, authority.certificate_pem, authority.private_key_pem};
    return around;
  }
  /// The Secret as it is when the issuance is over, without fault.
  Secret Issued() const {
    const Surroundings around = Around();
    const std::string chain = Get(SignRequest(around));
    Secret secret;
    secret.metadata.ns = "default";
    secret.metadata.name = "web-tls";
    secret.metadata.annotations = {{std::string(kNameAnnotation), "web"},
                                   {std::string(kIssuerAnnotation), "SecretCA/my-ca"},
                                   {std::string(kDurationAnnotation), "10h"}};
    secret.type = "kubernetes.io/tls";
    secret.data = {{"tls.crt", EncodeBase64(chain)},
                   {"tls.key", EncodeBase64(key_pem)},
                   {"ca.crt", EncodeBase64(authority.certificate_pem)},
                   {"combined.pem", EncodeBase64(key_pem + chain)}};
    return secret;
  }
  /// The issuance is over, and its Secret there.
  Surroundings After(const Secret& secret) const {
    Surroundings around = Around();
    around.request = nullptr;
    around.next_key = nullptr;
    TakeSecret(std::make_shared<const Secret>(secret), around);
    return around;
  }
};

}  // namespace noizy::certificate
