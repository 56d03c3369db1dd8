#include "tests/tidy/source_file.h"

#include <gtest/gtest.h>

namespace noizy::tidy {
namespace {

std::vector<std::string> FunctionsOf(std::string_view text) {
  std::vector<std::string> names;
  for (const Function& function : ParseSource(text).functions) {
    names.push_back(function.name + ":" + std::to_string(function.lines));
  }
  return names;
}

std::vector<std::string> TypesOf(std::string_view text) {
  std::vector<std::string> names;
  for (const TypeName& type : ParseSource(text).types) names.push_back(type.name);
  return names;
}

using Names = std::vector<std::string>;

TEST(SourceFile, TakesCommentsAndLiteralsOut) {
  const SourceFile file = ParseSource(
      "int a = 1'000;  // why\n"
      "/* two\n"
      "   lines */\n"
      "\n"
      "const char* s = \"// not { a comment\";\n"
      "char c = '\"'; char d = '\\'';\n"
      "auto r = R\"x(\n } \" // \n)x\";\n");
  EXPECT_EQ(file.lines[0].code, "int a = 1'000;        ");
  EXPECT_EQ(file.lines[0].comment, "why");
  EXPECT_EQ(file.lines[1].comment, "two");
  EXPECT_EQ(file.lines[4].code.find("comment"), std::string::npos);
  EXPECT_EQ(file.lines[7].code.find('}'), std::string::npos);
  EXPECT_EQ(file.comment_lines, 3U);
  EXPECT_EQ(file.filled_lines, 7U);
}

TEST(SourceFile, ReadsIncludes) {
  const SourceFile file =
      ParseSource("#include <vector>\n#include \"a/b.h\"\n// #include \"c.h\"\nint include;\n");
  ASSERT_EQ(file.includes.size(), 2U);
  EXPECT_TRUE(file.includes[0].angled);
  EXPECT_EQ(file.includes[0].path, "vector");
  EXPECT_FALSE(file.includes[1].angled);
  EXPECT_EQ(file.includes[1].path, "a/b.h");
  EXPECT_EQ(file.includes[1].line, 2U);
}

TEST(SourceFile, FindsFunctionsAndTheirLengths) {
  EXPECT_EQ(FunctionsOf("int F() { return 1; }\n"), Names{"F:1"});
  EXPECT_EQ(FunctionsOf("namespace a::b {\nint F(int x,\n      int y) {\n  if (x) {\n  }\n}\n}\n"),
            Names{"F:5"});
  EXPECT_EQ(FunctionsOf("template <typename T = int>\nvoid F() {\n}\n"), Names{"F:3"});
  EXPECT_EQ(FunctionsOf("bool A::operator==(const A& o) const {\n}\n"), Names{"operator:2"});
  EXPECT_EQ(FunctionsOf("auto F() -> std::string {\n}\nextern \"C\" {\nvoid G() {}\n}\n"),
            (Names{"F:2", "G:1"}));
  EXPECT_EQ(FunctionsOf("TEST(A, B) {\n}\n"), Names{"TEST(A, B):2"});
}

TEST(SourceFile, FindsMembersAndConstructors) {
  EXPECT_EQ(FunctionsOf("class A : public B {\n public:\n  A() : a_{1}, b_(2) {\n  }\n  int g() "
                        "const { return 1; }\n"
                        " private:\n  int a_{0};\n};\n"),
            (Names{"A:2", "g:1"}));
  EXPECT_EQ(FunctionsOf("A::A(int a) : Base<int>{a} {\n}\n"), Names{"A:2"});
  EXPECT_EQ(FunctionsOf("struct X {\n  void operator()() const {}\n};\n"), Names{"operator:1"});
}

TEST(SourceFile, TakesNoInitialiserForAFunction) {
  EXPECT_EQ(FunctionsOf(
                "const std::map<int, int> kMap = {\n{1, 2}};\nauto f = [](int a) { return a; };\n"),
            Names{});
  EXPECT_EQ(FunctionsOf("std::atomic<int> x{0};\nenum class E : int { kA, kB };\n"), Names{});
  EXPECT_EQ(FunctionsOf("#define OPEN(x) {\nint F() {\n}\n"), Names{"F:2"});
}

TEST(SourceFile, FindsTypes) {
  EXPECT_EQ(TypesOf("class NOIZY_CAPABILITY(\"m\") Mutex final : public Base<int> {\n struct Inner "
                    "{};\n};\n"),
            (Names{"Mutex", "Inner"}));
  EXPECT_EQ(TypesOf("enum class [[nodiscard]] Kind : std::uint8_t { kA };\ntemplate <class "
                    "T>\nstruct a::hash<X> {};\n"),
            (Names{"Kind", "hash"}));
  EXPECT_EQ(TypesOf("class Declared;\nstruct S s = {1};\n"), Names{});
}

}  // namespace
}  // namespace noizy::tidy
