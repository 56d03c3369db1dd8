#include "controllers/task_schedule/cron.h"

#include <gtest/gtest.h>

#include "machinery/meta/time.h"

namespace noizy::task_schedule {
namespace {

std::int64_t At(const std::string& time) {
  return std::chrono::duration_cast<std::chrono::seconds>(ParseTime(time)->time_since_epoch())
      .count();
}

/// The next times, in UTC, as text.
std::string Next(const std::string& schedule, const std::string& after,
                 const std::string& zone = "UTC") {
  const Result<Cron> cron = Cron::Parse(schedule);
  if (!cron.ok()) return cron.status().message();
  const auto next = cron->Next(At(after), *LoadTimeZone(zone));
  return next ? FormatTime(WallTime(std::chrono::seconds(*next))) : "never";
}

struct CronCase {
  std::string schedule;
  std::string after;
  std::string next;
};

TEST(Cron, FindsTheNextTime) {
  const std::vector<CronCase> cases = {
      {"* * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"},
      {"* * * * *", "2026-01-01T00:00:59Z", "2026-01-01T00:01:00Z"},
      {"*/15 * * * *", "2026-01-01T00:16:00Z", "2026-01-01T00:30:00Z"},
      {"5/20 * * * *", "2026-01-01T00:06:00Z", "2026-01-01T00:25:00Z"},
      {"0 9-17/4 * * *", "2026-01-01T09:00:00Z", "2026-01-01T13:00:00Z"},
      {"0 0 1,15 * *", "2026-01-02T00:00:00Z", "2026-01-15T00:00:00Z"},
      {"0 0 * * mon-fri", "2026-01-02T00:00:00Z", "2026-01-05T00:00:00Z"},
      {"0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"},
      {"0 0 13 * FRI", "2026-01-10T00:00:00Z", "2026-01-13T00:00:00Z"},
      {"0 0 29 feb *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"},
      {"0 0 30 2 *", "2026-01-01T00:00:00Z", "never"},
      {"@daily", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"},
      {"@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"},
      {"@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
      {"0  12  *  *  ?", "1960-01-01T00:00:00Z", "1960-01-01T12:00:00Z"}};
  for (const CronCase& entry : cases)
    EXPECT_EQ(Next(entry.schedule, entry.after), entry.next) << entry.schedule;
}

TEST(Cron, SaysWhichFieldIsWrong) {
  const auto fault = [](const std::string& text) { return Cron::Parse(text).status().message(); };
  EXPECT_EQ(fault("60 * * * *"), "the minute \"60\" of the schedule is none");
  EXPECT_EQ(fault("* 5-2 * * *"), "the hour \"5-2\" of the schedule is none");
  EXPECT_EQ(fault("* * 0 * *"), "the day of month \"0\" of the schedule is none");
  EXPECT_EQ(fault("* * * foo *"), "the month \"foo\" of the schedule is none");
  EXPECT_EQ(fault("* * * * 1,,2"), "the day of week \"\" of the schedule is none");
  EXPECT_EQ(fault("*/0 * * * *"), "the minute \"*/0\" of the schedule is none");
  for (const char* text : {"", "* * * *", "* * * * * *", "@often"})
    EXPECT_TRUE(fault(text).starts_with("a schedule has five fields")) << text;
}

// Central Europe: summer time from March 29th, 2026 at 02:00 to October 25th at 03:00.
TEST(Cron, LivesWithDaylightSaving) {
  if (!LoadTimeZone("Europe/Berlin").ok()) GTEST_SKIP() << "no time zone database here";
  EXPECT_EQ(Next("0 12 * * *", "2026-01-01T00:00:00Z", "Europe/Berlin"), "2026-01-01T11:00:00Z");
  EXPECT_EQ(Next("0 12 * * *", "2026-07-01T00:00:00Z", "Europe/Berlin"), "2026-07-01T10:00:00Z");
  EXPECT_EQ(Next("30 2 * * *", "2026-03-28T12:00:00Z", "Europe/Berlin"), "2026-03-30T00:30:00Z")
      << "half past two does not exist on the 29th";
  EXPECT_EQ(Next("30 2 * * *", "2026-10-24T12:00:00Z", "Europe/Berlin"), "2026-10-25T00:30:00Z");
  EXPECT_EQ(Next("30 2 * * *", "2026-10-25T00:30:00Z", "Europe/Berlin"), "2026-10-26T01:30:00Z")
      << "it comes twice, and counts once";
}

}  // namespace
}  // namespace noizy::task_schedule
