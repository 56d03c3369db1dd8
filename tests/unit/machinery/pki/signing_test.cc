#include <set>

#include "tests/unit/machinery/pki/pki_fixture.h"

namespace noizy {
namespace {

using SigningTest = PkiTest;

TEST_F(SigningTest, OpensslVerifiesAChainOfEveryAlgorithm) {
  const std::string public_key = Get(PublicKeyOf(Get(GenerateKey(KeySpec{}))));
  for (const KeySpec& key : {KeySpec{KeyAlgorithm::kEcdsa, 256}, KeySpec{KeyAlgorithm::kEcdsa, 384},
                             KeySpec{KeyAlgorithm::kEcdsa, 521}, KeySpec{KeyAlgorithm::kRsa, 2048},
                             KeySpec{KeyAlgorithm::kEd25519, 0}}) {
    const CertificateAuthority authority = Get(CreateAuthority(AuthorityProfile(), key));
    const std::string leaf = Get(SignCertificate(authority, LeafProfile(), public_key));
    EXPECT_EQ(Shell("openssl verify -x509_strict -attime 1767226000 -purpose sslclient -CAfile " +
                    Write("ca.pem", authority.certificate_pem) + " " + Write("leaf.pem", leaf)),
              "0\n" + Write("leaf.pem", leaf) + ": OK\n");
  }
}

TEST_F(SigningTest, TheLeafSaysWhatTheProfileSays) {
  CertificateProfile profile = LeafProfile();
  profile.subject.dns_names = {"localhost"};
  profile.subject.ip_addresses = {"127.0.0.1", "::1"};
  profile.usages = {"digital signature", "key encipherment", "server auth", "client auth"};
  profile.not_before = kStart - std::chrono::minutes(5);
  const std::string text =
      Shell("openssl x509 -noout -text -in " + Write("leaf.pem", NewLeaf(NewAuthority(), profile)));
  for (const char* part :
       {"Version: 3 (0x2)", "Issuer: CN = noizy-ca",
        "Subject: O = system:nodes, CN = system:node:hp-omen",
        "Not Before: Dec 31 23:55:00 2025 GMT", "Not After : Jan  2 00:00:00 2026 GMT",
        "X509v3 Basic Constraints: critical\n                CA:FALSE\n",
        "X509v3 Key Usage: critical\n                Digital Signature, Key Encipherment\n",
        "X509v3 Extended Key Usage: \n                TLS Web Server Authentication, TLS Web "
        "Client Authentication\n",
        "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
        "X509v3 Subject Key Identifier", "X509v3 Authority Key Identifier"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST_F(SigningTest, TheAuthoritySaysHowManyMayStandBelowIt) {
  CertificateProfile profile = AuthorityProfile();
  const auto text_of = [&] {
    return Shell("openssl x509 -noout -text -in " +
                 Write("ca.pem", Get(CreateAuthority(profile, KeySpec{})).certificate_pem));
  };
  EXPECT_NE(text_of().find("CA:TRUE, pathlen:0\n"), std::string::npos);
  EXPECT_NE(text_of().find("Digital Signature, Certificate Sign, CRL Sign\n"), std::string::npos);
  profile.path_length = 2;
  EXPECT_NE(text_of().find("CA:TRUE, pathlen:2\n"), std::string::npos);
  profile.path_length = -1;
  EXPECT_NE(text_of().find("CA:TRUE\n"), std::string::npos);
  profile.usages.clear();
  EXPECT_NE(text_of().find("Key Usage: critical\n                Certificate Sign\n"),
            std::string::npos);
}

TEST_F(SigningTest, SerialsArePositiveWideAndDiffer) {
  const CertificateAuthority authority = NewAuthority();
  const std::string key = Get(PublicKeyOf(Get(GenerateKey(KeySpec{}))));
  std::set<std::string> serials;
  for (int i = 0; i < 50; ++i) {
    const std::string serial =
        Get(ParseCertificate(Get(SignCertificate(authority, LeafProfile(), key)))).serial;
    EXPECT_EQ(serial.size(), 32U);
    EXPECT_LT(serial.front(), '8');
    EXPECT_TRUE(serials.insert(serial).second);
  }
}

TEST_F(SigningTest, OnlyTheKeyIsTakenFromARequest) {
  CertificateSubject greedy;
  greedy.common_name = "admin";
  greedy.organizations = {"system:masters"};
  greedy.dns_names = {"kubernetes"};
  const SigningRequest request =
      Get(ParseSigningRequest(Get(CreateSigningRequest(greedy, Get(GenerateKey(KeySpec{}))))));
  const ParsedCertificate signed_one = Get(ParseCertificate(
      Get(SignCertificate(NewAuthority(), LeafProfile(), request.public_key_der))));
  EXPECT_EQ(signed_one.subject.common_name, "system:node:hp-omen");
  EXPECT_EQ(signed_one.subject.organizations, std::vector<std::string>{"system:nodes"});
  EXPECT_TRUE(signed_one.subject.dns_names.empty());
  EXPECT_FALSE(signed_one.is_ca);
}

TEST_F(SigningTest, WhatCannotBeSignedIsRefused) {
  const CertificateAuthority authority = NewAuthority();
  const std::string key = Get(PublicKeyOf(Get(GenerateKey(KeySpec{}))));
  const auto message = [&](const CertificateAuthority& by, auto change) {
    CertificateProfile profile = LeafProfile();
    change(profile);
    return SignCertificate(by, profile, key).status().message();
  };
  const auto same = [](CertificateProfile&) {};
  EXPECT_EQ(message(authority, [](auto& p) { p.not_after = p.not_before; }),
            "a certificate's notAfter must be later than its notBefore");
  EXPECT_EQ(message(authority, [](auto& p) { p.usages = {"cert sign"}; }),
            "the usage \"cert sign\" is for CA certificates only (RFC 5280)");
  EXPECT_NE(message(authority, [](auto& p) { p.usages = {"fly"}; }).find("\"fly\" is no key usage"),
            std::string::npos);
  EXPECT_EQ(message({authority.certificate_pem, NewAuthority().private_key_pem}, same),
            "the issuer's private key does not belong to its certificate");
  const std::string leaf_key = Get(GenerateKey(KeySpec{}));
  const std::string leaf =
      Get(SignCertificate(authority, LeafProfile(), Get(PublicKeyOf(leaf_key))));
  EXPECT_EQ(message({leaf, leaf_key}, same), "the issuer's certificate is not a CA's");
  EXPECT_EQ(SignCertificate(authority, LeafProfile(), "no key").status().reason(),
            StatusReason::kBadRequest);
  EXPECT_EQ(SignCertificate(authority, LeafProfile(), key + "x").status().message(),
            "bytes follow the DER public key");
  EXPECT_EQ(CreateAuthority(LeafProfile(), KeySpec{}).status().reason(), StatusReason::kBadRequest);
}

// A chain from a leaf of the new CA, which ends in neither root.
TEST_F(SigningTest, WhoTrustsTheOldCaAloneTrustsTheNewOneByTheCrossCertificate) {
  const CertificateAuthority old_ca = NewAuthority("old-ca");
  CertificateProfile wide = AuthorityProfile("new-ca");
  wide.path_length = -1;
  const CertificateAuthority new_ca = Get(CreateAuthority(wide, {KeyAlgorithm::kRsa, 2048}));
  EXPECT_EQ(CrossSign(old_ca, new_ca.certificate_pem).status().reason(), StatusReason::kBadRequest);

  wide.subject.common_name = "old-ca";
  const CertificateAuthority wide_old = Get(CreateAuthority(wide, KeySpec{}));
  const std::string cross = Get(CrossSign(wide_old, new_ca.certificate_pem));
  const std::string leaf = NewLeaf(new_ca, LeafProfile());
  const auto verify = [&](const std::string& chain, const CertificateAuthority& root) {
    return VerifyCertificate(chain, root.certificate_pem, kStart, "client auth").ok();
  };
  EXPECT_FALSE(verify(leaf, wide_old));
  EXPECT_TRUE(verify(leaf + cross, wide_old));
  EXPECT_TRUE(verify(leaf + cross, new_ca));
  EXPECT_EQ(Get(ParseCertificate(cross)).public_key_der,
            Get(ParseCertificate(new_ca.certificate_pem)).public_key_der);
  EXPECT_FALSE(CrossSign(wide_old, leaf).ok());
}

// Others make the identifier of a CA's key in other ways, and leaves name it as their CA's does.
TEST_F(SigningTest, ACrossCertificateNamesTheKeyAsTheCaDoes) {
  CertificateProfile wide = AuthorityProfile("old-ca");
  wide.path_length = -1;
  const CertificateAuthority old_ca = Get(CreateAuthority(wide, KeySpec{}));
  const std::string key = Write("ca.key", ""), certificate = Write("ca.crt", "");
  const std::string made = Shell(
      "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/CN=Own CA' -addext "
      "subjectKeyIdentifier=0123456789abcdef -keyout " +
      key + " -out " + certificate);
  ASSERT_TRUE(made.starts_with("0\n")) << made;
  const CertificateAuthority own{Shell("cat " + certificate).substr(2),
                                 Shell("cat " + key).substr(2)};
  const std::string leaf = NewLeaf(own, LeafProfile());
  const std::string cross = Get(CrossSign(old_ca, own.certificate_pem));
  EXPECT_EQ(
      Shell("openssl verify -no_check_time -CAfile " + Write("old.pem", old_ca.certificate_pem) +
            " -untrusted " + Write("cross.pem", cross) + " " + Write("leaf.pem", leaf)),
      "0\n" + Write("leaf.pem", leaf) + ": OK\n");
}

}  // namespace
}  // namespace noizy
