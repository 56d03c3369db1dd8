#include <gtest/gtest.h>

#include "machinery/value/json.h"
#include "machinery/value/yaml.h"

namespace noizy {
namespace {

/// The documents as JSON, one a line; or the error's message.
std::string Read(std::string_view text, const YamlReadOptions& options = {}) {
  const Result<std::vector<YamlDocument>> documents = ParseYaml(text, options);
  if (!documents.ok()) {
    EXPECT_EQ(documents.status().reason(), StatusReason::kBadRequest);
    return documents.status().message();
  }
  std::string all;
  for (const YamlDocument& document : *documents) {
    if (!all.empty()) all += '\n';
    AppendJson(all, document.value);
  }
  return all;
}

TEST(ParseYaml, ReadsAManifest) {
  EXPECT_EQ(
      Read("apiVersion: noizy.dev/v1\n"
           "kind: Task  # a comment\n"
           "metadata: {name: a, labels: {x: \"1\"}}\n"
           "spec:\n"
           "  exec:\n"
           "    command: [echo, 'it''s', \"\\u00e9\\n\"]\n"
           "  env:\n"
           "  - name: A\n"
           "    value: ~\n"
           "  - {name: B, value: 0x10}\n"
           "  script: |\n"
           "    one\n"
           "      two\n"
           "  folded: >-\n"
           "    a\n"
           "    b\n"),
      R"({"apiVersion":"noizy.dev/v1","kind":"Task","metadata":{"name":"a","labels":{"x":"1"}},)"
      R"("spec":{"exec":{"command":["echo","it's","é\n"]},"env":[{"name":"A","value":null},)"
      R"({"name":"B","value":16}],"script":"one\n  two\n","folded":"a b"}})");
}

TEST(ParseYaml, SkipsEmptyDocumentsAndTellsWhereTheOthersStart) {
  const Result<std::vector<YamlDocument>> documents = ParseYaml(
      "# only a comment\n---\n---\na: 1\n---\n# nothing\n---\nnull\n...\n# x\n--- # y\n\nb: 2\n");
  ASSERT_TRUE(documents.ok()) << documents.status().ToString();
  ASSERT_EQ(documents->size(), 2U);
  EXPECT_EQ((*documents)[0].line, 4);
  EXPECT_EQ(ToJson((*documents)[1].value), R"({"b":2})");
  EXPECT_EQ((*documents)[1].line, 13);
  EXPECT_EQ(Read("a: 1\n...\n\n# c\nb: 2\n"), "{\"a\":1}\n{\"b\":2}");
  EXPECT_EQ(Read(""), "");
  EXPECT_EQ(Read("\n\n# c"), "");
}

TEST(ParseYaml, ReadsJsonAndRowsOfJson) {
  EXPECT_EQ(Read("\n {\"a\": [1, \"\\ud83d\\ude00\"]}\n"), "{\"a\":[1,\"😀\"]}");
  EXPECT_EQ(Read("{\"a\":1}\n{\"b\":2}\n"), "{\"a\":1}\n{\"b\":2}");
  EXPECT_EQ(ParseYaml("\n\n{\"a\":1}")->front().line, 3);
}

TEST(ParseYaml, MakesKeysOfNumbersAndBooleans) {
  EXPECT_EQ(Read("1: a\ntrue: b\n1.5: c\n0x10: d\n\"2\": e\n"),
            R"({"1":"a","true":"b","1.5":"c","16":"d","2":"e"})");
  EXPECT_EQ(Read("yes: a\ntrue: b"), "line 2, column 1: duplicate key \"true\"");
}

TEST(ParseYaml, AppliesTags) {
  EXPECT_EQ(Read("[!!str 12, !!int \"12\", !!float 1, !!bool yes, !!null \"\", ! 12, !!str, "
                 "!!timestamp 1]"),
            R"(["12",12,1,true,null,"12","","1"])");
  EXPECT_EQ(Read("a: !!binary |\n  aGVs\n  bG8=\n"), R"({"a":"hello"})");
  EXPECT_EQ(Read("!!map {a: !!seq [1]}"), R"({"a":[1]})");
  EXPECT_EQ(
      Read("a: !!binary /w=="),
      "line 1, column 4: the bytes of !!binary are no UTF-8, so no JSON string can hold them");
  EXPECT_EQ(Read("a: !!int x"), "line 1, column 4: \"x\" is no value for the tag !!int");
  EXPECT_EQ(Read("a: !secret x"), "line 1, column 4: the tag !secret is not supported");
  EXPECT_EQ(Read("a: !!set {x}"),
            "line 1, column 4: the tag tag:yaml.org,2002:set is not supported here");
}

TEST(ParseYaml, ExpandsAliases) {
  EXPECT_EQ(Read("a: &x {k: [1, 2]}\nb: *x\nc: &y s\n*y : d"),
            R"({"a":{"k":[1,2]},"b":{"k":[1,2]},"c":"s","s":"d"})");
  EXPECT_EQ(Read("a: &x 1\nb: &x 2\nc: *x"), R"({"a":1,"b":2,"c":2})");
  EXPECT_EQ(Read("a: &x 1\n---\nb: *x"),
            "line 3, column 4: the alias names no anchor of this document");
  EXPECT_EQ(Read("a: &x [*x]"), "line 1, column 8: an alias stands inside the value that it names");
  EXPECT_EQ(Read("a: &x 1\n---\nb: &x [*x]").substr(0, 6), "line 3") << "another document's anchor";
}

TEST(ParseYaml, MergesMappings) {
  EXPECT_EQ(Read("b: &b {x: 1, w: 2}\nc: {<<: *b, x: 3, z: 4}"),
            R"({"b":{"x":1,"w":2},"c":{"x":3,"z":4,"w":2}})");
  EXPECT_EQ(Read("<<: [{x: 1}, {x: 2, w: 3}]\nz: 0"), R"({"z":0,"x":1,"w":3})");
  EXPECT_EQ(Read("\"<<\": 1"), R"({"<<":1})");
  EXPECT_EQ(Read("a: <<"), R"({"a":"<<"})");
  EXPECT_EQ(Read("<<: 1"),
            "line 1, column 5: the value of << is neither a mapping nor a list of mappings");
}

TEST(ParseYaml, NamesLineAndColumnOfADuplicate) {
  EXPECT_EQ(Read("metadata:\n  name: a\n  name: b\n"), "line 3, column 3: duplicate key \"name\"");
  EXPECT_EQ(Read("{\"a\":1,\n \"a\":2}"), "line 2, column 2: duplicate key \"a\"");
  EXPECT_EQ(Read("a:\na: 1"), "line 2, column 1: duplicate key \"a\"");
}

TEST(ParseYaml, RefusesQuotesThatAreNotClosed) {
  // yaml-cpp itself overlooks the second and the third.
  EXPECT_EQ(Read("a: \"x"),
            "line 1, column 6: the text ends inside a quoted text: its closing quote is missing");
  for (const char* text :
       {"a: \"x\nb: y\n", "a: 'x\nb: y\n\n", "a: !!str &k 'x\n", "- 'it''s\n", "a: \"x\\\"\n"}) {
    EXPECT_NE(Read(text).find("closing quote"), std::string::npos) << text;
  }
  EXPECT_EQ(Read("a: 'it''s'\n"), R"({"a":"it's"})");
  EXPECT_EQ(Read("a: '''x'''\n"), R"({"a":"'x'"})");
  EXPECT_EQ(Read("a: \"x\\\"\"\n"), R"({"a":"x\""})");
  EXPECT_EQ(Read("a: &k !!str\n  \"x\"\n"), R"({"a":"x"})");
}

TEST(ParseYaml, RefusesTextThatBelongsToNothing) {
  for (const char* text : {"\"a\"b",
                           "[a]b",
                           "{a: b}c",
                           "- a\nb: c",
                           "\"a\":b",
                           "&a *b",
                           "a\n---b\n---\nc: d\n e: f",
                           "[a,,b]",
                           "[,]",
                           "{,}",
                           "{a: 1,, b: 2}",
                           "[a, b",
                           "{a: b",
                           "a: b: c",
                           "a: - b",
                           "a: @x",
                           "a: `x",
                           "a: ]",
                           ": a",
                           "? [a]\n: b",
                           "{[a]: b}",
                           "~: a",
                           "&a : b",
                           "a: \"\\q\"",
                           "a: |x\n b",
                           "\"a\" \"b\""}) {
    EXPECT_EQ(Read(text).substr(0, 5), "line ") << text;
  }
  EXPECT_EQ(Read("a: 1\n]"), "line 2, column 1: illegal flow end");
  EXPECT_EQ(Read("a: 1\nb\n"), "line 2, column 1: expected \":\" after the key \"b\"");
  EXPECT_EQ(Read("a: 1\n&k b"), "line 2, column 1: expected \":\" after the key \"b\"");
  EXPECT_EQ(Read("'s'---\na"),
            "line 1, column 4: unexpected text after the end of a document (a new one "
            "begins with \"---\")");
}

TEST(ParseYaml, TakesKeysWithoutAValueWhereYamlDoes) {
  EXPECT_EQ(Read("a:\nb: {c, d: }\ne:"), R"({"a":null,"b":{"c":null,"d":null},"e":null})");
  EXPECT_EQ(Read("? a\n? b\n"), R"({"a":null,"b":null})");
  EXPECT_EQ(Read("'a: b' : # c"), R"({"a: b":null})");
  EXPECT_EQ(Read("a: 1\n'b: c' # x: y\n").substr(0, 26), "line 2, column 1: expected");
}

TEST(ParseYaml, TakesDirectivesAboveADocumentOnly) {
  EXPECT_EQ(Read("# c\n%YAML 1.2\n%TAG ! tag:x,1:\n---\na: 1\n...\n%YAML 1.1\n---\nb: 2"),
            "{\"a\":1}\n{\"b\":2}");
  EXPECT_EQ(Read("a: 1\n%b: 2\n").substr(0, 16), "line 2, column 1");
  EXPECT_EQ(Read("a: |\n  x\n%YAML 1.1\n").substr(0, 16), "line 3, column 1");
  EXPECT_EQ(Read("%FOO\n---\na: 1").substr(0, 16), "line 1, column 1");
}

TEST(ParseYaml, RefusesTabsAsIndentationOnly) {
  for (const char* text : {"a:\n\tb: c", "a:\n\tb", "\ta", "a:\n  b:\n  \tc: d", "- a\n\t- b: c"}) {
    EXPECT_NE(Read(text).substr(0, 5), "{\"a\":") << text;
    EXPECT_EQ(Read(text).substr(0, 5), "line ") << text;
  }
  EXPECT_EQ(Read("a:\tb\t# c\nd: [e,\n\tf]\ng: |\n  \tx\n"),
            R"({"a":"b","d":["e","f"],"g":"\tx\n"})");
}

TEST(ParseYaml, TakesEveryKindOfLineBreak) {
  EXPECT_EQ(Read("a: 1\r\nb: |\r\n  x\r\n  y\r\n"), R"({"a":1,"b":"x\ny\n"})");
  EXPECT_EQ(Read("a: 1\rb: 2\r"), R"({"a":1,"b":2})");
  EXPECT_EQ(Read("\xEF\xBB\xBF"
                 "a: 1"),
            R"({"a":1})");
}

TEST(ParseYaml, RefusesWhatIsNoText) {
  EXPECT_EQ(Read("a: 1\nb: \xC3("), "line 2, column 4: the text is no UTF-8");
  EXPECT_EQ(Read(std::string_view("a: \0", 4)),
            "line 1, column 4: a control character is not allowed");
  EXPECT_EQ(Read("a: \x1b[0m"), "line 1, column 4: a control character is not allowed");
  EXPECT_EQ(Read("a: .inf"), "line 1, column 4: JSON has no number .inf");
  EXPECT_EQ(Read("a: \"\\0\\x41\""), R"({"a":"\u0000A"})");
  EXPECT_EQ(Read("a: \"é\\N\\_é\""), "{\"a\":\"é\xC2\x85\xC2\xA0é\"}");
}

}  // namespace
}  // namespace noizy
