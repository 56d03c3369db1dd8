#include "controllers/certificate/secret_checks.h"

#include "controllers/certificate/wanted.h"
#include "tests/unit/controllers/certificate/certificate_fixture.h"

namespace noizy::certificate {
namespace {

class SecretChecks : public testing::Test {
 protected:
  // The reason why `around` has a fault; "" when it has none.
  static std::string Reason(const Surroundings& around) {
    const auto fault = FaultOf(around);
    return fault ? fault->reason : "";
  }
  std::string ReasonWith(const std::function<void(Secret&)>& change) const {
    Secret secret = scene_.Issued();
    change(secret);
    return Reason(scene_.After(secret));
  }
  // The same Secret, and another spec.
  std::string ReasonAsking(const std::function<void(CertificateSpec&)>& change) const {
    Scene asked = scene_;
    const Secret secret = scene_.Issued();
    change(asked.certificate.spec);
    return Reason(asked.After(secret));
  }
  Scene scene_;
};

TEST_F(SecretChecks, WhatWasIssuedHasNoFault) {
  EXPECT_EQ(Reason(scene_.After(scene_.Issued())), "");
  EXPECT_EQ(ReasonToIssue(scene_.After(scene_.Issued())), std::nullopt);
}

TEST_F(SecretChecks, DamageIsFound) {
  EXPECT_EQ(Reason(scene_.Around()), "DoesNotExist");
  EXPECT_EQ(ReasonWith([](Secret& s) { s.data.erase("tls.key"); }), "MissingData");
  EXPECT_EQ(ReasonWith([](Secret& s) { s.data["tls.crt"] = "eHh4"; }), "InvalidCertificate");
  EXPECT_EQ(ReasonWith([](Secret& s) { s.data["tls.key"] = "eHh4"; }), "InvalidKeyPair");
  const std::string other = EncodeBase64(Get(GenerateKey({KeyAlgorithm::kEd25519})));
  EXPECT_EQ(ReasonWith([&](Secret& s) { s.data["tls.key"] = other; }), "InvalidKeyPair");
  EXPECT_EQ(ReasonWith([](Secret& s) { s.data["combined.pem"] = "eHh4"; }), "SecretMismatch");
  EXPECT_EQ(ReasonWith([](Secret& s) { s.data.erase("ca.crt"); }), "SecretMismatch");
}

TEST_F(SecretChecks, AnotherSpecIsFound) {
  EXPECT_EQ(ReasonAsking([](auto& s) { s.dns_names = {"b"}; }), "RequestChanged");
  EXPECT_EQ(ReasonAsking([](auto& s) { s.uris = {"a:b"}; }), "RequestChanged");
  EXPECT_EQ(ReasonAsking([](auto& s) { s.common_name = "b"; }), "RequestChanged");
  EXPECT_EQ(ReasonAsking([](auto& s) { s.usages = {"client auth"}; }), "RequestChanged");
  EXPECT_EQ(ReasonAsking([](auto& s) { s.duration = "20h"; }), "RequestChanged");
  EXPECT_EQ(ReasonAsking([](auto& s) { s.is_ca = true; }), "RequestChanged");
  EXPECT_EQ(ReasonAsking([](auto& s) { s.private_key.algorithm = "RSA"; }), "SecretMismatch");
  EXPECT_EQ(ReasonAsking([](auto& s) { s.issuer_ref.name = "b"; }), "IncorrectIssuer");
  // What a certificate does not show is no reason for another one.
  EXPECT_EQ(ReasonAsking([](auto& s) { s.renew_before = "1h"; }), "");
}

TEST_F(SecretChecks, AnotherIssuerOfTheSameNameIsFound) {
  Surroundings around = scene_.After(scene_.Issued());
  around.issuer->issuer_pem = NewAuthority("noizy-issuer").certificate_pem;
  EXPECT_EQ(Reason(around), "IncorrectIssuer");
  around.issuer.reset();  // not known: no reason to issue
  EXPECT_EQ(Reason(around), "");
}

TEST_F(SecretChecks, TimePasses) {
  const Secret secret = scene_.Issued();
  const WallTime due = *RenewalTimeIn(scene_.After(secret));
  scene_.now = due - std::chrono::seconds(1);
  EXPECT_EQ(ReasonToIssue(scene_.After(secret)), std::nullopt);
  scene_.now = due;
  EXPECT_EQ(Reason(scene_.After(secret)), "");
  EXPECT_EQ(ReasonToIssue(scene_.After(secret))->reason, "Renewing");
  scene_.now = kStart + std::chrono::hours(10);
  EXPECT_EQ(Reason(scene_.After(secret)), "Expired");
}

TEST_F(SecretChecks, TheRevokedAreNotIssuedUntilTheyAreNot) {
  const Secret secret = scene_.Issued();
  Surroundings around = scene_.After(secret);
  around.on_revocation_list = true;
  EXPECT_EQ(ReasonToIssue(around)->reason, "Revoked");
  scene_.certificate.spec.revoked = true;
  EXPECT_EQ(ReasonToIssue(scene_.Around()), std::nullopt);
}

}  // namespace
}  // namespace noizy::certificate
