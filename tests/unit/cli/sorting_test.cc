#include "cli/sorting.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

std::string Sorted(std::string_view path, std::string_view objects) {
  const Value list = *ParseJson(objects);
  std::vector<Value> sorted(list.get_array().begin(), list.get_array().end());
  const Result<SortOrder> order = SortOrder::Parse(path);
  if (!order.ok()) return order.status().message();
  order->Sort(sorted);
  std::string out;
  for (const Value& object : sorted) out += ToJson(object.at("v"));
  return out;
}

TEST(SortOrder, GoesBySizeAndByName) {
  EXPECT_EQ(Sorted(".v", R"([{"v":10},{"v":9},{"v":1.5}])"),
            "1.59"
            "10");
  EXPECT_EQ(Sorted("{.v}", R"([{"v":"1Gi"},{"v":"900Mi"},{"v":"5"}])"), R"("5""900Mi""1Gi")");
  EXPECT_EQ(Sorted("v", R"([{"v":"m10"},{"v":"m9"},{"v":"a"}])"), R"("a""m9""m10")");
}

TEST(SortOrder, PutsWhatHasNothingFirstAndKeepsEquals) {
  EXPECT_EQ(Sorted(".k", R"([{"v":1,"k":"b"},{"v":2},{"v":3,"k":"a"},{"v":4},{"v":5,"k":"a"}])"),
            "24351");
  EXPECT_NE(Sorted("{.v", "[]"), "");
}

TEST(SortOrder, SortsRowsByTheirObjects) {
  Value table = *ParseJson(R"({"rows":[{"object":{"v":2}},{"object":{"v":1}},{}]})");
  SortOrder::Parse(".v")->SortRows(table);
  EXPECT_EQ(ToJson(table), R"({"rows":[{},{"object":{"v":1}},{"object":{"v":2}}]})");
}

TEST(NaturalOrder, ReadsTheNumbersInTexts) {
  for (const auto& [before, after] : std::initializer_list<std::pair<const char*, const char*>>{
           {"a9", "a10"}, {"a", "a1"}, {"a01", "a2"}, {"1b", "1c"}, {"2026-01-02", "2026-01-10"}}) {
    EXPECT_TRUE(IsNaturallyBefore(before, after)) << before;
    EXPECT_FALSE(IsNaturallyBefore(after, before)) << before;
  }
  EXPECT_FALSE(IsNaturallyBefore("a", "a"));
}

}  // namespace
}  // namespace noizy::cli
