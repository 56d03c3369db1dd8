#include "machinery/base/metrics.h"

#include <gtest/gtest.h>

namespace noizy {
namespace {

TEST(MetricsTest, TheSameNameAndLabelsAreOneMetric) {
  Counter a("noizy_test_total", "A test", {{"verb", "get"}});
  Counter b("noizy_test_total", "A test", {{"verb", "get"}});
  Counter other("noizy_test_total", "A test", {{"verb", "list"}});
  a.Increment();
  b.Increment(2);
  EXPECT_EQ(a.Value(), 3);
  EXPECT_EQ(other.Value(), 0);
}

TEST(MetricsTest, TheTextIsPrometheus) {
  Gauge gauge("noizy_test_depth", "Depth");
  gauge.Set(4);
  gauge.Increment();
  gauge.Decrement(2);
  EXPECT_EQ(gauge.Value(), 3);
  Histogram histogram("noizy_test_seconds", "Time", {0.1, 1});
  histogram.Observe(0.05);
  histogram.Observe(0.5);
  const std::string text = MetricsText();
  EXPECT_NE(text.find("# TYPE noizy_test_depth gauge\nnoizy_test_depth 3\n"), std::string::npos);
  EXPECT_NE(text.find("noizy_test_seconds_bucket{le=\"0.1\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("noizy_test_seconds_bucket{le=\"+Inf\"} 2\n"), std::string::npos);
  EXPECT_FALSE(LatencyBuckets().empty());
}

}  // namespace
}  // namespace noizy
