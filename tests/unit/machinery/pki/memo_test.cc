#include "machinery/pki/memo.h"

#include <gtest/gtest.h>

namespace noizy {
namespace {

class MemoTest : public ::testing::Test {
 protected:
  Result<int> Ask(std::string_view text) {
    return memo_.Of(text, [this](std::string_view read) -> Result<int> {
      ++reads_;
      if (read.empty()) return BadRequest("nothing there");
      return static_cast<int>(read.size());
    });
  }

  Memo<int> memo_{2};
  int reads_ = 0;
};

TEST_F(MemoTest, ReadsATextOnce) {
  EXPECT_EQ(*Ask("abc"), 3);
  EXPECT_EQ(*Ask("abc"), 3);
  EXPECT_EQ(*Ask("abcd"), 4);
  EXPECT_EQ(reads_, 2);
}

TEST_F(MemoTest, RemembersNoErrors) {
  EXPECT_EQ(Ask("").status().message(), "nothing there");
  EXPECT_EQ(Ask("").status().message(), "nothing there");
  EXPECT_EQ(reads_, 2);
}

TEST_F(MemoTest, ForgetsWhatWasNotAskedForOfLate) {
  for (const char* text : {"a", "bb", "a", "ccc", "a", "dddd", "a"}) EXPECT_TRUE(Ask(text).ok());
  EXPECT_EQ(reads_, 4);  // each but once: "a" was always among the last two
  EXPECT_EQ(*Ask("bb"), 2);
  EXPECT_EQ(reads_, 5);
}

}  // namespace
}  // namespace noizy
