#include "cli/cli.h"

#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

using Cli = CliTest;

TEST_F(Cli, TellsWhatThereIs) {
  grid_.extra_commands_ = {
      {"up", "Run the whole grid", [](const std::vector<std::string>&) { return 0; }}};
  for (const char* word : {"help", "--help", "-h"}) {
    const FakeGrid::Outcome help = grid_.Run({word});
    EXPECT_EQ(help.code, 0);
    for (const char* part : {"  up ", "  get ", "  token create ", "--namespace NAME"}) {
      EXPECT_NE(help.out.find(part), std::string::npos) << part;
    }
  }
  EXPECT_EQ(grid_.Run({}).code, 2);
}

TEST_F(Cli, TellsWhatACommandTakes) {
  const FakeGrid::Outcome help = grid_.Run({"get", "tasks", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_NE(help.out.find("Usage: noizy get TYPE"), std::string::npos);
  EXPECT_NE(help.out.find("-o, --output FORMAT"), std::string::npos);
  EXPECT_NE(help.out.find("--kubeconfig FILE"), std::string::npos);
}

TEST_F(Cli, HandsExtraCommandsTheirArguments) {
  std::vector<std::string> seen;
  grid_.extra_commands_ = {{"up", "", [&](const std::vector<std::string>& arguments) {
                              seen = arguments;
                              return 7;
                            }}};
  EXPECT_EQ(grid_.Run({"up", "--data-dir", "x", "--help"}).code, 7);
  EXPECT_EQ(seen, (std::vector<std::string>{"--data-dir", "x", "--help"}));
}

TEST_F(Cli, TakesGlobalFlagsBeforeTheCommandToo) {
  grid_.PutTask("a", "metadata: {namespace: other}");
  grid_.PutTask("b");
  for (const std::vector<std::string>& flags : {std::vector<std::string>{"-n", "other"},
                                                {"-nother"},
                                                {"--namespace", "other"},
                                                {"--namespace=other", "--request-timeout", "9s"}}) {
    std::vector<std::string> arguments = flags;
    arguments.insert(arguments.end(), {"get", "tasks", "-o", "name"});
    EXPECT_EQ(grid_.Run(arguments).out, "task.noizy.dev/a\n") << flags.front();
  }
  EXPECT_EQ(grid_.Run({"-n"}).code, 2);
  EXPECT_NE(grid_.Run({"-n", "a", "frobnicate"}).err.find("frobnicate"), std::string::npos);
}

TEST_F(Cli, WrongUsageExitsWith2) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"frobnicate"}, "unknown command \"frobnicate\""},
      {{"token"}, "unknown command \"token\""},
      {{"get", "--frob"}, "unknown flag --frob (see noizy get --help)"},
      {{"get"}, "say which objects"},
      {{"get", "tasks", "-o", "xml"}, "unknown output format \"xml\""},
      {{"get", "task", "a", "-l", "x=y"}, "give names or a selector, not both"},
      {{"delete", "tasks"}, "which tasks? Give names, a selector"},
      {{"wait", "task/a", "--for=never"}, "flag --for wants condition="},
      {{"wait", "task/a", "b", "--for=delete"}, "\"b\" is no TYPE/NAME"},
      {{"run", "a"}, "its command behind \"--\""},
      {{"apply"}, "say what to apply"},
      {{"patch", "task", "a"}, "-p or --patch-file"},
      {{"logs"}, "say which task"},
      {{"logs", "a", "--tail=x"}, "flag --tail wants a whole number"},
      {{"label", "task", "a"}, "say what to set"},
      {{"cordon"}, "say which nodes"},
      {{"token", "create", "--ttl=0"}, "a second or more"},
      {{"apply", "-f", "-", "--dry-run=maybe"}, "flag --dry-run wants"}};
  for (const auto& [arguments, why] : cases) {
    const FakeGrid::Outcome outcome = grid_.Run(arguments);
    EXPECT_EQ(outcome.code, 2) << why << "\n" << outcome.err;
    EXPECT_NE(outcome.err.find(why), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "") << why;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
}

TEST_F(Cli, FailuresExitWith1AndSayHowToGoOn) {
  const FakeGrid::Outcome unknown = grid_.Run({"get", "gadgets"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_EQ(unknown.err,
            "error: the server has no resource type \"gadgets\"; noizy api-resources lists those "
            "it has\n");
  grid_.api_.SetFault([](const HttpRequest&) { return Unavailable("cannot connect\nto it"); });
  const FakeGrid::Outcome down = grid_.Run({"get", "tasks"});
  EXPECT_EQ(down.code, 1);
  EXPECT_EQ(down.err, "error: cannot connect to it (`noizy up` starts one)\n");
  grid_.variables_["KUBECONFIG"] = "/nonexistent/kubeconfig";
  const FakeGrid::Outcome nowhere = grid_.Run({"get", "tasks"});
  EXPECT_EQ(nowhere.code, 1);
  EXPECT_NE(nowhere.err.find("`noizy up` writes one, --kubeconfig FILE names another"),
            std::string::npos)
      << nowhere.err;
}

TEST_F(Cli, VersionNeedsNoServerWhenAskedForItsOwn) {
  EXPECT_EQ(grid_.Run({"version"}).out, "Client Version: 1.2.3\nServer Version: v1.32.0+noizy\n");
  grid_.variables_["KUBECONFIG"] = "/nonexistent/kubeconfig";
  EXPECT_EQ(grid_.Run({"--version"}).out, "Client Version: 1.2.3\n");
  const FakeGrid::Outcome offline = grid_.Run({"version", "-o", "json"});
  EXPECT_EQ(offline.code, 1);
  EXPECT_EQ(ToJson(*ParseJson(offline.out)), R"({"clientVersion":{"gitVersion":"1.2.3"}})");
}

}  // namespace
}  // namespace noizy::cli
