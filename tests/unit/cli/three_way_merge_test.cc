#include "cli/three_way_merge.h"

#include <gtest/gtest.h>

#include "machinery/meta/meta.h"
#include "machinery/patch/patch.h"
#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

Value Json(std::string_view text) {
  return *ParseJson(text);
}

/// The patch from what is live (last applied as `last` says) to what is wanted.
std::string PatchOf(std::string_view last, Value live, std::string_view wanted) {
  Set(live, {"metadata", "annotations", kLastAppliedAnnotation}, boost::json::string(last));
  Value patch = ThreeWayMergePatch(live, WithLastApplied(Json(wanted)));
  Remove(patch, {"metadata"});
  return ToJson(patch);
}

TEST(ThreeWayMerge, SetsRemovesAndLeavesAlone) {
  EXPECT_EQ(PatchOf(R"({"spec":{"a":1,"gone":2}})", Json(R"({"spec":{"a":1,"gone":2,"theirs":3}})"),
                    R"({"spec":{"a":5}})"),
            R"({"spec":{"gone":null,"a":5}})");
  EXPECT_EQ(PatchOf(R"({"spec":{"gone":2}})", Json(R"({"spec":{"theirs":3}})"),
                    R"({"spec":{"theirs":3}})"),
            R"({"spec":{"gone":null}})")
      << "with the annotation's change; by itself it would be nothing to do";
  EXPECT_EQ(PatchOf(R"({"spec":{"a":{"b":1}}})", Json(R"({"spec":{"a":{"b":1,"c":2}}})"),
                    R"({"spec":{"a":{}}})"),
            R"({"spec":{"a":{"b":null}}})");
  EXPECT_EQ(PatchOf("{}", Json(R"({"spec":{"l":[1,2]}})"), R"({"spec":{"l":[1]}})"),
            R"({"spec":{"l":[1]}})");
  EXPECT_EQ(PatchOf("{}", Json(R"({"spec":{}})"), R"({"spec":{"new":{}}})"),
            R"({"spec":{"new":{}}})");
}

TEST(ThreeWayMerge, WithoutAnAnnotationNothingIsRemoved) {
  const Value wanted = WithLastApplied(Json(R"({"spec":{"a":1}})"));
  Value patch = ThreeWayMergePatch(Json(R"({"spec":{"a":1,"b":2}})"), wanted);
  Remove(patch, {"metadata"});
  EXPECT_EQ(ToJson(patch), "{}");
  EXPECT_EQ(PatchOf("no json", Json(R"({"spec":{"b":2}})"), R"({"spec":{}})"), "{}");
}

TEST(ThreeWayMerge, IsAtItsEndAfterOneApplication) {
  Value live =
      Json(R"({"metadata":{"name":"a","uid":"u"},"spec":{"a":1,"b":{"c":[1]}},"status":{"x":1}})");
  const Value wanted = WithLastApplied(Json(R"({"metadata":{"name":"a"},"spec":{"b":{"d":2}}})"));
  ApplyMergePatch(live, ThreeWayMergePatch(live, wanted));
  EXPECT_EQ(ToJson(ThreeWayMergePatch(live, wanted)), "{}");
  EXPECT_EQ(StringAt(live, {"metadata", "uid"}), "u");
}

TEST(WithLastApplied, DoesNotHoldItself) {
  const Value once = WithLastApplied(Json(R"({"metadata":{"name":"a"}})"));
  EXPECT_EQ(AnnotationOf(once, kLastAppliedAnnotation),
            "{\"metadata\":{\"annotations\":{},\"name\":\"a\"}}\n");
  EXPECT_TRUE(Equal(WithLastApplied(once), once));
}

TEST(WithLastApplied, IsKubectlsVeryText) {
  const Value object = WithLastApplied(
      Json(R"({"kind":"K","spec":{"b":["<&>",{"z":1,"y":2}],"a":null},"apiVersion":"v1"})"));
  EXPECT_EQ(
      AnnotationOf(object, kLastAppliedAnnotation),
      R"({"apiVersion":"v1","kind":"K","metadata":{"annotations":{}},"spec":{"a":null,"b":["\u003c\u0026\u003e",{"y":2,"z":1}]}})"
      "\n");
}

}  // namespace
}  // namespace noizy::cli
