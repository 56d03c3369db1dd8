#include "machinery/base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace noizy {
namespace {

TEST(RandomTest, TheSameSeedGivesTheSameNumbers) {
  SeededRandom a(7);
  SeededRandom b(7);
  SeededRandom c(8);
  EXPECT_EQ(a.Next(), b.Next());
  EXPECT_NE(a.Next(), c.Next());
}

TEST(RandomTest, BelowIsBoundedAndEven) {
  SeededRandom random(1);
  std::array<int, 5> seen{};
  for (int i = 0; i < 5000; ++i) ++seen[random.Below(5)];
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);
  EXPECT_EQ(random.Below(0), 0U);
  EXPECT_EQ(random.Below(1), 0U);
}

TEST(RandomTest, UnitIsInItsInterval) {
  SeededRandom random(1);
  double sum = 0;
  for (int i = 0; i < 1000; ++i) {
    const double value = random.Unit();
    EXPECT_GE(value, 0);
    EXPECT_LT(value, 1);
    sum += value;
  }
  EXPECT_NEAR(sum / 1000, 0.5, 0.05);
}

TEST(RandomTest, UuidsAreVersionFour) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = SystemRandom::Instance().Uuid();
    ASSERT_EQ(uuid.size(), 36U);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos) << uuid;
    EXPECT_TRUE(seen.insert(uuid).second);
  }
}

TEST(RandomTest, SuffixesAreEasyToRead) {
  SeededRandom random(3);
  const std::string suffix = random.NameSuffix(200);
  EXPECT_EQ(suffix.size(), 200U);
  EXPECT_EQ(suffix.find_first_of("aeiou013"), std::string::npos);
}

}  // namespace
}  // namespace noizy
