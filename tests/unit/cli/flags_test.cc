#include "cli/flags.h"

#include <gtest/gtest.h>

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {{"namespace", 'n', FlagKind::kText, "NAME", "the namespace"},
                           {"all", 'A', FlagKind::kSwitch, "", "all of them"},
                           {"watch", 'w', FlagKind::kSwitch, "", "go on"},
                           {"filename", 'f', FlagKind::kList, "FILE", "what to read"},
                           {"dry-run", 0, FlagKind::kOptional, "server|client", "do nothing"},
                           {"tail", 0, FlagKind::kText, "N", "lines"}};
constexpr std::span<const Flag> kTables[] = {kFlags};

Result<ParsedArguments> Parse(const std::vector<std::string>& arguments) {
  return ParsedArguments::Parse(arguments, kTables);
}

TEST(Flags, TakesEveryForm) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"-n", "x"},
                                                    {"-nx"},
                                                    {"-n=x"},
                                                    {"--namespace", "x"},
                                                    {"--namespace=x"},
                                                    {"-An", "x"},
                                                    {"-Awnx"},
                                                    {"-n", "y", "-n", "x"}}) {
    const Result<ParsedArguments> parsed = Parse(arguments);
    ASSERT_TRUE(parsed.ok()) << parsed.status().ToString();
    EXPECT_EQ(parsed->flags.Text("namespace"), "x");
  }
}

TEST(Flags, StandAnywhereUntilTwoDashes) {
  const Result<ParsedArguments> parsed =
      Parse({"get", "-f", "-", "tasks", "--all=false", "-f=b", "--", "sh", "-c", "--"});
  ASSERT_TRUE(parsed.ok()) << parsed.status().ToString();
  EXPECT_EQ(parsed->words, (std::vector<std::string>{"get", "tasks"}));
  EXPECT_EQ(parsed->trailer, (std::vector<std::string>{"sh", "-c", "--"}));
  EXPECT_TRUE(parsed->has_trailer);
  EXPECT_EQ(parsed->flags.List("filename"), (std::vector<std::string>{"-", "b"}));
  EXPECT_TRUE(parsed->flags.Has("all"));
  EXPECT_FALSE(parsed->flags.On("all", true));
  EXPECT_TRUE(parsed->flags.On("watch", true));
  EXPECT_TRUE(parsed->flags.List("none").empty());
}

TEST(Flags, OptionalValuesStandBehindTheEqualsSign) {
  const Result<ParsedArguments> bare = Parse({"--dry-run", "server"});
  ASSERT_TRUE(bare.ok());
  EXPECT_TRUE(bare->flags.Has("dry-run"));
  EXPECT_EQ(bare->flags.Text("dry-run"), "");
  EXPECT_EQ(bare->words, std::vector<std::string>{"server"});
  EXPECT_EQ(Parse({"--dry-run=server"})->flags.Text("dry-run"), "server");
}

TEST(Flags, ErrorsNameTheFlag) {
  EXPECT_EQ(Parse({"--frob"}).status().message(), "unknown flag --frob");
  EXPECT_EQ(Parse({"-Ax"}).status().message(), "unknown flag -x");
  EXPECT_EQ(Parse({"-n"}).status().message(), "flag --namespace wants a value: --namespace NAME");
  EXPECT_EQ(Parse({"--all=maybe"}).status().message(),
            "flag --all is on or off: --all=true or --all=false");
}

TEST(Flags, NumbersAndSpans) {
  const Result<ParsedArguments> parsed = Parse({"--tail", "12", "-n", "90"});
  EXPECT_EQ(**parsed->flags.Number("tail"), 12);
  EXPECT_FALSE(parsed->flags.Number("none")->has_value());
  EXPECT_EQ(*parsed->flags.Span("namespace", Duration(0)), std::chrono::seconds(90));
  EXPECT_EQ(*parsed->flags.Span("none", std::chrono::seconds(7)), std::chrono::seconds(7));
  EXPECT_EQ(*Parse({"--tail=1m30s"})->flags.Span("tail", Duration(0)), std::chrono::seconds(90));
  EXPECT_EQ(Parse({"--tail=x"})->flags.Number("tail").status().message(),
            "flag --tail wants a whole number, not \"x\"");
  EXPECT_EQ(Parse({"--tail=x"})->flags.Span("tail", Duration(0)).status().message(),
            "flag --tail wants a duration such as 30s or 5m, not \"x\"");
}

TEST(FlagHelp, AlignsTheDescriptions) {
  EXPECT_EQ(FlagHelp(std::span(kFlags).subspan(3, 2)),
            "  -f, --filename FILE             what to read\n"
            "      --dry-run[=server|client]   do nothing\n");
}

}  // namespace
}  // namespace noizy::cli
