#include "machinery/base/object_gauges.h"

#include <gtest/gtest.h>

#include "machinery/base/metrics.h"

namespace noizy {
namespace {

bool Shows(const std::string& line) {
  return MetricsText().find("noizy_test_object" + line + "\n") != std::string::npos;
}

TEST(ObjectGaugesTest, ThoseOfObjectsThatAreGoneGoAway) {
  {
    ObjectGauges gauges("noizy_test_object", "Objects of a test");
    gauges.Replace({{{{"name", "a"}}, 1}, {{{"name", "b"}}, 2}});
    EXPECT_TRUE(Shows("{name=\"a\"} 1"));
    EXPECT_TRUE(Shows("{name=\"b\"} 2"));
    gauges.Replace({{{{"name", "b"}}, 3}, {{{"name", "c"}}, 4}});
    EXPECT_FALSE(Shows("{name=\"a\"} 1"));
    EXPECT_TRUE(Shows("{name=\"b\"} 3"));
    EXPECT_TRUE(Shows("{name=\"c\"} 4"));
  }
  EXPECT_FALSE(Shows("{name=\"b\"} 3"));
}

}  // namespace
}  // namespace noizy
