#include "cli/amounts.h"

#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

TEST(Amounts, ReadNumbersAndQuantities) {
  const Value object = Yaml("{cpu: 500m, memory: 2Gi, gpus: 3, half: 0.5, name: a}");
  EXPECT_EQ(AmountAt(object, {"cpu"}), 0.5);
  EXPECT_EQ(AmountAt(object, {"memory"}), 2147483648.0);
  EXPECT_EQ(AmountAt(object, {"gpus"}), 3);
  EXPECT_EQ(AmountAt(object, {"name"}), 0);
  EXPECT_EQ(AmountAt(object, {"missing"}), 0);
  EXPECT_EQ(NumberAt(object, {"half"}), 0.5);
  EXPECT_EQ(NumberAt(object, {"cpu"}), 0);
}

TEST(Amounts, AreShownInWholeNumbers) {
  EXPECT_EQ(Rounded(2.4), "2");
  EXPECT_EQ(Rounded(2.5), "3");
  EXPECT_EQ(Share(1, 4), "25%");
  EXPECT_EQ(Share(1, 0), "<unknown>");
}

}  // namespace
}  // namespace noizy::cli
