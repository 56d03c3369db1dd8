#include "apiserver/authorization/policy_rule.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

Access Get(std::string_view resource, std::string_view subresource = "",
           std::string_view name = "") {
  return {.verb = "get",
          .group = "noizy.dev",
          .resource = resource,
          .subresource = subresource,
          .ns = "default",
          .name = name};
}

PolicyRule Rule(std::vector<std::string> resources, std::vector<std::string> names = {}) {
  return {{"get"}, {"noizy.dev"}, std::move(resources), std::move(names), {}};
}

TEST(PolicyRuleTest, VerbsGroupsAndResourcesMustAllFit) {
  EXPECT_TRUE(Allows(Rule({"tasks"}), Get("tasks")));
  EXPECT_FALSE(Allows(Rule({"nodes"}), Get("tasks")));
  EXPECT_FALSE(Allows(PolicyRule{{"list"}, {"noizy.dev"}, {"tasks"}, {}, {}}, Get("tasks")));
  EXPECT_FALSE(Allows(PolicyRule{{"get"}, {""}, {"tasks"}, {}, {}}, Get("tasks")));
  EXPECT_TRUE(Allows(PolicyRule{{"*"}, {"*"}, {"*"}, {}, {}}, Get("tasks", "log")));
}

TEST(PolicyRuleTest, SubresourcesAreResourcesOfTheirOwn) {
  EXPECT_FALSE(Allows(Rule({"tasks"}), Get("tasks", "log")));
  EXPECT_FALSE(Allows(Rule({"tasks/log"}), Get("tasks")));
  EXPECT_TRUE(Allows(Rule({"tasks/log"}), Get("tasks", "log")));
  EXPECT_TRUE(Allows(Rule({"*/log"}), Get("tasks", "log")));
  EXPECT_FALSE(Allows(Rule({"*/log"}), Get("tasks")));
  EXPECT_FALSE(Allows(Rule({"*/log"}), Get("tasks", "status")));
}

TEST(PolicyRuleTest, NamesNarrow) {
  EXPECT_TRUE(Allows(Rule({"tasks"}, {"a", "b"}), Get("tasks", "", "b")));
  EXPECT_FALSE(Allows(Rule({"tasks"}, {"a"}), Get("tasks", "", "b")));
  EXPECT_FALSE(Allows(Rule({"tasks"}, {"a"}), Get("tasks"))) << "a list of all is more than one";
}

TEST(PolicyRuleTest, PathsMayEndInAStar) {
  const PolicyRule rule{{"get"}, {}, {}, {}, {"/metrics", "/openapi/*"}};
  const auto path = [](std::string_view text) {
    return Access{.verb = "get", .is_resource = false, .path = text};
  };
  EXPECT_TRUE(Allows(rule, path("/metrics")));
  EXPECT_FALSE(Allows(rule, path("/metrics/x")));
  EXPECT_TRUE(Allows(rule, path("/openapi/v3")));
  EXPECT_FALSE(Allows(rule, path("/openapi")));
  EXPECT_FALSE(Allows(rule, Get("metrics")));
  EXPECT_FALSE(Allows(PolicyRule{{"*"}, {"*"}, {"*"}, {}, {}}, path("/metrics")));
}

TEST(PolicyRuleTest, WhatIsNotCoveredIsNamed) {
  const PolicyRules asked = {{{"get", "list"}, {"noizy.dev"}, {"tasks", "tasks/log"}, {}, {}},
                             {{"get"}, {}, {}, {}, {"/metrics"}}};
  EXPECT_TRUE(
      NotCovered({{{"*"}, {"*"}, {"*"}, {}, {}}, {{"*"}, {}, {}, {}, {"*"}}}, asked).empty());
  const PolicyRules missing =
      NotCovered({{{"get", "list"}, {"noizy.dev"}, {"tasks"}, {}, {}}}, asked);
  ASSERT_EQ(missing.size(), 2U);
  EXPECT_EQ(ToString(missing[0]),
            R"({APIGroups:["noizy.dev"], Resources:["tasks/log"], Verbs:["get" "list"]})");
  EXPECT_EQ(ToString(missing[1]), R"({NonResourceURLs:["/metrics"], Verbs:["get"]})");
}

TEST(PolicyRuleTest, OneObjectDoesNotCoverAll) {
  EXPECT_EQ(NotCovered({Rule({"tasks"}, {"a"})}, {Rule({"tasks"})}).size(), 1U);
  EXPECT_EQ(NotCovered({Rule({"tasks"}, {"a"})}, {Rule({"tasks"}, {"a", "b"})}).size(), 1U);
  EXPECT_TRUE(NotCovered({Rule({"tasks"})}, {Rule({"tasks"}, {"a", "b"})}).empty());
}

TEST(PolicyRuleTest, AStarIsCoveredByAStarAlone) {
  const PolicyRules everything = {{{"*"}, {"noizy.dev"}, {"tasks"}, {}, {}}};
  EXPECT_FALSE(
      NotCovered({{{"get", "list", "delete"}, {"noizy.dev"}, {"tasks"}, {}, {}}}, everything)
          .empty());
  EXPECT_TRUE(NotCovered(everything, everything).empty());
  EXPECT_FALSE(NotCovered({Rule({"tasks"})}, {Rule({"*"})}).empty());
}

TEST(PolicyRuleTest, RulesAreReadAndWritten) {
  const Value role = *ParseJson(
      R"({"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["secrets"],"resourceNames":["s"]}]})");
  const PolicyRules rules = RulesOf(role);
  ASSERT_EQ(rules.size(), 1U);
  EXPECT_EQ(rules[0], (PolicyRule{{"get"}, {""}, {"secrets"}, {"s"}, {}}));
  EXPECT_TRUE(Equal(RuleToValue(rules[0]), *Find(role, {"rules"})->get_array().begin()));
  EXPECT_TRUE(RulesOf(*ParseJson(R"({"rules":null})")).empty());
}

}  // namespace
}  // namespace noizy::apiserver
