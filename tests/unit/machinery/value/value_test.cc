#include "machinery/value/value.h"

#include <gtest/gtest.h>

#include <limits>

#include "machinery/value/json.h"

namespace noizy {
namespace {

Value Json(std::string_view text) {
  Result<Value> value = ParseJson(text);
  EXPECT_TRUE(value.ok()) << value.status().ToString();
  return value.ok() ? *std::move(value) : Value();
}

TEST(Value, FindWalksObjectsOnly) {
  const Value root = Json(R"({"a":{"b":[1]},"s":"x","n":null})");
  ASSERT_NE(Find(root, {"a", "b"}), nullptr);
  EXPECT_EQ(Find(root, {}), &root);
  EXPECT_EQ(Find(root, {"a", "c"}), nullptr);
  EXPECT_EQ(Find(root, {"s", "x"}), nullptr);
  EXPECT_EQ(Find(root, {"a", "b", "0"}), nullptr);
  EXPECT_TRUE(Find(root, {"n"})->is_null());
}

TEST(Value, TypedReadsGiveTheirNeutralValueForAnotherType) {
  const Value root =
      Json(R"({"s":"x","i":-7,"u":18446744073709551615,"d":3.0,"h":3.5,"b":true,"l":[1],"o":{}})");
  EXPECT_EQ(StringAt(root, {"s"}), "x");
  EXPECT_EQ(StringAt(root, {"i"}), "");
  EXPECT_EQ(IntAt(root, {"i"}), -7);
  EXPECT_EQ(IntAt(root, {"d"}), 3);
  EXPECT_EQ(IntAt(root, {"h"}), std::nullopt);
  EXPECT_EQ(IntAt(root, {"u"}), std::nullopt);
  EXPECT_EQ(IntAt(root, {"s"}), std::nullopt);
  EXPECT_EQ(IntAt(Value(9223372036854775808.0), {}), std::nullopt);
  EXPECT_EQ(IntAt(Value(-9223372036854775808.0), {}), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(IntAt(root, {"none"}), std::nullopt);
  EXPECT_TRUE(BoolAt(root, {"b"}));
  EXPECT_FALSE(BoolAt(root, {"i"}));
  EXPECT_NE(ArrayAt(root, {"l"}), nullptr);
  EXPECT_EQ(ArrayAt(root, {"o"}), nullptr);
  EXPECT_NE(ObjectAt(root, {"o"}), nullptr);
  EXPECT_EQ(ObjectAt(root, {"l"}), nullptr);
}

TEST(Value, SetMakesWhatIsMissingAbove) {
  Value root;
  Set(root, {"metadata", "labels", "a"}, "b");
  EXPECT_EQ(ToJson(root), R"({"metadata":{"labels":{"a":"b"}}})");
  Set(root, {"metadata", "labels", "a", "deeper"}, 1);
  EXPECT_EQ(ToJson(root), R"({"metadata":{"labels":{"a":{"deeper":1}}}})");
  EXPECT_TRUE(Ensure(root, {"status"}).is_null());
}

TEST(Value, RemoveKeepsTheOrderOfTheOthers) {
  Value root = Json(R"({"a":1,"b":{"x":1,"y":2,"z":3},"c":3,"d":4})");
  Remove(root, {"a"});
  Remove(root, {"b", "x"});
  Remove(root, {"b", "none"});
  Remove(root, {"none", "x"});
  Remove(root, {"c", "x"});
  Remove(root, {});
  EXPECT_EQ(ToJson(root), R"({"b":{"y":2,"z":3},"c":3,"d":4})");
}

TEST(Value, EqualityIgnoresMemberOrderAndNumberTypes) {
  EXPECT_TRUE(
      Equal(Json(R"({"a":1,"b":[2,{"c":null}]})"), Json(R"({"b":[2.0,{"c":null}],"a":1.0})")));
  EXPECT_FALSE(Equal(Json(R"([1,2])"), Json(R"([2,1])")));
  EXPECT_FALSE(Equal(Json(R"([1])"), Json(R"([1,1])")));
  EXPECT_FALSE(Equal(Json(R"({"a":1})"), Json(R"({"b":1})")));
  EXPECT_FALSE(Equal(Json(R"({"a":1})"), Json(R"({"a":1,"b":1})")));
  EXPECT_FALSE(Equal(Json("0"), Json("false")));
  EXPECT_FALSE(Equal(Json("null"), Json("{}")));
  EXPECT_TRUE(Equal(Json("null"), Json("null")));
  EXPECT_FALSE(Equal(Json(R"("1")"), Json("1")));
}

TEST(Value, NumbersAreComparedByWhatTheyAreWorth) {
  constexpr auto kBig = std::numeric_limits<std::uint64_t>::max();
  EXPECT_TRUE(Equal(Value(std::int64_t{5}), Value(std::uint64_t{5})));
  EXPECT_FALSE(Equal(Value(std::int64_t{-1}), Value(kBig)));
  EXPECT_TRUE(Equal(Value(kBig), Value(kBig)));
  EXPECT_FALSE(Equal(Value(1.5), Value(std::int64_t{1})));
  // 2^63 as a double is no int64, and must not be cast to one.
  EXPECT_FALSE(
      Equal(Value(9223372036854775808.0), Value(std::numeric_limits<std::int64_t>::max())));
  EXPECT_TRUE(Equal(Value(9223372036854775808.0), Value(std::uint64_t{1} << 63)));
  EXPECT_FALSE(Equal(Value(std::numeric_limits<double>::quiet_NaN()), Value(std::int64_t{0})));
}

}  // namespace
}  // namespace noizy
