#include "tests/unit/machinery/pki/pki_fixture.h"

namespace noizy {
namespace {

constexpr WallTime kNow = kStart + std::chrono::hours(1);

CertificateProfile ServerProfile() {
  CertificateProfile profile = LeafProfile();
  profile.usages = {"digital signature", "server auth"};
  return profile;
}

TEST(Verification, AChainIsGoodForItsUsageAndNoOther) {
  const CertificateAuthority authority = NewAuthority();
  const std::string client = NewLeaf(authority, LeafProfile());
  const std::string server = NewLeaf(authority, ServerProfile());
  const std::string& ca = authority.certificate_pem;
  EXPECT_TRUE(VerifyCertificate(client, ca, kNow, "client auth").ok());
  EXPECT_TRUE(VerifyCertificate(server, ca, kNow, "server auth").ok());
  EXPECT_EQ(VerifyCertificate(client, ca, kNow, "server auth").reason(),
            StatusReason::kUnauthorized);
  EXPECT_EQ(VerifyCertificate(server, ca, kNow, "client auth").reason(),
            StatusReason::kUnauthorized);
  EXPECT_EQ(VerifyCertificate(server, ca, kNow, "painting").reason(), StatusReason::kBadRequest);
}

TEST(Verification, ItIsValidFromItsFirstSecondToItsLast) {
  const CertificateAuthority authority = NewAuthority();
  const CertificateProfile profile = LeafProfile();
  const std::string leaf = NewLeaf(authority, profile);
  const auto at = [&](WallTime now) {
    return VerifyCertificate(leaf, authority.certificate_pem, now, "client auth");
  };
  EXPECT_NE(at(profile.not_before - std::chrono::seconds(1)).message().find("not yet valid"),
            std::string::npos);
  EXPECT_TRUE(at(profile.not_before + std::chrono::seconds(1)).ok());
  EXPECT_TRUE(at(profile.not_after - std::chrono::seconds(1)).ok());
  EXPECT_NE(at(profile.not_after + std::chrono::seconds(1)).message().find("has expired"),
            std::string::npos);
}

TEST(Verification, AnotherCaOfTheSameNameIsNotTrusted) {
  const std::string leaf = NewLeaf(NewAuthority(), LeafProfile());
  const CertificateAuthority other = NewAuthority();
  EXPECT_EQ(VerifyCertificate(leaf, other.certificate_pem, kNow, "client auth").reason(),
            StatusReason::kUnauthorized);
}

TEST(Verification, OneOfSeveralRootsSuffices) {
  const CertificateAuthority old_one = NewAuthority("old"), new_one = NewAuthority("new");
  EXPECT_TRUE(VerifyCertificate(NewLeaf(new_one, LeafProfile()),
                                old_one.certificate_pem + new_one.certificate_pem, kNow,
                                "client auth")
                  .ok());
}

// A root, a CA below it, and a leaf below that one, as one chain text.
struct ThreeLevels {
  std::string root, chain;
  explicit ThreeLevels(int path_length) {
    CertificateProfile profile = AuthorityProfile("root");
    profile.path_length = path_length;
    const CertificateAuthority top = Get(CreateAuthority(profile, KeySpec{}));
    CertificateAuthority middle;
    middle.private_key_pem = Get(GenerateKey(KeySpec{}));
    middle.certificate_pem = Get(
        SignCertificate(top, AuthorityProfile("middle"), Get(PublicKeyOf(middle.private_key_pem))));
    root = top.certificate_pem;
    chain = NewLeaf(middle, LeafProfile()) + middle.certificate_pem;
  }
};

TEST(Verification, IntermediatesAreTakenFromTheChainWithinThePathLength) {
  const ThreeLevels allowed(1);
  EXPECT_TRUE(VerifyCertificate(allowed.chain, allowed.root, kNow, "client auth").ok());
  const ThreeLevels forbidden(0);
  EXPECT_NE(VerifyCertificate(forbidden.chain, forbidden.root, kNow, "client auth")
                .message()
                .find("path length"),
            std::string::npos);
  const std::string leaf_alone = Get(SplitCertificates(allowed.chain)).front();
  EXPECT_FALSE(VerifyCertificate(leaf_alone, allowed.root, kNow, "client auth").ok());
}

TEST(Verification, ALeafCannotSignForOthers) {
  const CertificateAuthority authority = NewAuthority();
  // The forgery: a leaf made by a "CA" whose certificate is a leaf with its own CA flag, chained
  // under a real root.
  CertificateAuthority rogue;
  rogue.private_key_pem = Get(GenerateKey(KeySpec{}));
  const std::string honest_leaf =
      Get(SignCertificate(authority, LeafProfile(), Get(PublicKeyOf(rogue.private_key_pem))));
  CertificateProfile self = AuthorityProfile("system:node:hp-omen");
  rogue = Get(CreateAuthority(self, KeySpec{}));
  const std::string forged = NewLeaf(rogue, LeafProfile());
  EXPECT_FALSE(
      VerifyCertificate(forged + honest_leaf, authority.certificate_pem, kNow, "client auth").ok());
  EXPECT_FALSE(VerifyCertificate(forged + rogue.certificate_pem, authority.certificate_pem, kNow,
                                 "client auth")
                   .ok());
}

TEST(Verification, TextsThatAreNoCertificatesAreBadRequests) {
  const std::string ca = NewAuthority().certificate_pem;
  EXPECT_EQ(VerifyCertificate("x", ca, kNow, "client auth").reason(), StatusReason::kBadRequest);
  EXPECT_EQ(VerifyCertificate(ca, "", kNow, "client auth").reason(), StatusReason::kBadRequest);
}

}  // namespace
}  // namespace noizy
