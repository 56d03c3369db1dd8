#include "machinery/meta/struct_codec.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy {
namespace {

struct Inner {
  std::int64_t id = 0;
  bool operator==(const Inner&) const = default;
};

struct Outer {
  std::string text;
  double number = 1;
  bool flag = false;
  std::optional<std::int64_t> maybe;
  std::optional<Inner> inner;
  std::vector<Inner> list;
  std::map<std::string, IntOrString> amounts;
  std::vector<Condition> conditions;
  Value raw;
  ObjectMeta metadata;
  bool operator==(const Outer&) const = default;
};

void ReadFields(const StructReader& in, Inner& out) {
  in.Read("id", out.id);
}
void WriteFields(StructWriter& out, const Inner& in) {
  out.Write("id", in.id, Emit::kAlways);
}

void ReadFields(const StructReader& in, Outer& out) {
  in.Expect("kind", "Outer");
  in.Read("text", out.text);
  in.Read("number", out.number);
  in.Read("flag", out.flag);
  in.Read("maybe", out.maybe);
  in.Read("inner", out.inner);
  in.Read("list", out.list);
  in.Read("amounts", out.amounts);
  in.Read("conditions", out.conditions);
  in.Read("raw", out.raw);
  in.Read("metadata", out.metadata);
}

void WriteFields(StructWriter& out, const Outer& in) {
  out.Write("text", in.text);
  out.Write("number", in.number);
  out.Write("flag", in.flag);
  out.Write("maybe", in.maybe);
  out.Write("inner", in.inner);
  out.Write("list", in.list);
  out.Write("amounts", in.amounts);
  out.Write("conditions", in.conditions);
  out.Write("raw", in.raw);
  out.Write("metadata", in.metadata, Emit::kAlways);
}

std::string Fault(std::string_view json) {
  return ReadStruct<Outer>(*ParseJson(json)).status().message();
}

TEST(StructCodec, RoundTripsEveryForm) {
  const Value value = *ParseJson(R"({"text":"a","number":2.5,"flag":true,"maybe":0,"inner":{"id":1},
      "list":[{"id":2},{"id":3}],"amounts":{"cpu":"500m","gpu":1,"memory":"1"},
      "conditions":[{"type":"Ready","status":"True","reason":"Up","message":"m","lastTransitionTime":"t","observedGeneration":4}],
      "raw":{"any":[1]},"metadata":{"name":"n"}})");
  const auto outer = ReadStruct<Outer>(value);
  ASSERT_TRUE(outer.ok()) << outer.status().message();
  EXPECT_EQ(outer->maybe, 0);
  EXPECT_EQ(outer->amounts.at("gpu"), "1");
  EXPECT_EQ(outer->conditions.at(0).observed_generation, 4);
  EXPECT_TRUE(Equal(WriteStruct(*outer), value)) << ToJson(WriteStruct(*outer));
}

TEST(StructCodec, AbsentAndNullLeaveTheDefaults) {
  const auto outer =
      ReadStruct<Outer>(*ParseJson(R"({"text":null,"number":null,"inner":null,"list":null})"));
  ASSERT_TRUE(outer.ok());
  EXPECT_EQ(*outer, Outer());
  EXPECT_EQ(ToJson(WriteStruct(Outer())), R"({"number":1,"flag":false,"metadata":{}})");
}

TEST(StructCodec, NamesTheFirstFieldOfAWrongType) {
  EXPECT_EQ(Fault(R"({"text":5})"), "text: must be a string");
  EXPECT_EQ(Fault(R"({"number":"x"})"), "number: must be a number");
  EXPECT_EQ(Fault(R"({"flag":1})"), "flag: must be a boolean");
  EXPECT_EQ(Fault(R"({"maybe":1.5})"), "maybe: must be an integer");
  EXPECT_EQ(Fault(R"({"maybe":1e30})"), "maybe: must be an integer");
  EXPECT_EQ(Fault(R"({"inner":[]})"), "inner: must be an object");
  EXPECT_EQ(Fault(R"({"list":{}})"), "list: must be an array");
  EXPECT_EQ(Fault(R"({"list":[{"id":1},{"id":"x"}]})"), "list[1].id: must be an integer");
  EXPECT_EQ(Fault(R"({"amounts":{"cpu":true}})"), "amounts.cpu: must be an integer or a string");
  EXPECT_EQ(Fault(R"({"kind":"Inner"})"), "kind: must be \"Outer\"");
  EXPECT_EQ(Fault(R"({"text":1,"flag":1})"), "text: must be a string");
  EXPECT_EQ(Fault("[]"), "must be an object");
  EXPECT_EQ(Fault(R"({"maybe":2.0,"number":3})"), "");
}

TEST(IntOrString, IsAStringThatRemembersItWasANumber) {
  const IntOrString number = IntOrString::Number(8);
  EXPECT_EQ(number, "8");
  EXPECT_TRUE(number.is_number);
  EXPECT_FALSE(IntOrString("8").is_number);
  EXPECT_EQ(number, IntOrString("8"));
}

}  // namespace
}  // namespace noizy
