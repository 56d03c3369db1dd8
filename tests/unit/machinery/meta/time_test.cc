#include "machinery/meta/time.h"

#include <gtest/gtest.h>

namespace noizy {
namespace {

using namespace std::chrono_literals;

TEST(Time, FormatsWholeMicroAndNanoSeconds) {
  const WallTime time = *ParseTime("2026-11-22T11:04:05.123456789Z");
  EXPECT_EQ(FormatTime(time), "2026-11-22T11:04:05Z");
  EXPECT_EQ(FormatMicroTime(time), "2026-11-22T11:04:05.123456Z");
  EXPECT_EQ(FormatNanoTime(time), "2026-11-22T11:04:05.123456789Z");
  EXPECT_EQ(FormatMicroTime(*ParseTime("2026-11-22T11:04:05Z")), "2026-11-22T11:04:05.000000Z");
}

TEST(Time, FormatsBefore1970) {
  EXPECT_EQ(FormatNanoTime(WallTime(-1ns)), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(FormatTime(WallTime(0ns)), "1970-01-01T00:00:00Z");
}

TEST(Time, ReadsOffsetsAndFractions) {
  EXPECT_EQ(FormatTime(*ParseTime("2026-11-22T13:04:05+02:00")), "2026-11-22T11:04:05Z");
  EXPECT_EQ(FormatTime(*ParseTime("2026-01-01T00:30:00-23:59")), "2026-01-02T00:29:00Z");
  EXPECT_EQ(*ParseTime("2026-01-01T00:00:00.5Z") - *ParseTime("2026-01-01T00:00:00Z"), 500ms);
  EXPECT_EQ(*ParseTime("2026-01-01T00:00:00.1234567891Z") - *ParseTime("2026-01-01T00:00:00Z"),
            123456789ns);
  EXPECT_TRUE(ParseTime("2028-02-29T00:00:00Z").ok());
}

TEST(Time, RefusesWhatIsNoRfc3339) {
  for (const char* bad :
       {"", "now", "2026-11-22", "2026-11-22T11:04:05", "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T11:60:00Z",
        "2026-11-22T11:04:60Z", "2026-11-22 11:04:05Z", "2026-11-22T11:04:05Zx",
        "2026-11-22T11:04:05.Z", "2026-11-22T11:04:05+2:00",
        "2026-11-22T11:04:05+02:", "0001-01-01T00:00:00Z", "2026-1-22T11:04:05Z"}) {
    EXPECT_EQ(ParseTime(bad).status().reason(), StatusReason::kBadRequest) << bad;
  }
  EXPECT_EQ(ParseTime("now").status().message(),
            "\"now\" is not an RFC 3339 time such as \"2026-11-22T11:04:05Z\"");
}

TEST(DurationText, ReadsGoSyntax) {
  EXPECT_EQ(*ParseDuration("1h30m"), 90min);
  EXPECT_EQ(*ParseDuration("500ms"), 500ms);
  EXPECT_EQ(*ParseDuration("0.5s"), 500ms);
  EXPECT_EQ(*ParseDuration(".5m"), 30s);
  EXPECT_EQ(*ParseDuration("8760h"), 8760h);
  EXPECT_EQ(*ParseDuration("-1.5h"), -90min);
  EXPECT_EQ(*ParseDuration("1\u00b5s2ns"), 1002ns);
  EXPECT_EQ(*ParseDuration("0"), 0s);
  EXPECT_EQ(*ParseDuration("+3s"), 3s);
}

TEST(DurationText, SaysWhatIsWrong) {
  EXPECT_EQ(ParseDuration("5").status().message(), "time: missing unit in duration \"5\"");
  EXPECT_EQ(ParseDuration("5d").status().message(), "time: unknown unit \"d\" in duration \"5d\"");
  for (const char* bad : {"", "-", "h", "1.2.3s", ".s", "9999999999h", "1e3s", "3 s"}) {
    EXPECT_FALSE(ParseDuration(bad).ok()) << bad;
  }
}

TEST(HumanDuration, MatchesKubectlsAges) {
  struct Case {
    Duration duration;
    const char* text;
  };
  for (const Case& c : std::vector<Case>{{-2s, "<invalid>"},
                                         {-1s, "0s"},
                                         {0s, "0s"},
                                         {1s + 999ms, "1s"},
                                         {119s, "119s"},
                                         {120s, "2m"},
                                         {190s, "3m10s"},
                                         {599s, "9m59s"},
                                         {10min + 30s, "10m"},
                                         {179min, "179m"},
                                         {3h, "3h"},
                                         {3h + 5min, "3h5m"},
                                         {8h + 59min, "8h"},
                                         {47h, "47h"},
                                         {48h, "2d"},
                                         {51h, "2d3h"},
                                         {24h * 7 + 23h, "7d23h"},
                                         {24h * 8 + 23h, "8d"},
                                         {24h * 729, "729d"},
                                         {24h * 730, "2y"},
                                         {24h * (3 * 365 + 12), "3y12d"},
                                         {24h * 365 * 8 + 24h, "8y"}}) {
    EXPECT_EQ(HumanDuration(c.duration), c.text);
  }
}

}  // namespace
}  // namespace noizy
