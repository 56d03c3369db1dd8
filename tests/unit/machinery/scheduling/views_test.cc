#include "machinery/scheduling/views.h"

#include <gtest/gtest.h>

#include <set>

namespace noizy::scheduling {
namespace {

TEST(Resources, SumsAreExactAndForgetZeros) {
  Resources sum = {{"cpu", 1}};
  AddTo(sum, {{"cpu", 2}, {"memory", 5}, {"gpu", 0}});
  EXPECT_EQ(sum, (Resources{{"cpu", 3}, {"memory", 5}}));
  TakeFrom(sum, {{"cpu", 1}, {"memory", 5}});
  EXPECT_EQ(sum, (Resources{{"cpu", 2}}));
  TakeFrom(sum, {{"disk", 4}});
  EXPECT_EQ(At(sum, "disk"), -4);
  EXPECT_EQ(At(sum, "memory"), 0);
}

TEST(MissingResource, NamesTheFirst) {
  EXPECT_EQ(MissingResource({{"cpu", 2}}, {{"cpu", 4}}, {{"cpu", 2}}), "");
  EXPECT_EQ(MissingResource({{"cpu", 3}, {"gpu", 1}}, {{"cpu", 4}}, {{"cpu", 2}}), "cpu");
  EXPECT_EQ(MissingResource({{"gpu", 1}}, {{"cpu", 4}}, {}), "gpu");
  EXPECT_EQ(MissingResource({{"gpu", 0}}, {}, {{"gpu", 3}}), "") << "nothing is always there";
}

TEST(HashOf, SpreadsNeighbours) {
  EXPECT_EQ(HashOf("a"), HashOf("a"));
  std::set<std::uint64_t> low;
  for (int i = 0; i < 100; ++i) low.insert(HashOf("node-" + std::to_string(i)) % 64);
  EXPECT_GT(low.size(), 40U);
}

}  // namespace
}  // namespace noizy::scheduling
