#include "machinery/pki/sealing.h"

#include <gtest/gtest.h>

#include <set>

#include "machinery/pki/pki.h"

namespace noizy {
namespace {

const std::string kKey(kSealingKeyBytes, 'k');

TEST(SealingTest, OpensWhatItSealed) {
  for (const std::string& clear : {std::string(), std::string("x"), std::string(100'000, '\0')}) {
    const auto sealed = Seal(kKey, "where", clear);
    ASSERT_TRUE(sealed.ok()) << sealed.status().ToString();
    EXPECT_EQ(sealed->size(), clear.size() + 28);
    EXPECT_EQ(Unseal(kKey, "where", *sealed).ValueOr("refused"), clear);
  }
}

TEST(SealingTest, AnotherKeyOrContextDoesNotOpenIt) {
  const std::string sealed = *Seal(kKey, "where", "clear");
  EXPECT_EQ(Unseal(std::string(kSealingKeyBytes, 'l'), "where", sealed).status().reason(),
            StatusReason::kUnauthorized);
  EXPECT_EQ(Unseal(kKey, "elsewhere", sealed).status().reason(), StatusReason::kUnauthorized);
}

TEST(SealingTest, EveryBitCounts) {
  const std::string sealed = *Seal(kKey, "where", "clear");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string changed = sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(Unseal(kKey, "where", changed).ok()) << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(Unseal(kKey, "where", sealed.substr(0, size)).ok()) << size;
}

TEST(SealingTest, TheSameIsNeverSealedTheSameWay) {
  std::set<std::string> all;
  for (int i = 0; i < 100; ++i) all.insert(*Seal(kKey, "", "clear"));
  EXPECT_EQ(all.size(), 100U);
}

TEST(SealingTest, AKeyOfAnotherSizeIsRefused) {
  EXPECT_EQ(Seal("short", "", "clear").status().reason(), StatusReason::kBadRequest);
  EXPECT_EQ(Unseal("short", "", std::string(40, 'x')).status().reason(), StatusReason::kBadRequest);
}

TEST(SealingTest, APassphraseMakesTheKeyThatScryptSays) {
  // RFC 7914 §12, its third vector; the first 32 of 64 bytes.
  const auto key = KeyOfPassphrase("pleaseletmein", "SodiumChloride", {16'384, 8, 1});
  ASSERT_TRUE(key.ok()) << key.status().ToString();
  EXPECT_EQ(Sha256Hex(*key), Sha256Hex("\x70\x23\xbd\xcb\x3a\xfd\x73\x48\x46\x1c\x06\xcd\x81\xfd"
                                       "\x38\xeb\xfd\xa8\xfb\xba\x90\x4f\x8e\x3e\xa9\xb5\x43\xf6"
                                       "\x54\x5d\xa1\xf2"));
  EXPECT_FALSE(KeyOfPassphrase("", "salt").ok());
  EXPECT_FALSE(KeyOfPassphrase("x", "salt", {1 << 20, 8, 1}).ok()) << "1 GiB";
}

}  // namespace
}  // namespace noizy
