#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class AuthCommands : public CliTest {
 protected:
  void Answer(const std::string& plural, std::string_view status) {
    const std::string group = plural == "selfsubjectreviews" ? "authentication" : "authorization";
    Value review = Object{{"kind", "Review"}};
    Set(review, {"status"}, Yaml(status));
    grid_.documents_["/apis/" + group + ".k8s.io/v1/" + plural] = review;
  }
  Value Asked() { return *ParseJson(grid_.last_post_.body); }
};

TEST_F(AuthCommands, CanIAsksAboutAKindInTheNamespace) {
  Answer("selfsubjectaccessreviews", "allowed: true");
  const auto told = grid_.Run({"auth", "can-i", "create", "task", "-n", "team"});
  EXPECT_EQ(told.out, "yes\n");
  EXPECT_EQ(told.code, 0);
  const Value asked = Asked();
  EXPECT_EQ(ToJson(*Find(asked, {"spec", "resourceAttributes"})),
            R"({"resource":"tasks","group":"noizy.dev","namespace":"team","verb":"create"})");
  grid_.Run({"auth", "can-i", "get", "tasks/a", "--subresource=status"});
  EXPECT_EQ(StringAt(Asked(), {"spec", "resourceAttributes", "name"}), "a");
  EXPECT_EQ(StringAt(Asked(), {"spec", "resourceAttributes", "subresource"}), "status");
}

TEST_F(AuthCommands, NodesAndAllNamespacesHaveNone) {
  Answer("selfsubjectaccessreviews", "allowed: true");
  grid_.Run({"auth", "can-i", "list", "nodes"});
  EXPECT_EQ(Find(Asked(), {"spec", "resourceAttributes", "namespace"}), nullptr);
  grid_.Run({"auth", "can-i", "list", "tasks", "-A"});
  EXPECT_EQ(Find(Asked(), {"spec", "resourceAttributes", "namespace"}), nullptr);
}

TEST_F(AuthCommands, CanIAsksAboutWordsAndPathsAsTheyStand) {
  Answer("selfsubjectaccessreviews", "allowed: true");
  EXPECT_NE(grid_.Run({"auth", "can-i", "get", "widgets.example.com"}).err.find("Warning: "),
            std::string::npos);
  EXPECT_EQ(StringAt(Asked(), {"spec", "resourceAttributes", "group"}), "example.com");
  grid_.Run({"auth", "can-i", "*", "*"});
  EXPECT_EQ(StringAt(Asked(), {"spec", "resourceAttributes", "group"}), "*");
  grid_.Run({"auth", "can-i", "get", "/metrics"});
  EXPECT_EQ(ToJson(*Find(Asked(), {"spec"})),
            R"({"nonResourceAttributes":{"path":"/metrics","verb":"get"}})");
}

TEST_F(AuthCommands, NoIsExitCode1WithItsReason) {
  Answer("selfsubjectaccessreviews", "{allowed: false, reason: not yours}");
  const auto told = grid_.Run({"auth", "can-i", "delete", "nodes"});
  EXPECT_EQ(told.out, "no - not yours\n");
  EXPECT_EQ(told.code, 1);
  EXPECT_EQ(grid_.Run({"auth", "can-i", "delete", "nodes", "-q"}).out, "");
  EXPECT_EQ(grid_.Run({"auth", "can-i", "delete"}).code, 2);
}

TEST_F(AuthCommands, ListsRules) {
  Answer("selfsubjectrulesreviews",
         "{resourceRules: [{apiGroups: [noizy.dev, ''], resources: [tasks], verbs: [get, list], "
         "resourceNames: [a]}], nonResourceRules: [{nonResourceURLs: [/healthz], verbs: [get]}]}");
  EXPECT_EQ(grid_.Run({"auth", "can-i", "--list", "--no-headers"}).out,
            "tasks.noizy.dev   []           [a]   [get list]\n"
            "tasks             []           [a]   [get list]\n"
            "                  [/healthz]   []    [get]\n");
  EXPECT_EQ(StringAt(Asked(), {"spec", "namespace"}), "default");
}

TEST_F(AuthCommands, WhoAmI) {
  Answer("selfsubjectreviews", "userInfo: {username: admin, groups: [a, b]}");
  EXPECT_EQ(grid_.Run({"auth", "whoami"}).out,
            "ATTRIBUTE   VALUE\nUsername    admin\nGroups      [a b]\n");
  EXPECT_EQ(grid_.Run({"auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"}).out,
            "admin");
}

}  // namespace
}  // namespace noizy::cli
