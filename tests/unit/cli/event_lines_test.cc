#include "cli/event_lines.h"

#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

TEST(EventLines, TellWhenInEveryFormOfEvent) {
  FakeClock clock;  // 2026-01-01T00:00:00Z
  clock.Advance(std::chrono::minutes(10));
  const WallTime now = clock.Now();
  const std::pair<const char*, const char*> cases[] = {
      {"{lastTimestamp: '2026-01-01T00:09:30Z'}", "30s"},
      {"{eventTime: '2026-01-01T00:05:00.000001Z'}", "4m59s"},
      {"{metadata: {creationTimestamp: '2026-01-01T00:00:00Z'}}", "10m"},
      {"{series: {lastObservedTime: '2026-01-01T00:09:59Z', count: 4}}", "1s (x4)"},
      {"{lastTimestamp: '2026-01-01T00:09:30Z', firstTimestamp: '2026-01-01T00:00:00Z', count: 7}",
       "30s (x7 over 10m)"},
      {"{lastTimestamp: '2026-01-01T00:20:00Z'}", "0s"},
      {"{}", "<unknown>"},
      {"{lastTimestamp: never}", "<unknown>"}};
  for (const auto& [event, when] : cases) EXPECT_EQ(WhenText(Yaml(event), now), when) << event;
}

TEST(EventLines, TellWho) {
  EXPECT_EQ(SourceOf(Yaml("{source: {component: a}, reportingComponent: b}")), "a");
  EXPECT_EQ(SourceOf(Yaml("{reportingComponent: b}")), "b");
}

}  // namespace
}  // namespace noizy::cli
