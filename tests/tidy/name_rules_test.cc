#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tidy/rules.h"

namespace noizy::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Repository One(const std::string& path, const std::string& text) {
  return Repository::Of({{path, text}});
}

TEST(NameRules, EmptyWordsInNamesAreFound) {
  EXPECT_THAT(BannedNames(One("a/task_manager.cc", "")), ElementsAre(HasSubstr("\"manager\"")));
  EXPECT_THAT(BannedNames(One("a/utils.h", "")).size(), 1U);
  EXPECT_THAT(BannedNames(One("a/a.h", "struct NodeInfo {};\n")),
              ElementsAre(HasSubstr("a/a.h:1: \"info\" in NodeInfo")));
  EXPECT_THAT(BannedNames(One("a/a.h", "enum class Types { kA };\nclass Handler2 {};\n")).size(),
              2U);
}

TEST(NameRules, WordsThatOnlyHoldAnEmptyOnePass) {
  EXPECT_THAT(BannedNames(One("a/object_metadata.h",
                              "struct Metadata {};\nclass Database {};\nint data;\n")),
              IsEmpty());
}

TEST(NameRules, BannedCallsNameTheReplacement) {
  EXPECT_THAT(BannedCalls(One("a/a.cc", "int x = atoi(s);\n")),
              ElementsAre(HasSubstr("use std::from_chars")));
  EXPECT_THAT(BannedCalls(One("a/a.cc", "std::regex r;\n")), ElementsAre(HasSubstr("RE2")));
  EXPECT_THAT(BannedCalls(One("a/a.cc", "std::cout << 1;\n")), ElementsAre(HasSubstr("LogInfo")));
  EXPECT_THAT(BannedCalls(One("a/a.cc", "system (s); rand();\n")).size(), 2U);
  EXPECT_THAT(
      BannedCalls(One("tests/a.cc", "std::this_thread::sleep_for(1s);\nsleep(1);\n")).size(), 2U);
}

TEST(NameRules, WhatOnlyLooksLikeABannedCallPasses) {
  EXPECT_THAT(BannedCalls(One("cli/a.cc", "std::cout << 1;\n")), IsEmpty());
  EXPECT_THAT(BannedCalls(One("machinery/os/a.cc", "sleep_for(1s);\n")), IsEmpty());
  EXPECT_THAT(
      BannedCalls(
          One("tests/a.cc", "clock.sleep(1); // sleep(1)\nint rand = 1; regex();\n\"system(\";\n")),
      IsEmpty());
}

TEST(NameRules, RawNewSaysWhoOwns) {
  EXPECT_THAT(RawNewAndDelete(One("a/a.cc", "auto* x = new X;\ndelete x;\n")).size(), 2U);
  EXPECT_THAT(
      RawNewAndDelete(One(
          "a/a.cc", "auto* x = new X;  // owned by the queue\n// The queue owns it.\nf(new X);\n")),
      IsEmpty());
  EXPECT_THAT(RawNewAndDelete(One("a/a.cc", "X(const X&) = delete;\nint new_x;\n")), IsEmpty());
}

TEST(NameRules, ThereIsOneErrorEnum) {
  EXPECT_THAT(ExtraErrorEnums(One("a/a.h", "enum class ParseError { kA };\n")),
              ElementsAre(HasSubstr("StatusReason")));
  EXPECT_THAT(ExtraErrorEnums(One("a/a.h", "class ParseError {};\nenum class Color { kA };\n")),
              IsEmpty());
}

TEST(NameRules, MarksOfUnfinishedWorkAreFound) {
  const std::string mark = std::string("TO") + "DO";
  EXPECT_THAT(UnfinishedMarks(One("docs/a.md", "\n" + mark + ": later\n")),
              ElementsAre(HasSubstr("docs/a.md:2")));
  EXPECT_THAT(UnfinishedMarks(One("a.sh", "mktemp /tmp/a.XXXXXX\n")), IsEmpty());
}

}  // namespace
}  // namespace noizy::tidy
