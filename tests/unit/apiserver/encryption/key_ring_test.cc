#include "apiserver/encryption/key_ring.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

class KeyRingTest : public testing::Test {
 protected:
  KeyRing Open(const std::string& passphrase = "") {
    auto ring = KeyRing::Open(path_, passphrase);
    EXPECT_TRUE(ring.ok()) << ring.status().ToString();
    return *std::move(ring);
  }
  Status Refused(const std::string& passphrase = "") {
    const Status status = KeyRing::Open(path_, passphrase).status();
    EXPECT_NE(status.message().find(path_), std::string::npos)
        << "it names the file: " << status.message();
    return status;
  }

  ScratchFolder folder_;
  const std::string path_ = folder_ / "secrets.key";
};

TEST_F(KeyRingTest, KeysAreKeptNewestFirst) {
  KeyRing ring = Open();
  EXPECT_EQ(ring.size(), 0U);
  EXPECT_FALSE(FileExists(path_)) << "made with the first key";
  ASSERT_TRUE(ring.AddKey().ok());
  const std::string first = ring.newest_id();
  ASSERT_TRUE(ring.AddKey().ok());
  const std::string second = ring.newest_id();
  KeyRing again = Open();
  EXPECT_EQ(again.newest_id(), second);
  ASSERT_NE(again.Find(first), nullptr);
  EXPECT_EQ(*again.Find(first), *ring.Find(first));
  ASSERT_TRUE(again.DropOldKeys().ok());
  EXPECT_EQ(Open().Find(first), nullptr);
  EXPECT_EQ(Open().size(), 1U);
}

TEST_F(KeyRingTest, TheFileIsTheOwnersAlone) {
  ASSERT_TRUE(Open().AddKey().ok());
  EXPECT_TRUE(RequirePrivate(path_).ok());
  std::filesystem::permissions(path_, std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(Refused().reason(), StatusReason::kForbidden);
}

TEST_F(KeyRingTest, APassphraseProtectsTheKeys) {
  KeyRing ring = Open("open sesame");
  ASSERT_TRUE(ring.AddKey().ok());
  EXPECT_EQ(Open("open sesame").newest_id(), ring.newest_id());
  EXPECT_NE(Refused("open wheat").message().find("does not open these keys"), std::string::npos);
  EXPECT_NE(Refused().message().find("none was given"), std::string::npos);
}

TEST_F(KeyRingTest, APassphraseThatComesLaterProtectsFromThenOn) {
  KeyRing ring = Open();
  ASSERT_TRUE(ring.AddKey().ok());
  EXPECT_EQ(*Open("late").Find(ring.newest_id()), *ring.Find(ring.newest_id()));
  EXPECT_EQ(Refused().reason(), StatusReason::kUnauthorized);
}

TEST_F(KeyRingTest, WhatIsNoRingIsRefused) {
  for (const char* text : {"", "{}", "hello", R"({"format":"noizy-secret-keys/1","keys":"AAAA"})",
                           R"({"format":"noizy-secret-keys/2","keys":""})"}) {
    ASSERT_TRUE(WriteFileAtomically(path_, text).ok());
    EXPECT_NE(Refused().message().find("restore it from a backup"), std::string::npos) << text;
  }
}

TEST_F(KeyRingTest, AKeyThatCouldNotBeSavedIsNotUsed) {
  auto ring = KeyRing::Open(folder_ / "missing/secrets.key", "");
  ASSERT_TRUE(ring.ok());
  EXPECT_FALSE(ring->AddKey().ok());
  EXPECT_EQ(ring->size(), 0U);
}

}  // namespace
}  // namespace noizy::apiserver
