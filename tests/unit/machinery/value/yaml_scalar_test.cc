// The expectations, but for y and n, were read off kubectl 1.32 (kubectl annotate --local -f FILE
// -o json).
#include "machinery/value/yaml_scalar.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy {
namespace {

std::string Resolved(std::string_view text) {
  const YamlScalar scalar = ResolvePlainScalar(text);
  return ToJson(scalar.value);
}

TEST(ResolvePlainScalar, KnowsTheBooleansOfYaml11) {
  for (const char* text : {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"}) {
    EXPECT_EQ(Resolved(text), "true") << text;
  }
  for (const char* text : {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}) {
    EXPECT_EQ(Resolved(text), "false") << text;
  }
  for (const char* text : {"tRue", "yEs", "oN", "truely"})
    EXPECT_EQ(Resolved(text)[0], '"') << text;
}

TEST(ResolvePlainScalar, KnowsNull) {
  for (const char* text : {"", "~", "null", "Null", "NULL"}) {
    EXPECT_EQ(ResolvePlainScalar(text).kind, YamlScalarKind::kNull) << text;
  }
  EXPECT_EQ(Resolved("nULL"), "\"nULL\"");
}

TEST(ResolvePlainScalar, ReadsIntegersAsGoDoes) {
  const std::pair<const char*, const char*> cases[] = {
      {"0", "0"},
      {"12", "12"},
      {"-12", "-12"},
      {"+12", "12"},
      {"0644", "420"},
      {"0o17", "15"},
      {"0x1F", "31"},
      {"-0x1f", "-31"},
      {"0b101", "5"},
      {"-0b11", "-3"},
      {"1_000", "1000"},
      {"0x_1F", "31"},
      {"1__0", "10"},
      {"0_", "0"},
      {"08", "8"},
      {"0X1f", "31"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"18446744073709551615", "18446744073709551615"}};
  for (const auto& [text, json] : cases) EXPECT_EQ(Resolved(text), json) << text;
}

TEST(ResolvePlainScalar, ReadsFloatsAsJsonWouldHoldThem) {
  const std::pair<const char*, const char*> cases[] = {
      {"1.5", "1.5"},
      {".5", "0.5"},
      {"-.5", "-0.5"},
      {"1.", "1"},
      {"1e3", "1000"},
      {"12e03", "12000"},
      {"1E-2", "0.01"},
      {"+1.25", "1.25"},
      {"1e-999", "0"},
      {"18446744073709551616", "18446744073709552000"},
      {"+18446744073709551615", "18446744073709552000"}};
  for (const auto& [text, json] : cases) EXPECT_EQ(Resolved(text), json) << text;
  EXPECT_TRUE(ResolvePlainScalar("1e3").value.is_int64());
}

TEST(ResolvePlainScalar, LeavesTheRestAsStrings) {
  for (const std::string_view text :
       {"2001-01-01", "1:30",  "1e400",     "._5", ".5e",  ".",   "-",  "+",      "--1",
        "1-",         "1.2.3", "0x",        "0xg", "0b2",  "1 2", "e3", "+.inf2", "_1",
        "500m",       "16Gi",  "127.0.0.1", "=",   "a: b", "y",   "Y",  "n",      "N"}) {
    EXPECT_EQ(Resolved(text), ToJson(boost::json::string(text)));
  }
}

TEST(ResolvePlainScalar, TellsWhatJsonCannotHold) {
  for (const char* text : {".inf", "+.inf", "-.INF", ".nan", ".NaN"}) {
    EXPECT_EQ(ResolvePlainScalar(text).kind, YamlScalarKind::kNotFinite) << text;
  }
  EXPECT_EQ(ResolvePlainScalar("<<").kind, YamlScalarKind::kMerge);
}

TEST(StyleOfValue, QuotesOnlyWhereOthersWouldReadSomethingElse) {
  for (const char* text : {"a", "noizy.dev/v1", "500m", "127.0.0.1", "1.2.3", "a b", "a:b", "a#b",
                           "-x", "http://x/y?z=1", "é", "x{y}", "a,b", "it's", "C:\\x"}) {
    EXPECT_EQ(StyleOfValue(text), YamlStyle::kPlain) << text;
  }
  for (const char* text :
       {"", "true", "n", "~", "12", "1e3", ".5", "2001-01-01", "2026-01-01T00:00:00Z", "1:30",
        "0x1F", "a\tb", "a\r", "\x7f", "<<", ".inf", "\xC2\x85"}) {
    EXPECT_EQ(StyleOfValue(text), YamlStyle::kDoubleQuoted) << text;
  }
  for (const char* text :
       {" a", "a ", "a: b", "a:",  "a #b",  "#a", "- a", "-",  "[a]", "{a}",  "*a", "&a",
        "!a", "|",  ">",    "'a'", "\"a\"", "%a", "@a",  "`a", "---", "...x", "? a"}) {
    EXPECT_EQ(StyleOfValue(text), YamlStyle::kSingleQuoted) << text;
  }
}

TEST(StyleOfValue, WritesLinesAsABlockUnlessTheyWouldBeMisread) {
  for (const char* text : {"a\nb", "a\n", "#!/bin/sh\necho hi\n", "a\n\n", "a\n  b\n", "a\n\tb"}) {
    EXPECT_EQ(StyleOfValue(text), YamlStyle::kLiteral);
    EXPECT_EQ(StyleOfKey(text), YamlStyle::kDoubleQuoted);
  }
  for (const char* text :
       {"\n", " a\nb", "\ta\nb", "\na", "a \nb", "a\nb ", "a\r\nb", "a\x01\nb"}) {
    EXPECT_EQ(StyleOfValue(text), YamlStyle::kDoubleQuoted);
  }
}

}  // namespace
}  // namespace noizy
