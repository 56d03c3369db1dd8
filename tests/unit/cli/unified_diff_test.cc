#include "cli/unified_diff.h"

#include <gtest/gtest.h>

namespace noizy::cli {
namespace {

std::string Changes(std::string_view from, std::string_view to) {
  const std::string text = UnifiedDiff(from, to, "a", "b");
  const std::string heading = "--- a\n+++ b\n";
  return text.starts_with(heading) ? text.substr(heading.size()) : text;
}

TEST(UnifiedDiffTest, EqualTextsGiveNothing) {
  EXPECT_EQ(UnifiedDiff("a\nb\n", "a\nb\n", "x", "y"), "");
  EXPECT_EQ(UnifiedDiff("", "", "x", "y"), "");
}

TEST(UnifiedDiffTest, AChangeHasThreeLinesAround) {
  EXPECT_EQ(Changes("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(UnifiedDiffTest, WhatIsNewOrGoneIsAllOfOneSign) {
  EXPECT_EQ(Changes("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
  EXPECT_EQ(Changes("a\n", ""), "@@ -1 +0,0 @@\n-a\n");
}

TEST(UnifiedDiffTest, FarChangesStandApartAndNearOnesTogether) {
  EXPECT_EQ(Changes("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n"),
            "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
  EXPECT_EQ(Changes("a\n1\n2\nb\n", "A\n1\n2\nB\n"), "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n-b\n+B\n");
}

TEST(UnifiedDiffTest, LinesThatBothHaveAreKept) {
  EXPECT_EQ(Changes("a\nb\nc\n", "b\nx\nc\na\n"), "@@ -1,3 +1,4 @@\n-a\n b\n+x\n c\n+a\n");
}

TEST(UnifiedDiffTest, TooManyDifferencesAreShownAsReplaced) {
  std::string from;
  std::string to;
  for (int i = 0; i < 5000; ++i) {
    from += "a" + std::to_string(i) + "\n";
    to += "b" + std::to_string(i) + "\n";
  }
  const std::string text = Changes(from, to);
  EXPECT_TRUE(text.starts_with("@@ -1,5000 +1,5000 @@\n-a0\n-a1\n")) << text.substr(0, 60);
  EXPECT_TRUE(text.ends_with("+b4999\n"));
}

}  // namespace
}  // namespace noizy::cli
