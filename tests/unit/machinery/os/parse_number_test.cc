#include "machinery/os/parse_number.h"

namespace noizy {
namespace {

TEST(ParseNumberTest, TakesWhatTheTextBeginsWith) {
  EXPECT_EQ(ParseNumber<int>("42"), 42);
  EXPECT_EQ(ParseNumber<int>("  42 kB"), 42);
  EXPECT_EQ(ParseNumber<int>("\t-7,8"), -7);
  EXPECT_EQ(ParseNumber<double>("0.52 0.40"), 0.52);
}

TEST(ParseNumberTest, FallsBackWhenThereIsNone) {
  EXPECT_EQ(ParseNumber<int>(""), 0);
  EXPECT_EQ(ParseNumber<int>("[N/A]"), 0);
  EXPECT_EQ(ParseNumber<int>("99999999999999", -1), -1);
}

}  // namespace
}  // namespace noizy
