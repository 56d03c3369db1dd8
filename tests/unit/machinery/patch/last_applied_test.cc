#include "machinery/patch/last_applied.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy {
namespace {

TEST(LastAppliedText, IsSortedEscapedAndWithoutItself) {
  Value object =
      *ParseJson(R"({"kind":"A","apiVersion":"v1","spec":{"b":[{"z":1,"y":"<&>"}],"a":null}})");
  const std::string expected =
      R"({"apiVersion":"v1","kind":"A","metadata":{"annotations":{}},"spec":{"a":null,"b":[{"y":"\u003c\u0026\u003e","z":1}]}})"
      "\n";
  EXPECT_EQ(LastAppliedText(object), expected);
  Set(object, {"metadata", "annotations", kLastAppliedAnnotation}, Value("old"));
  EXPECT_EQ(LastAppliedText(object), expected);
}

}  // namespace
}  // namespace noizy
