#include "tests/unit/machinery/pki/pki_fixture.h"

namespace noizy {
namespace {

class AuthoritiesTest : public PkiTest {
 protected:
  // A CA made by openssl itself; `key` is openssl's -newkey.
  CertificateAuthority MadeByOpenssl(const std::string& key, const std::string& more = "") {
    const std::string key_path = Write("ca.key", ""), certificate_path = Write("ca.crt", "");
    const std::string made = Shell("openssl req -x509 -newkey " + key +
                                   " -nodes -days 3650 -subj '/O=Noizyfish/CN=Old CA' " + more +
                                   " -keyout " + key_path + " -out " + certificate_path);
    EXPECT_TRUE(made.starts_with("0\n")) << made;
    return {Shell("cat " + certificate_path).substr(2), Shell("cat " + key_path).substr(2)};
  }
  static WallTime Now() { return RealClock::Instance().Now(); }
};

TEST_F(AuthoritiesTest, AuthoritiesOfOpensslAreTakenAndSign) {
  for (const char* key : {"rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-384", "ed25519"}) {
    const CertificateAuthority made = MadeByOpenssl(key);
    const CertificateAuthority read =
        Get(ReadAuthority(made.certificate_pem, made.private_key_pem, "", Now()));
    CertificateProfile profile = LeafProfile();
    profile.not_before = Now();
    profile.not_after = Now() + std::chrono::hours(1);
    EXPECT_EQ(Shell("openssl verify -CAfile " + Write("root.pem", read.certificate_pem) + " " +
                    Write("leaf.pem", NewLeaf(read, profile))),
              "0\n" + Write("leaf.pem", "") + ": OK\n")
        << key;
  }
}

TEST_F(AuthoritiesTest, WhatCannotSignIsRefusedAndSaysWhy) {
  const auto why = [](const CertificateAuthority& made, WallTime now) {
    return std::string(
        ReadAuthority(made.certificate_pem, made.private_key_pem, "", now).status().message());
  };
  CertificateAuthority leaf = MadeByOpenssl("rsa:2048", "-addext basicConstraints=CA:FALSE");
  EXPECT_NE(why(leaf, Now()).find("is not a CA's"), std::string::npos);
  leaf = MadeByOpenssl("rsa:2048", "-addext keyUsage=digitalSignature");
  EXPECT_EQ(why(leaf, Now()), "the CA's certificate has no key usage \"cert sign\"");
  CertificateAuthority ca = NewAuthority();
  EXPECT_EQ(why(ca, kStart - std::chrono::hours(1)), "the CA's certificate is not valid yet");
  EXPECT_EQ(why(ca, kStart + std::chrono::hours(24 * 366)), "the CA's certificate has expired");
  ca.private_key_pem = Get(GenerateKey(KeySpec{}));
  EXPECT_EQ(why(ca, kStart), "the private key does not belong to the CA's certificate");
}

TEST_F(AuthoritiesTest, ARootIsItsOwnIssuer) {
  CertificateProfile wide = AuthorityProfile("root");
  wide.path_length = -1;
  const CertificateAuthority root = Get(CreateAuthority(wide, KeySpec{}));
  EXPECT_TRUE(ReadRoot(root.certificate_pem, root.private_key_pem, "", kStart).ok());
  CertificateAuthority below;
  below.private_key_pem = Get(GenerateKey(KeySpec{}));
  below.certificate_pem = Get(
      SignCertificate(root, AuthorityProfile("below"), Get(PublicKeyOf(below.private_key_pem))));
  EXPECT_TRUE(ReadAuthority(below.certificate_pem, below.private_key_pem, "", kStart).ok());
  EXPECT_EQ(ReadRoot(below.certificate_pem, below.private_key_pem, "", kStart).status().reason(),
            StatusReason::kBadRequest);
}

TEST_F(AuthoritiesTest, AKeyUnderAPassphraseOpensWithItAlone) {
  const CertificateAuthority authority = NewAuthority();
  const std::string locked = Get(EncryptPrivateKey(authority.private_key_pem, "open sesame"));
  EXPECT_TRUE(IsEncryptedKey(locked));
  EXPECT_FALSE(IsEncryptedKey(authority.private_key_pem));
  EXPECT_EQ(Get(DecryptPrivateKey(locked, "open sesame")), authority.private_key_pem);
  EXPECT_EQ(Get(DecryptPrivateKey(authority.private_key_pem, "")), authority.private_key_pem);
  EXPECT_EQ(DecryptPrivateKey(locked, "wrong").status().reason(), StatusReason::kUnauthorized);
  EXPECT_EQ(DecryptPrivateKey(locked, "").status().message(),
            "the private key is encrypted, and no passphrase was given");
  EXPECT_EQ(
      Shell("openssl pkey -noout -passin pass:'open sesame' -in " + Write("locked.pem", locked)),
      "0\n");
  EXPECT_EQ(
      Get(ReadAuthority(authority.certificate_pem, locked, "open sesame", kStart)).private_key_pem,
      authority.private_key_pem);
}

// A root, an intermediate below it, and a leaf below that.
struct Tree {
  CertificateAuthority root = Get(CreateAuthority(RootProfile(), KeySpec{}));
  CertificateAuthority intermediate = Below(root);
  std::string leaf = NewLeaf(intermediate, LeafProfile());

  static CertificateProfile RootProfile() {
    CertificateProfile profile = AuthorityProfile();
    profile.path_length = -1;
    return profile;
  }
  static CertificateAuthority Below(const CertificateAuthority& root) {
    CertificateAuthority below;
    below.private_key_pem = Get(GenerateKey(KeySpec{}));
    below.certificate_pem = Get(SignCertificate(root, AuthorityProfile("intermediate"),
                                                Get(PublicKeyOf(below.private_key_pem))));
    return below;
  }
};

TEST_F(AuthoritiesTest, AChainRunsFromTheLeafUpWithoutTheRoot) {
  const Tree tree;
  const std::string others = NewAuthority("other").certificate_pem;
  const std::string chain = Get(
      ChainOf(tree.leaf, others + tree.root.certificate_pem + tree.intermediate.certificate_pem));
  EXPECT_EQ(chain, tree.leaf + tree.intermediate.certificate_pem);
  EXPECT_EQ(Get(ChainOf(tree.root.certificate_pem, "")), tree.root.certificate_pem);
  EXPECT_EQ(Shell("openssl verify -x509_strict -attime 1767226000 -CAfile " +
                  Write("root.pem", tree.root.certificate_pem) + " -untrusted " +
                  Write("chain.pem", chain) + " " + Write("leaf.pem", chain)),
            "0\n" + Write("leaf.pem", "") + ": OK\n");
}

TEST_F(AuthoritiesTest, AnIssuerIsKnownByItsSignature) {
  const Tree tree;
  EXPECT_TRUE(CheckIssuedBy(tree.leaf, tree.intermediate.certificate_pem).ok());
  EXPECT_FALSE(CheckIssuedBy(tree.leaf, tree.root.certificate_pem).ok());
  EXPECT_FALSE(CheckIssuedBy(tree.leaf, Tree::Below(tree.root).certificate_pem).ok());
}

TEST_F(AuthoritiesTest, ASelfSignedCertificateNeedsNoAuthority) {
  for (const KeySpec& key : {KeySpec{KeyAlgorithm::kRsa, 2048}, KeySpec{KeyAlgorithm::kEd25519}}) {
    const std::string own = Get(SelfSign(LeafProfile(), Get(GenerateKey(key))));
    EXPECT_TRUE(CheckIssuedBy(own, own).ok());
    EXPECT_FALSE(Get(ParseCertificate(own)).is_ca);
  }
}

}  // namespace
}  // namespace noizy
