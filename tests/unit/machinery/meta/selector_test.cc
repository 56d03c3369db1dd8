#include "machinery/meta/selector.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy {
namespace {

const KeyValues kLabels{{"app", "web"}, {"cores", "8"}, {"empty", ""}, {"tier", "front"}};

bool Matches(std::string_view selector) {
  const auto parsed = ParseLabelSelector(selector);
  EXPECT_TRUE(parsed.ok()) << selector << ": " << parsed.status().message();
  return parsed.ok() && parsed->Matches(kLabels);
}

TEST(LabelSelector, Matches) {
  for (const char* yes : {"", "app", "app=web", "app==web", "app!=db", "none!=x", "!none",
                          "app in (db, web)", "app in (web)", "app notin (db)", "none notin (a,b)",
                          "cores>7", "cores<9", "app=web,tier=front", " app = web , !none ",
                          "empty=", "empty in (,a)", "app,tier", "notin notin (x)"}) {
    EXPECT_TRUE(Matches(yes)) << yes;
  }
}

TEST(LabelSelector, DoesNotMatch) {
  for (const char* no :
       {"none", "app=db", "app!=web", "!app", "app in (db)", "app notin (web,db)", "cores>8",
        "cores<8", "none>1", "app>1", "none=", "app=web,tier=back", "in"}) {
    EXPECT_FALSE(Matches(no)) << no;
  }
}

TEST(LabelSelector, ErrorsQuoteWhatCouldNotBeRead) {
  struct Case {
    const char* text;
    const char* message;
  };
  for (const Case& c :
       {Case{"a=b=c", "found '=', expected: ',' or 'end of string'"},
        {"=a", "found '=', expected: !, identifier, or 'end of string'"},
        {"a,", "found '', expected: identifier after ','"},
        {"a in b", "unable to parse requirement: found 'b', expected: '('"},
        {"a in (b", "unable to parse requirement: found '', expected: ',' or ')'"},
        {"a is b",
         "unable to parse requirement: found 'is', expected: in, notin, =, ==, !=, gt, lt"},
        {"!", "unable to parse requirement: found '', expected: identifier"},
        {"a=(", "unable to parse requirement: found '(', expected: identifier"},
        {"a>b",
         "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, "
         "the "
         "value must be an integer"},
        {"a in ()",
         "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, "
         "values set can't be empty"}}) {
    EXPECT_EQ(ParseLabelSelector(c.text).status().message(), c.message) << c.text;
  }
  EXPECT_TRUE(ParseLabelSelector("a=-b").status().message().starts_with(
      "unable to parse requirement: values[a]: Invalid value: \"-b\": a valid label must be"));
  EXPECT_TRUE(ParseLabelSelector("a/b/c").status().message().starts_with(
      "unable to parse requirement: key: Invalid value: \"a/b/c\": a qualified name"));
}

TEST(LabelSelector, PrintsItself) {
  EXPECT_EQ(ParseLabelSelector("a==b, c!=d,e in (g,f),h notin (i,j),!k,l,m>1,n<2")->ToString(),
            "a=b,c!=d,e in (f,g),h notin (i,j),!k,l,m>1,n<2");
  EXPECT_TRUE(ParseLabelSelector("")->empty());
}

TEST(FieldSelector, AbsentReadsAsEmpty) {
  const KeyValues fields{{"metadata.name", "a"}, {"status.phase", "Running"}};
  const auto matches = [&](std::string_view text) {
    return ParseFieldSelector(text)->Matches(fields);
  };
  EXPECT_TRUE(matches("metadata.name=a"));
  EXPECT_TRUE(matches("metadata.name==a,status.phase!=Failed"));
  EXPECT_TRUE(matches("spec.nodeName="));
  EXPECT_FALSE(matches("spec.nodeName!="));
  EXPECT_FALSE(matches("metadata.name=b"));
  EXPECT_TRUE(matches(""));
}

TEST(FieldSelector, Escapes) {
  const auto selector = ParseFieldSelector(R"(a=x\,y\=z\\,b=c)");
  ASSERT_TRUE(selector.ok());
  ASSERT_EQ(selector->requirements().size(), 2U);
  EXPECT_EQ(selector->requirements()[0].values.front(), "x,y=z\\");
  EXPECT_FALSE(ParseFieldSelector(R"(a=\x)").ok());
  EXPECT_FALSE(ParseFieldSelector("a=\\").ok());
  EXPECT_FALSE(ParseFieldSelector("a=b=c").ok());
  EXPECT_EQ(ParseFieldSelector("metadata.name").status().message(),
            "invalid selector: 'metadata.name'; can't understand 'metadata.name'");
}

TEST(LabelSelectorObject, ReadsLabelsAndExpressions) {
  const auto selector =
      LabelSelectorOf(*ParseJson(R"({"matchLabels": {"app": "web"}, "matchExpressions": [
      {"key": "tier", "operator": "In", "values": ["front", "back"]},
      {"key": "none", "operator": "DoesNotExist"}, {"key": "cores", "operator": "Exists"},
      {"key": "app", "operator": "NotIn", "values": ["db"]}]})"));
  ASSERT_TRUE(selector.ok()) << selector.status().message();
  EXPECT_EQ(selector->ToString(), "app=web,tier in (back,front),!none,cores,app!=db");
  EXPECT_TRUE(selector->Matches(kLabels));
  EXPECT_FALSE(selector->Matches({{"app", "web"}}));
  EXPECT_TRUE(LabelSelectorOf(*ParseJson("{}"))->empty());
}

TEST(LabelSelectorObject, RefusesBadExpressions) {
  for (const char* bad :
       {R"({"key": "a", "operator": "Near"})", R"({"key": "a", "operator": "In"})",
        R"({"key": "a", "operator": "Exists", "values": ["b"]})",
        R"({"key": "-", "operator": "Exists"})"}) {
    Value selector = *ParseJson(R"({"matchExpressions": []})");
    selector.at("matchExpressions").as_array().push_back(*ParseJson(bad));
    EXPECT_FALSE(LabelSelectorOf(selector).ok()) << bad;
  }
}

TEST(Labels, AreSorted) {
  EXPECT_EQ(LabelsOf(*ParseJson(R"({"metadata": {"labels": {"b": "2", "a": "1"}}})")),
            (KeyValues{{"a", "1"}, {"b", "2"}}));
}

}  // namespace
}  // namespace noizy
