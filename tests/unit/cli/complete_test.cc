#include "cli/complete.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class CompleteTest : public CliTest {
 protected:
  void SetUp() override {
    grid_.PutTask("alpha");
    grid_.PutTask("beta");
    Value elsewhere =
        Yaml("{apiVersion: noizy.dev/v1, kind: Task, metadata: {name: gamma, namespace: team}}");
    grid_.api_.Put(std::move(elsewhere));
    grid_.api_.Put(Yaml("{apiVersion: noizy.dev/v1, kind: Node, metadata: {name: m1}}"));
    grid_.api_.Put(Yaml("{apiVersion: v1, kind: Namespace, metadata: {name: team}}"));
    grid_.extra_commands_ = {{"up", "", nullptr, {}},
                             {"agent", "", nullptr, {}},
                             {"backup", "", nullptr, {"all", "--data-dir", "--without-keys"}}};
  }

  /// What is offered behind the words, one a line.
  std::string Offered(std::vector<std::string> words) {
    words.insert(words.begin(), {"__complete", "--"});
    return grid_.Run(words).out;
  }
};

TEST_F(CompleteTest, NamesOfCommands) {
  EXPECT_EQ(Offered({"des"}), "describe\n");
  EXPECT_EQ(Offered({"ag"}), "agent\n");
  EXPECT_EQ(Offered({"tok"}), "token\n");
  EXPECT_EQ(Offered({"token", ""}), "create\nlist\nrevoke\n");
  EXPECT_EQ(Offered({"auth", "w"}), "whoami\n");
  EXPECT_EQ(Offered({"nonsense", ""}), "");
}

TEST_F(CompleteTest, WhatExtraCommandsSayOfThemselves) {
  EXPECT_EQ(Offered({"backup", ""}), "all\n--data-dir\n--without-keys\n");
  EXPECT_EQ(Offered({"backup", "file", "--d"}), "--data-dir\n");
  EXPECT_EQ(Offered({"up", ""}), "");
}

TEST_F(CompleteTest, KindsAndNames) {
  EXPECT_EQ(Offered({"get", "ta"}), "tasks\n");
  EXPECT_EQ(Offered({"get", "task", ""}), "alpha\nbeta\n");
  EXPECT_EQ(Offered({"get", "task/al"}), "task/alpha\n");
  EXPECT_EQ(Offered({"delete", "tasks", "-n", "team", ""}), "gamma\n");
  EXPECT_EQ(Offered({"auth", "can-i", "get", "no"}), "nodes\n");
}

TEST_F(CompleteTest, NamesWhereTheKindIsPlain) {
  EXPECT_EQ(Offered({"cordon", ""}), "m1\n");
  EXPECT_EQ(Offered({"logs", "b"}), "beta\n");
  EXPECT_EQ(Offered({"top", "nodes", ""}), "m1\n");
}

TEST_F(CompleteTest, FlagsAndTheirValues) {
  EXPECT_EQ(Offered({"get", "--show-l"}), "--show-labels\n");
  EXPECT_EQ(Offered({"get", "tasks", "-n", "te"}), "team\n");
  EXPECT_EQ(Offered({"get", "tasks", "-o", "js"}), "json\njsonpath=\n");
  EXPECT_EQ(Offered({"patch", "task", "alpha", "--type", "s"}), "strategic\n");
  EXPECT_EQ(Offered({"apply", "-f", ""}), "");
}

TEST_F(CompleteTest, NothingIsSaidWhenTheServerCannotBeAsked) {
  grid_.variables_["KUBECONFIG"] = "/does/not/exist";
  const auto told = grid_.Run({"__complete", "--", "get", "ta"});
  EXPECT_EQ(told.out + told.err, "");
  EXPECT_EQ(told.code, 0);
}

TEST_F(CompleteTest, TheScriptsAskThisProgram) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto told = grid_.Run({"completion", shell});
    EXPECT_EQ(told.code, 0);
    EXPECT_NE(told.out.find("noizy __complete --"), std::string::npos) << shell;
  }
  EXPECT_EQ(grid_.Run({"completion", "tcsh"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
