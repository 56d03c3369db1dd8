#include "cli/text.h"

#include <gtest/gtest.h>

namespace noizy::cli {
namespace {

TEST(Text, ChangesAsciiLettersAlone) {
  EXPECT_EQ(LowerCase("Tasks.Noizy-9 É"), "tasks.noizy-9 É");
  EXPECT_EQ(UpperCase("Last seen-9 é"), "LAST SEEN-9 é");
  EXPECT_EQ(LowerCase(""), "");
}

}  // namespace
}  // namespace noizy::cli
