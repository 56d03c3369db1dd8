#include "machinery/schema/version_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace noizy {
namespace {

TEST(VersionOrder, PrefersStableThenHigher) {
  std::vector<std::string> versions{"foo10",    "v1",   "v11alpha2", "v10", "v3beta1",
                                    "v11beta2", "foo1", "v12alpha1", "v2",  "v10beta3"};
  std::sort(versions.begin(), versions.end(), IsPreferredVersion);
  EXPECT_THAT(versions, testing::ElementsAre("v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1",
                                             "v12alpha1", "v11alpha2", "foo1", "foo10"));
}

}  // namespace
}  // namespace noizy
