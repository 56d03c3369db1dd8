#include "controllers/task_schedule/time_zone.h"

#include <gtest/gtest.h>

namespace noizy::task_schedule {
namespace {

TEST(TimeZone, RefusesWhatIsNone) {
  EXPECT_FALSE(LoadTimeZone("No/Where").ok());
  EXPECT_FALSE(LoadTimeZone("../../etc/passwd").ok());
  EXPECT_FALSE(LoadTimeZone("/etc/localtime").ok());
  EXPECT_EQ(LoadTimeZone("UTC")->OffsetAt(0), 0);
  EXPECT_FALSE(TimeZone::Parse("").ok());
  EXPECT_FALSE(TimeZone::Parse("TZif").ok());
  const std::string cut = "TZif2" + std::string(60, '\x7f');
  EXPECT_FALSE(TimeZone::Parse(cut).ok());
}

TEST(TimeZone, SurvivesDamagedFiles) {
  const std::string head = "TZif2" + std::string(39, '\0') + "TZif2" + std::string(15, '\0');
  std::uint64_t state = 1;
  for (int i = 0; i < 2000; ++i) {
    std::string file = head;
    for (int byte = 0; byte < 60; ++byte)
      file += static_cast<char>((state = state * 6364136223846793005ULL + 1) >> 60U);
    (void)TimeZone::Parse(file);
  }
}

}  // namespace
}  // namespace noizy::task_schedule
