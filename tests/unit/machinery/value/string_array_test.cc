#include "machinery/value/string_array.h"

#include <gtest/gtest.h>

namespace noizy {
namespace {

using Texts = std::vector<std::string>;

TEST(StringArrayTest, ReadsTheStringsAndLeavesTheRestOut) {
  const Value root = Object{{"a", Object{{"b", Array{"x", 1, "y", nullptr}}}}};
  EXPECT_EQ(StringsAt(root, {"a", "b"}), (Texts{"x", "y"}));
}

TEST(StringArrayTest, WhatIsNoArrayHasNone) {
  const Value root = Object{{"text", "x"}};
  EXPECT_EQ(StringsAt(root, {"text"}), Texts());
  EXPECT_EQ(StringsAt(root, {"missing"}), Texts());
  EXPECT_EQ(StringsAt(Value(), {"any"}), Texts());
}

TEST(StringArrayTest, IsReadBackAsItWasWritten) {
  const Texts texts = {"one", "", "three"};
  EXPECT_EQ(StringsAt(Object{{"list", StringArray(texts)}}, {"list"}), texts);
}

}  // namespace
}  // namespace noizy
