#include "apiserver/encryption/secret_codec.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

const LogRow kRow{7, 0, "secrets", "team", "db", 3, R"({"data":{"password":"aHVudGVyMg=="}})"};

LogRow With(LogRow row, std::string_view body) {
  row.body = body;
  return row;
}

class SecretCodecTest : public testing::Test {
 protected:
  SecretCodec Make(KeyUse use = KeyUse::kKeep) {
    SecretCodec codec(*KeyRing::Open(path_, ""), use);
    EXPECT_TRUE(codec.Prepare().ok());
    return codec;
  }

  ScratchFolder folder_;
  const std::string path_ = folder_ / "secrets.key";
};

TEST_F(SecretCodecTest, CoversSecretsAndNothingElse) {
  const SecretCodec codec = Make();
  EXPECT_TRUE(codec.Covers("secrets"));
  for (const char* other : {"tasks.noizy.dev", "configmaps", "secrets.example.com", ""})
    EXPECT_FALSE(codec.Covers(other)) << other;
}

TEST_F(SecretCodecTest, DecodesWhatItEncoded) {
  SecretCodec codec = Make();
  const std::string sealed = *codec.Encode(kRow);
  EXPECT_EQ(sealed.find("aHVudGVyMg"), std::string::npos);
  EXPECT_EQ(*codec.Decode(With(kRow, sealed)), kRow.body);
  EXPECT_EQ(*Make().Decode(With(kRow, sealed)), kRow.body) << "after a restart";
  EXPECT_TRUE(codec.IsCurrent(sealed));
}

TEST_F(SecretCodecTest, WhatWasNeverSealedIsTakenAsItIsAndIsNotCurrent) {
  const SecretCodec codec = Make();
  EXPECT_EQ(*codec.Decode(kRow), kRow.body);
  EXPECT_FALSE(codec.IsCurrent(kRow.body));
}

TEST_F(SecretCodecTest, ARowThatWasPutInAnothersPlaceDoesNotOpen) {
  SecretCodec codec = Make();
  const std::string sealed = *codec.Encode(kRow);
  std::vector<LogRow> others(6, With(kRow, sealed));
  others[0].revision = 8;
  others[1].op = 1;
  others[2].resource = "configmaps";
  others[3].ns = "other";
  others[4].name = "web";
  others[5].create_revision = 4;
  for (const LogRow& row : others) {
    const Status refused = codec.Decode(row).status();
    EXPECT_EQ(refused.reason(), StatusReason::kUnauthorized) << NameOf(row);
    EXPECT_NE(refused.message().find(path_), std::string::npos) << refused.message();
  }
}

TEST_F(SecretCodecTest, AChangedByteDoesNotOpen) {
  SecretCodec codec = Make();
  std::string sealed = *codec.Encode(kRow);
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  EXPECT_NE(codec.Decode(With(kRow, sealed)).status().message().find("team/db"), std::string::npos);
}

TEST_F(SecretCodecTest, AMissingKeyIsToldWithItsMend) {
  const std::string sealed = *Make().Encode(kRow);
  ASSERT_TRUE(RemoveTree(path_).ok());
  const SecretCodec codec(*KeyRing::Open(path_, ""));
  const Status missing = codec.Decode(With(kRow, sealed)).status();
  EXPECT_EQ(missing.reason(), StatusReason::kUnauthorized);
  EXPECT_NE(missing.message().find("put back the file"), std::string::npos) << missing.message();
}

TEST_F(SecretCodecTest, ARotationIsFinishedBeforeTheNextBegins) {
  SecretCodec first = Make();
  const std::string sealed = *first.Encode(kRow);
  SecretCodec second = Make(KeyUse::kRotate);
  EXPECT_FALSE(second.IsCurrent(sealed));
  EXPECT_EQ(*second.Decode(With(kRow, sealed)), kRow.body);
  const std::string again = *second.Encode(kRow);
  SecretCodec resumed = Make(KeyUse::kRotate);
  EXPECT_TRUE(resumed.IsCurrent(again)) << "the second key stays the newest";
  ASSERT_TRUE(resumed.Settled().ok());
  EXPECT_FALSE(Make().Decode(With(kRow, sealed)).ok()) << "the first key is gone";
  EXPECT_EQ(*Make().Decode(With(kRow, again)), kRow.body);
}

TEST_F(SecretCodecTest, NothingIsEncodedWithoutAKey) {
  SecretCodec codec(*KeyRing::Open(path_, ""));
  EXPECT_FALSE(codec.Encode(kRow).ok());
}

}  // namespace
}  // namespace noizy::apiserver
