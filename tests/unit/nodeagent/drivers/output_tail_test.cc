#include "nodeagent/drivers/output_tail.h"

namespace noizy::nodeagent {
namespace {

std::string TailOf(std::size_t bound, const std::vector<std::string>& pieces) {
  OutputTail tail(bound);
  for (const std::string& piece : pieces) tail.Append(piece);
  return tail.Text();
}

TEST(OutputTailTest, KeepsTheEnd) {
  EXPECT_EQ(TailOf(4, {}), "");
  EXPECT_EQ(TailOf(4, {"ab"}), "ab");
  EXPECT_EQ(TailOf(4, {"abcd"}), "abcd");
  EXPECT_EQ(TailOf(4, {"ab", "cdef"}), "cdef");
  EXPECT_EQ(TailOf(4, {"abcdefghijkl"}), "ijkl");
  EXPECT_EQ(TailOf(4, {"a", "bcd", "ef", "ghijk", "l"}), "ijkl");
}

TEST(OutputTailTest, BeginsAtACharacter) {
  // "ä" is two bytes, "€" three, "😀" four.
  EXPECT_EQ(TailOf(3, {"ääb"}), "äb");
  EXPECT_EQ(TailOf(4, {"ääb"}), "äb");
  EXPECT_EQ(TailOf(3, {"€€"}), "€");
  EXPECT_EQ(TailOf(5, {"€€"}), "€");
  EXPECT_EQ(TailOf(7, {"😀😀"}), "😀");
  EXPECT_EQ(TailOf(3, {"😀"}), "");
}

TEST(OutputTailTest, LeavesAloneWhatIsNoUtf8OrNotCut) {
  EXPECT_EQ(TailOf(4, {"\x80\x80"}), "\x80\x80");
  EXPECT_EQ(TailOf(4, {"aa\x80\x80\x80\x80"}), "\x80\x80\x80\x80");
}

}  // namespace
}  // namespace noizy::nodeagent
