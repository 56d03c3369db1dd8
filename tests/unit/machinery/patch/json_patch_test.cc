#include <gtest/gtest.h>

#include "machinery/patch/patch.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

Value Json(std::string_view text) {
  Result<Value> value = ParseJson(text);
  EXPECT_TRUE(value.ok()) << value.status().ToString() << text;
  return value.ok() ? *std::move(value) : Value();
}

/// The patched document as JSON, or the error's reason.
std::string Patched(std::string_view document, std::string_view operations) {
  Value value = Json(document);
  const Value before = value;
  const Status status = ApplyJsonPatch(value, Json(operations));
  if (status.ok()) return ToJson(value);
  EXPECT_TRUE(Equal(value, before)) << "a failed patch changed the document";
  EXPECT_FALSE(status.message().empty());
  return std::string(ReasonName(status.reason()));
}

struct Example {
  const char* name;
  const char* document;
  const char* patch;
  const char* result;
};

// The appendix of RFC 6902.
constexpr Example kRfcExamples[] = {
    {"A.1", R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])",
     R"({"foo":"bar","baz":"qux"})"},
    {"A.2", R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])",
     R"({"foo":["bar","qux","baz"]})"},
    {"A.3", R"({"baz":"qux","foo":"bar"})", R"([{"op":"remove","path":"/baz"}])",
     R"({"foo":"bar"})"},
    {"A.4", R"({"foo":["bar","qux","baz"]})", R"([{"op":"remove","path":"/foo/1"}])",
     R"({"foo":["bar","baz"]})"},
    {"A.5", R"({"baz":"qux","foo":"bar"})", R"([{"op":"replace","path":"/baz","value":"boo"}])",
     R"({"baz":"boo","foo":"bar"})"},
    {"A.6", R"({"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}})",
     R"([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}])",
     R"({"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}})"},
    {"A.7", R"({"foo":["all","grass","cows","eat"]})",
     R"([{"op":"move","from":"/foo/1","path":"/foo/3"}])",
     R"({"foo":["all","cows","eat","grass"]})"},
    {"A.8", R"({"baz":"qux","foo":["a",2,"c"]})",
     R"([{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}])",
     R"({"baz":"qux","foo":["a",2,"c"]})"},
    {"A.9", R"({"baz":"qux"})", R"([{"op":"test","path":"/baz","value":"bar"}])", "Invalid"},
    {"A.10", R"({"foo":"bar"})", R"([{"op":"add","path":"/child","value":{"grandchild":{}}}])",
     R"({"foo":"bar","child":{"grandchild":{}}})"},
    {"A.11", R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux","xyz":123}])",
     R"({"foo":"bar","baz":"qux"})"},
    {"A.12", R"({"foo":"bar"})", R"([{"op":"add","path":"/baz/bat","value":"qux"}])", "Invalid"},
    {"A.14", R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":10}])",
     R"({"/":9,"~1":10})"},
    {"A.15", R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":"10"}])", "Invalid"},
    {"A.16", R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/-","value":["abc","def"]}])",
     R"({"foo":["bar",["abc","def"]]})"}};

TEST(JsonPatch, DoesWhatTheRfcsExamplesShow) {
  for (const Example& example : kRfcExamples) {
    EXPECT_EQ(Patched(example.document, example.patch), example.result) << example.name;
  }
}

TEST(JsonPatch, ReachesEveryPlaceThatAPointerCanName) {
  EXPECT_EQ(Patched(R"({"":{"a/b":1}})", R"([{"op":"replace","path":"//a~1b","value":2}])"),
            R"({"":{"a/b":2}})");
  EXPECT_EQ(Patched("[1]", R"([{"op":"replace","path":"","value":{"a":null}}])"), R"({"a":null})");
  EXPECT_EQ(
      Patched("{}", R"([{"op":"add","path":"","value":[1]},{"op":"add","path":"/0","value":0}])"),
      "[0,1]");
  EXPECT_EQ(Patched(R"({"a":null})", R"([{"op":"test","path":"/a","value":null}])"),
            R"({"a":null})");
  EXPECT_EQ(Patched(R"({"a":1})", R"([{"op":"add","path":"/a","value":2}])"), R"({"a":2})");
  EXPECT_EQ(Patched(R"({"a":1,"b":2,"c":3})", R"([{"op":"remove","path":"/a"}])"),
            R"({"b":2,"c":3})");
  EXPECT_EQ(Patched(R"({"a":1})", R"([{"op":"remove","path":""}])"), "null");
}

TEST(JsonPatch, ComparesNumbersAndObjectsByWorth) {
  EXPECT_EQ(
      Patched(R"({"a":{"x":1,"y":2.0}})", R"([{"op":"test","path":"/a","value":{"y":2,"x":1.0}}])"),
      R"({"a":{"x":1,"y":2}})");
  EXPECT_EQ(Patched(R"({"a":[1,2]})", R"([{"op":"test","path":"/a","value":[2,1]}])"), "Invalid");
}

TEST(JsonPatch, RefusesWhatDoesNotFitTheDocument) {
  for (const char* operation :
       {R"({"op":"remove","path":"/none"})", R"({"op":"replace","path":"/none","value":1})",
        R"({"op":"test","path":"/none","value":1})", R"({"op":"add","path":"/list/3","value":1})",
        R"({"op":"add","path":"/list/01","value":1})",
        R"({"op":"add","path":"/list/+1","value":1})", R"({"op":"add","path":"/list/x","value":1})",
        R"({"op":"add","path":"/s/x","value":1})", R"({"op":"remove","path":"/list/-"})",
        R"({"op":"remove","path":"/list/2"})", R"({"op":"move","from":"/none","path":"/x"})",
        R"({"op":"copy","from":"/none","path":"/x"})", R"({"op":"move","from":"/o","path":"/o/p"})",
        R"({"op":"move","from":"","path":"/o"})",
        R"({"op":"add","path":"/list/99999999999999999999","value":1})"}) {
    EXPECT_EQ(Patched(R"({"list":[1,2],"s":"text","o":{}})", "[" + std::string(operation) + "]"),
              "Invalid")
        << operation;
  }
}

TEST(JsonPatch, RefusesWhatIsNoPatchBeforeAnythingElse) {
  for (const char* operations :
       {"{}", "[1]", "[{}]", R"([{"op":"frobnicate","path":"/a"}])", R"([{"op":"add","value":1}])",
        R"([{"op":"add","path":"a","value":1}])", R"([{"op":"add","path":"/a~2","value":1}])",
        R"([{"op":"add","path":"/a~","value":1}])", R"([{"op":"add","path":"/a"}])",
        R"([{"op":"test","path":"/a"}])", R"([{"op":"move","path":"/a"}])",
        R"([{"op":"copy","from":1,"path":"/a"}])",
        R"([{"op":"remove","path":"/none"},{"op":"add","path":1,"value":1}])"}) {
    EXPECT_EQ(Patched("{}", operations), "BadRequest") << operations;
  }
  Value document = Json("{}");
  EXPECT_EQ(ApplyJsonPatch(document,
                           Json(R"([{"op":"test","path":""  ,"value":{}},{"op":"x","path":""}])"))
                .message(),
            "operation 1 of the JSON patch: has the unknown op \"x\"");
}

TEST(JsonPatch, IsAllOrNothing) {
  EXPECT_EQ(
      Patched(R"({"a":1})", R"([{"op":"remove","path":"/a"},{"op":"test","path":"/a","value":1}])"),
      "Invalid");
}

TEST(JsonPatch, MovesOntoItselfAndOutOfItself) {
  EXPECT_EQ(Patched(R"({"a":1})", R"([{"op":"move","from":"/a","path":"/a"}])"), R"({"a":1})");
  EXPECT_EQ(Patched(R"({"a":{"b":1}})", R"([{"op":"move","from":"/a/b","path":"/a"}])"),
            R"({"a":1})");
  EXPECT_EQ(Patched(R"({"a":{"b":1}})", R"([{"op":"copy","from":"","path":"/a/c"}])"),
            R"({"a":{"b":1,"c":{"a":{"b":1}}}})");
}

std::string Repeated(std::string_view operation, int times) {
  std::string all = "[";
  for (int i = 0; i < times; ++i) all += (i == 0 ? "" : ",") + std::string(operation);
  return all + "]";
}

TEST(JsonPatch, BoundsWhatCopiesAddUp) {
  EXPECT_EQ(Patched(R"({"a":["x"]})", Repeated(R"({"op":"copy","from":"/a","path":"/a/-"})", 30)),
            "RequestEntityTooLarge")
      << "each copy doubles the array";
  const std::string wide = R"({"a":")" + std::string(10'000, 'x') + R"(","l":[]})";
  EXPECT_EQ(Patched(wide, Repeated(R"({"op":"copy","from":"/a","path":"/l/-"})", 400)),
            "RequestEntityTooLarge");
  EXPECT_NE(Patched(wide, Repeated(R"({"op":"copy","from":"/a","path":"/l/-"})", 100)),
            "RequestEntityTooLarge");
  EXPECT_EQ(Patched("{}", Repeated(R"({"op":"test","path":"","value":{}})", 10'001)),
            "RequestEntityTooLarge");
  EXPECT_EQ(Patched("{}", Repeated(R"({"op":"test","path":"","value":{}})", 10'000)), "{}");
}

TEST(JsonPatch, KeepsTheDepthThatAParserReads) {
  const std::string deep = std::string(60, '[') + std::string(60, ']');
  const auto nested = [&](int levels) {
    std::string path;
    std::string document = "0";
    for (int i = 0; i < levels; ++i) {
      path += "/a";
      document = R"({"a":)" + document + "}";
    }
    return Patched(document, R"([{"op":"replace","path":")" + path + R"(","value":)" + deep + "}]");
  };
  EXPECT_NE(nested(4), "Invalid");
  EXPECT_TRUE(ParseJson(nested(4)).ok());
  EXPECT_EQ(nested(5), "Invalid");
}

}  // namespace
}  // namespace noizy
