#include "machinery/meta/quantity.h"

#include <gtest/gtest.h>

namespace noizy {
namespace {

TEST(Quantity, ReadsEveryForm) {
  struct Case {
    const char* text;
    std::int64_t milli;
  };
  for (const Case& c : {Case{"500m", 500},
                        {"2", 2000},
                        {"1.5", 1500},
                        {".5", 500},
                        {"5.", 5000},
                        {"-1.5", -1500},
                        {"+1", 1000},
                        {"2e3", 2'000'000},
                        {"2E-3", 2},
                        {"1e+2", 100'000},
                        {"1k", 1'000'000},
                        {"1Ki", 1'024'000},
                        {"1.5Gi", 1'610'612'736'000},
                        {"256Mi", 268'435'456'000},
                        {"0", 0},
                        {"100000000000u", 100'000'000},
                        {"007", 7000}}) {
    const auto quantity = ParseQuantity(c.text);
    ASSERT_TRUE(quantity.ok()) << c.text;
    EXPECT_EQ(quantity->milli, c.milli) << c.text;
  }
}

TEST(Quantity, RoundsUpWhatIsFinerThanAThousandth) {
  EXPECT_EQ(ParseQuantity("1n")->milli, 1);
  EXPECT_EQ(ParseQuantity("0.0001")->milli, 1);
  EXPECT_EQ(ParseQuantity("1000u")->milli, 1);
  EXPECT_EQ(ParseQuantity("1001u")->milli, 2);
  EXPECT_EQ(ParseQuantity("0.1234567890123456789")->milli, 124);
  EXPECT_EQ(ParseQuantity("1.0000000000000000000001")->milli, 1001);
}

TEST(Quantity, RefusesOthersQuotingThem) {
  for (const char* bad :
       {"", "m", "1x", "1 Gi", "1.2.3", "1KI", "--1", "1e", "1e99", "0x10", "Gi1"}) {
    const auto status = ParseQuantity(bad).status();
    EXPECT_EQ(status.reason(), StatusReason::kBadRequest) << bad;
    EXPECT_TRUE(status.message().starts_with("\"" + std::string(bad) + "\" is not a quantity"))
        << bad;
  }
  EXPECT_FALSE(ParseQuantity("1E").ok());
  EXPECT_NE(ParseQuantity("9Ei").status().message().find("too large"), std::string::npos);
  EXPECT_FALSE(ParseQuantity("9223372036854776").ok());
  EXPECT_EQ(ParseQuantity("9223372036854775")->milli, 9'223'372'036'854'775'000);
}

TEST(Quantity, WholeRoundsUp) {
  EXPECT_EQ(ParseQuantity("500m")->Whole(), 1);
  EXPECT_EQ(ParseQuantity("2")->Whole(), 2);
  EXPECT_EQ(ParseQuantity("-500m")->Whole(), 0);
  EXPECT_EQ(Quantity{INT64_MAX}.Whole(), 9'223'372'036'854'776);
}

TEST(Quantity, FormatsCanonically) {
  EXPECT_EQ(FormatDecimal(*ParseQuantity("0.5")), "500m");
  EXPECT_EQ(FormatDecimal(*ParseQuantity("1000m")), "1");
  EXPECT_EQ(FormatDecimal(*ParseQuantity("1500m")), "1500m");
  EXPECT_EQ(FormatDecimal(*ParseQuantity("2000")), "2k");
  EXPECT_EQ(FormatDecimal(*ParseQuantity("-2")), "-2");
  EXPECT_EQ(FormatDecimal({}), "0");
  EXPECT_EQ(FormatBytes(17'179'869'184), "16Gi");
  EXPECT_EQ(FormatBytes(1'610'612'736), "1536Mi");
  EXPECT_EQ(FormatBytes(1000), "1000");
  EXPECT_EQ(FormatBytes(0), "0");
}

}  // namespace
}  // namespace noizy
