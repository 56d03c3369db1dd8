#include "apiserver/storage/sqlite/log_digest.h"

#include <gtest/gtest.h>

#include <limits>

namespace noizy::apiserver {
namespace {

TEST(LogDigestTest, TheOrderDoesNotMatterAndTheRowsDo) {
  LogDigest forward;
  forward.Add(1, 11);
  forward.Add(2, -22);
  LogDigest backward;
  backward.Add(2, -22);
  backward.Add(1, 11);
  EXPECT_EQ(forward, backward);
  backward.Add(3, 33);
  EXPECT_FALSE(forward == backward);
  backward.Remove(33);
  EXPECT_EQ(forward.rows, backward.rows);
  EXPECT_EQ(forward.sum, backward.sum);
}

TEST(LogDigestTest, SumsWrapAround) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  LogDigest digest;
  for (int i = 0; i < 4; ++i) digest.Add(i, kMost);
  for (int i = 0; i < 4; ++i) digest.Remove(kMost);
  EXPECT_EQ(digest.sum, 0U);
  EXPECT_EQ(digest.rows, 0);
  EXPECT_EQ(digest.revision, 3);
}

TEST(LogDigestTest, IsReadAsItWasWritten) {
  LogDigest digest;
  digest.Add(1234567890123, -1);
  EXPECT_EQ(LogDigest::FromString(digest.ToString()), digest);
  EXPECT_EQ(digest.ToString(), "1234567890123 1 18446744073709551615");
}

TEST(LogDigestTest, WhatCannotBeReadIsZero) {
  for (const char* text : {"", " ", "x y z"})
    EXPECT_EQ(LogDigest::FromString(text), LogDigest()) << text;
  EXPECT_EQ(LogDigest::FromString("5 7").rows, 7);
  EXPECT_EQ(LogDigest::FromString("5 7").sum, 0U);
}

}  // namespace
}  // namespace noizy::apiserver
