#include "machinery/pki/es256.h"

#include "tests/unit/machinery/pki/pki_fixture.h"

namespace noizy {
namespace {

class Es256Test : public PkiTest {
 protected:
  Es256Key NewKey() { return *Es256Key::FromPrivateKey(Get(GenerateKey({}))); }
};

TEST_F(Es256Test, OnlyTheSameKeyAndMessageVerify) {
  const Es256Key key = NewKey();
  const std::string signature = Get(key.Sign("hello"));
  EXPECT_EQ(signature.size(), 64U);
  EXPECT_TRUE(key.Verify("hello", signature));
  EXPECT_FALSE(key.Verify("hellO", signature));
  EXPECT_FALSE(NewKey().Verify("hello", signature));
}

TEST_F(Es256Test, BrokenSignaturesAreNoSignatures) {
  const Es256Key key = NewKey();
  std::string signature = Get(key.Sign("hello"));
  EXPECT_FALSE(key.Verify("hello", ""));
  EXPECT_FALSE(key.Verify("hello", signature.substr(1)));
  EXPECT_FALSE(key.Verify("hello", signature + "x"));
  EXPECT_FALSE(key.Verify("hello", std::string(64, '\0'))) << "r and s of zero";
  signature[40] = static_cast<char>(signature[40] ^ 1);
  EXPECT_FALSE(key.Verify("hello", signature));
}

TEST_F(Es256Test, OtherKeysAreRefused) {
  EXPECT_FALSE(Es256Key::FromPrivateKey(Get(GenerateKey({KeyAlgorithm::kEcdsa, 384}))).ok());
  EXPECT_FALSE(Es256Key::FromPrivateKey(Get(GenerateKey({KeyAlgorithm::kEd25519, 0}))).ok());
  EXPECT_FALSE(Es256Key::FromPrivateKey("x").ok());
}

TEST_F(Es256Test, KeysHaveNames) {
  const std::string pem = Get(GenerateKey({}));
  EXPECT_EQ(Es256Key::FromPrivateKey(pem)->id(), Es256Key::FromPrivateKey(pem)->id());
  EXPECT_NE(NewKey().id(), NewKey().id());
}

}  // namespace
}  // namespace noizy
