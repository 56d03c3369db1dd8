#include "tests/unit/machinery/pki/pki_fixture.h"

namespace noizy {
namespace {

using CertificatesTest = PkiTest;

TEST_F(CertificatesTest, EveryFieldIsReadAsOpensslReadsIt) {
  CertificateProfile profile = LeafProfile();
  profile.subject.dns_names = {"localhost"};
  profile.subject.ip_addresses = {"127.0.0.1"};
  const std::string pem = NewLeaf(NewAuthority("the-ca"), profile);
  const ParsedCertificate certificate = Get(ParseCertificate(pem));
  EXPECT_EQ(certificate.subject.common_name, "system:node:hp-omen");
  EXPECT_EQ(certificate.subject.organizations, std::vector<std::string>{"system:nodes"});
  EXPECT_EQ(certificate.subject.dns_names, std::vector<std::string>{"localhost"});
  EXPECT_EQ(certificate.subject.ip_addresses, std::vector<std::string>{"127.0.0.1"});
  EXPECT_EQ(certificate.issuer_common_name, "the-ca");
  EXPECT_EQ(certificate.not_before, profile.not_before);
  EXPECT_EQ(certificate.not_after, profile.not_after);
  EXPECT_FALSE(certificate.is_ca);
  EXPECT_EQ(certificate.usages, (std::vector<std::string>{"digital signature", "client auth"}));

  const std::string path = Write("leaf.pem", pem);
  std::string serial = Shell("openssl x509 -noout -serial -in " + path);
  for (char& c : serial) c = static_cast<char>(std::tolower(c));
  EXPECT_EQ(serial, "0\nserial=" + certificate.serial + "\n");
  EXPECT_EQ(Shell("openssl x509 -outform DER -in " + path + " | sha256sum"),
            "0\n" + certificate.fingerprint_sha256 + "  -\n");
}

TEST_F(CertificatesTest, ThePublicKeyHashIsKubeadms) {
  for (const KeySpec& key : {KeySpec{KeyAlgorithm::kEcdsa, 256}, KeySpec{KeyAlgorithm::kRsa, 2048},
                             KeySpec{KeyAlgorithm::kEd25519, 0}}) {
    const std::string pem = Get(CreateAuthority(AuthorityProfile(), key)).certificate_pem;
    const std::string recipe =
        Shell("openssl x509 -pubkey -noout -in " + Write("ca.pem", pem) +
              " | openssl pkey -pubin -outform der | openssl dgst -sha256 -hex | sed 's/^.* //'");
    EXPECT_EQ("0\n" + Get(PublicKeyHash(pem)).substr(7) + "\n", recipe);
    EXPECT_TRUE(Get(PublicKeyHash(pem)).starts_with("sha256:"));
  }
}

TEST_F(CertificatesTest, TheHashSurvivesTheRenewalOfACertificateOverTheSameKey) {
  const CertificateAuthority authority = NewAuthority();
  const std::string key = Get(PublicKeyOf(Get(GenerateKey(KeySpec{}))));
  EXPECT_EQ(Get(PublicKeyHash(Get(SignCertificate(authority, LeafProfile(), key)))),
            Get(PublicKeyHash(Get(SignCertificate(authority, LeafProfile(), key)))));
  EXPECT_NE(Get(PublicKeyHash(authority.certificate_pem)),
            Get(PublicKeyHash(NewAuthority().certificate_pem)));
}

TEST_F(CertificatesTest, AChainIsSplitInOrder) {
  const CertificateAuthority authority = NewAuthority();
  const std::string leaf = NewLeaf(authority, LeafProfile());
  const auto parts = Get(SplitCertificates("# a comment\n" + leaf + authority.certificate_pem));
  EXPECT_EQ(parts, (std::vector<std::string>{leaf, authority.certificate_pem}));
}

TEST_F(CertificatesTest, FarAndForeignValiditiesAreClamped) {
  const std::string pem =
      Shell(
          "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null "
          "-subj /CN=old -days 2000000 2>/dev/null")
          .substr(2);
  EXPECT_EQ(Get(ParseCertificate(pem)).not_after, WallTime::max());
  EXPECT_TRUE(Get(ParseCertificate(pem)).is_ca);
}

TEST_F(CertificatesTest, BrokenTextsAreBadRequests) {
  const std::string good = NewAuthority().certificate_pem;
  std::string broken = good;
  broken[100] = '!';
  for (const std::string& text :
       {std::string(), std::string("hello"), broken, good + broken, good.substr(0, good.size() / 2),
        good + good.substr(0, good.size() / 2), std::string(2 << 20, 'A')}) {
    EXPECT_EQ(SplitCertificates(text).status().reason(), StatusReason::kBadRequest)
        << text.substr(0, 80);
  }
  EXPECT_EQ(ParseCertificate("").status().reason(), StatusReason::kBadRequest);
  EXPECT_EQ(PublicKeyHash("x").status().reason(), StatusReason::kBadRequest);
}

}  // namespace
}  // namespace noizy
