#include "apiserver/audit/audit_policy.h"

#include <gtest/gtest.h>

namespace noizy::apiserver {
namespace {

const Identity kAda{"ada", {"studio"}};

Access Resource(std::string_view verb, std::string_view group, std::string_view resource,
                std::string_view subresource = "", std::string_view ns = "default") {
  return {.verb = verb, .group = group, .resource = resource, .subresource = subresource, .ns = ns};
}

Access Path(std::string_view path, std::string_view verb = "get") {
  return {.verb = verb, .is_resource = false, .path = path};
}

AuditPolicy Policy(std::string rules) {
  Result<AuditPolicy> policy =
      AuditPolicy::Parse("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [" + rules + "]}");
  EXPECT_TRUE(policy.ok()) << policy.status().message();
  return *std::move(policy);
}

TEST(AuditPolicyTest, UnlessToldOtherwiseAllIsLoggedButProbes) {
  const AuditPolicy policy;
  EXPECT_EQ(policy.LevelFor(kAda, Resource("get", "noizy.dev", "tasks")), AuditLevel::kMetadata);
  EXPECT_EQ(policy.LevelFor(kAda, Path("/readyz/storage")), AuditLevel::kNone);
  EXPECT_EQ(policy.LevelFor(kAda, Path("/metrics")), AuditLevel::kNone);
  EXPECT_EQ(policy.LevelFor(kAda, Path("/metrics", "post")), AuditLevel::kMetadata);
  EXPECT_EQ(policy.LevelFor(kAda, Path("/apis")), AuditLevel::kMetadata);
}

TEST(AuditPolicyTest, TheFirstRuleThatFitsDecides) {
  const AuditPolicy policy = Policy(
      "{level: None, users: [bob]}, {level: Request, verbs: [create], userGroups: [studio]}, "
      "{level: Metadata, namespaces: [default]}");
  const Access create = Resource("create", "noizy.dev", "tasks");
  EXPECT_EQ(policy.LevelFor({"bob", {"studio"}}, create), AuditLevel::kNone);
  EXPECT_EQ(policy.LevelFor(kAda, create), AuditLevel::kRequest);
  EXPECT_EQ(policy.LevelFor({"eve", {}}, create), AuditLevel::kMetadata);
  EXPECT_EQ(policy.LevelFor({"eve", {}}, Resource("create", "noizy.dev", "tasks", "", "other")),
            AuditLevel::kNone)
      << "no rule fits";
  EXPECT_EQ(policy.LevelFor({"eve", {}}, Path("/apis")), AuditLevel::kNone);
}

TEST(AuditPolicyTest, ResourcesAreNamedByGroupAndPattern) {
  const auto level = [](const std::string& resources, const Access& access) {
    return Policy("{level: Request, resources: [{group: noizy.dev, resources: [" + resources +
                  "]}]}")
        .LevelFor(kAda, access);
  };
  const Access task = Resource("get", "noizy.dev", "tasks");
  const Access log = Resource("get", "noizy.dev", "tasks", "log");
  EXPECT_EQ(level("tasks", task), AuditLevel::kRequest);
  EXPECT_EQ(level("tasks", log), AuditLevel::kNone);
  EXPECT_EQ(level("tasks/log", log), AuditLevel::kRequest);
  EXPECT_EQ(level("tasks/*", log), AuditLevel::kRequest);
  EXPECT_EQ(level("'*/log'", log), AuditLevel::kRequest);
  EXPECT_EQ(level("'*'", log), AuditLevel::kRequest);
  EXPECT_EQ(level("", log), AuditLevel::kRequest) << "none named: all of the group";
  EXPECT_EQ(level("tasks", Resource("get", "other", "tasks")), AuditLevel::kNone);
}

TEST(AuditPolicyTest, SecretsNeverShowTheirContent) {
  const AuditPolicy policy = Policy("{level: RequestResponse}");
  EXPECT_EQ(policy.LevelFor(kAda, Resource("get", "", "configmaps")), AuditLevel::kRequestResponse);
  EXPECT_EQ(policy.LevelFor(kAda, Resource("get", "", "secrets")), AuditLevel::kMetadata);
  EXPECT_EQ(policy.LevelFor(kAda, Resource("create", "", "serviceaccounts", "token")),
            AuditLevel::kMetadata);
  EXPECT_EQ(policy.LevelFor(kAda, Resource("create", "authentication.k8s.io", "tokenreviews")),
            AuditLevel::kMetadata);
  EXPECT_EQ(policy.LevelFor(kAda, Path("/noizy/v1/tokens", "post")), AuditLevel::kMetadata);
}

TEST(AuditPolicyTest, StagesCanBeLeftOut) {
  const Access get = Resource("get", "", "configmaps");
  const Access create = Resource("create", "", "configmaps");
  EXPECT_FALSE(AuditPolicy().Writes(AuditStage::kRequestReceived)) << "one line a request";
  const AuditPolicy policy = *AuditPolicy::Parse(
      "{apiVersion: audit.k8s.io/v1, kind: Policy, omitStages: [ResponseComplete, Panic], rules: "
      "[{level: Metadata, verbs: [get], omitStages: [RequestReceived]}, {level: Request}]}");
  EXPECT_EQ(policy.LevelFor(kAda, get, AuditStage::kRequestReceived), AuditLevel::kNone);
  EXPECT_EQ(policy.LevelFor(kAda, get, AuditStage::kResponseStarted), AuditLevel::kMetadata);
  EXPECT_EQ(policy.LevelFor(kAda, create, AuditStage::kRequestReceived), AuditLevel::kRequest);
  EXPECT_EQ(policy.LevelFor(kAda, create, AuditStage::kResponseComplete), AuditLevel::kNone);
  EXPECT_TRUE(policy.Writes(AuditStage::kRequestReceived));
  EXPECT_FALSE(policy.Writes(AuditStage::kResponseComplete));
}

TEST(AuditPolicyTest, MistakesAreNamed) {
  const auto fault = [](std::string_view text) {
    return AuditPolicy::Parse(text).status().message();
  };
  EXPECT_NE(fault("kind: Other").find("kind Policy"), std::string::npos);
  EXPECT_NE(fault("{apiVersion: audit.k8s.io/v1, kind: Policy}").find("rules"), std::string::npos);
  EXPECT_NE(
      fault("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: All}]}").find("\"All\""),
      std::string::npos);
  EXPECT_NE(fault("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: None, omitStages: "
                  "[Late]}]}")
                .find("\"Late\""),
            std::string::npos);
}

}  // namespace
}  // namespace noizy::apiserver
