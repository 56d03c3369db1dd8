#include "machinery/pki/keys.h"

#include "tests/unit/machinery/pki/pki_fixture.h"

namespace noizy {
namespace {

using KeysTest = PkiTest;

TEST_F(KeysTest, EveryAlgorithmAndSizeIsPkcs8ThatOpensslReads) {
  struct Case {
    KeySpec spec;
    std::string said;
  };
  for (const Case& c : {Case{{KeyAlgorithm::kEcdsa, 256}, "NIST CURVE: P-256"},
                        Case{{KeyAlgorithm::kEcdsa, 384}, "NIST CURVE: P-384"},
                        Case{{KeyAlgorithm::kEcdsa, 521}, "NIST CURVE: P-521"},
                        Case{{KeyAlgorithm::kRsa, 2048}, "(2048 bit"},
                        Case{{KeyAlgorithm::kEd25519, 0}, "ED25519 Private-Key"}}) {
    const std::string pem = Get(GenerateKey(c.spec));
    EXPECT_TRUE(pem.starts_with("-----BEGIN PRIVATE KEY-----\n")) << c.said;
    const std::string text = Shell("openssl pkey -noout -check -text -in " + Write("key.pem", pem));
    EXPECT_TRUE(text.starts_with("0\n")) << text;
    EXPECT_NE(text.find(c.said), std::string::npos) << text;
  }
}

TEST_F(KeysTest, SizesAnAlgorithmDoesNotHaveAreRefusedByName) {
  EXPECT_EQ(GenerateKey({KeyAlgorithm::kEcdsa, 255}).status().message(),
            "ECDSA keys have 256, 384 or 521 bits, not 255");
  EXPECT_EQ(GenerateKey({KeyAlgorithm::kRsa, 1024}).status().message(),
            "RSA keys have 2048, 3072 or 4096 bits, not 1024");
  EXPECT_EQ(GenerateKey({KeyAlgorithm::kRsa, 0}).status().reason(), StatusReason::kBadRequest);
}

TEST_F(KeysTest, TheSpecOfAKeyIsReadBack) {
  for (const KeySpec& spec :
       {KeySpec{KeyAlgorithm::kEcdsa, 256}, KeySpec{KeyAlgorithm::kEcdsa, 384},
        KeySpec{KeyAlgorithm::kEcdsa, 521}, KeySpec{KeyAlgorithm::kRsa, 2048}}) {
    const auto key = Get(openssl::ReadPrivateKey(Get(GenerateKey(spec))));
    const KeySpec read = Get(KeySpecOf(key.get()));
    EXPECT_EQ(read.algorithm, spec.algorithm);
    EXPECT_EQ(read.size, spec.size);
  }
}

TEST_F(KeysTest, DigestsGrowWithTheCurve) {
  const auto digest_of = [](KeySpec spec) {
    return SigningDigest(Get(openssl::ReadPrivateKey(Get(GenerateKey(spec)))).get());
  };
  EXPECT_EQ(digest_of({KeyAlgorithm::kEcdsa, 256}), EVP_sha256());
  EXPECT_EQ(digest_of({KeyAlgorithm::kEcdsa, 384}), EVP_sha384());
  EXPECT_EQ(digest_of({KeyAlgorithm::kEcdsa, 521}), EVP_sha512());
  EXPECT_EQ(digest_of({KeyAlgorithm::kEd25519, 0}), nullptr);
}

TEST_F(KeysTest, WeakAndForeignKeysHaveNoSpec) {
  for (const std::string command :
       {"openssl genrsa 1024", "openssl ecparam -name secp256k1 -genkey -noout",
        "openssl genpkey -algorithm ED448"}) {
    const std::string pem = Shell(command + " 2>/dev/null").substr(2);
    const auto key = openssl::ReadPrivateKey(pem);
    ASSERT_TRUE(key.ok()) << command;
    EXPECT_EQ(KeySpecOf(key->get()).status().reason(), StatusReason::kBadRequest) << command;
  }
}

TEST_F(KeysTest, ThePublicKeyIsOpensslsSubjectPublicKeyInfo) {
  const std::string pem = Get(GenerateKey(KeySpec{}));
  const std::string expected =
      Shell("openssl pkey -pubout -outform DER -in " + Write("key.pem", pem) + " | sha256sum");
  EXPECT_EQ("0\n" + Sha256Hex(Get(PublicKeyOf(pem))) + "  -\n", expected);
}

TEST_F(KeysTest, EncryptedAndBrokenKeysAreRefusedWithoutAsking) {
  const std::string path = Write("key.pem", Get(GenerateKey(KeySpec{})));
  const std::string encrypted =
      Shell("openssl pkey -aes256 -passout pass:secret -in " + path).substr(2);
  EXPECT_EQ(PublicKeyOf(encrypted).status().reason(), StatusReason::kBadRequest);
  EXPECT_EQ(PublicKeyOf("").status().reason(), StatusReason::kBadRequest);
  EXPECT_EQ(PublicKeyOf("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
                .status()
                .reason(),
            StatusReason::kBadRequest);
}

}  // namespace
}  // namespace noizy
