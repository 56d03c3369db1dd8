#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machinery/schema/openapi.h"
#include "machinery/value/json.h"
#include "tests/unit/machinery/schema/widgets.h"

namespace noizy {
namespace {

using testing::ElementsAre;
using testing::IsSupersetOf;

Object Paths(OpenApiDialect dialect, std::string_view name) {
  Object out;
  AddPaths(dialect, *WidgetRegistry().FindByName(name), out);
  return out;
}

std::vector<std::string> Members(const Object& object) {
  std::vector<std::string> out;
  for (const auto& entry : object) out.emplace_back(entry.key());
  return out;
}

std::vector<std::string> ParameterNames(const Value& operation) {
  std::vector<std::string> out;
  for (const Value& parameter : operation.at("parameters").as_array())
    out.emplace_back(StringAt(parameter, {"name"}));
  return out;
}

TEST(OpenApiPaths, FollowTheScope) {
  EXPECT_THAT(Members(Paths(OpenApiDialect::kV3, "widgets")),
              ElementsAre("/apis/example.com/v1/namespaces/{namespace}/widgets",
                          "/apis/example.com/v1/namespaces/{namespace}/widgets/{name}",
                          "/apis/example.com/v1/namespaces/{namespace}/widgets/{name}/status",
                          "/apis/example.com/v1/namespaces/{namespace}/widgets/{name}/scale",
                          "/apis/example.com/v1/widgets"));
  EXPECT_THAT(Members(Paths(OpenApiDialect::kV3, "sites")),
              ElementsAre("/api/v1/sites", "/api/v1/sites/{name}"));
}

TEST(OpenApiPaths, WritesSayWhatKubectlLooksFor) {
  const Object paths = Paths(OpenApiDialect::kV3, "widgets");
  const Value& single = paths.at("/apis/example.com/v1/namespaces/{namespace}/widgets/{name}");
  const Value& patch = single.at("patch");
  EXPECT_THAT(ParameterNames(patch),
              IsSupersetOf({"fieldValidation", "dryRun", "fieldManager", "force"}));
  EXPECT_EQ(patch.at("x-kubernetes-action"), "patch");
  EXPECT_EQ(ToJson(patch.at("x-kubernetes-group-version-kind")),
            R"({"group":"example.com","kind":"Widget","version":"v1"})");
  EXPECT_THAT(Members(patch.at("requestBody").at("content").as_object()),
              ElementsAre("application/json-patch+json", "application/merge-patch+json",
                          "application/apply-patch+yaml"));
  EXPECT_EQ(patch.at("operationId"), "patchExampleComV1NamespacedWidget");
  EXPECT_THAT(ParameterNames(single), ElementsAre("name", "namespace", "pretty"));
  const Value& post = paths.at("/apis/example.com/v1/namespaces/{namespace}/widgets").at("post");
  EXPECT_THAT(ParameterNames(post), IsSupersetOf({"fieldValidation", "dryRun", "fieldManager"}));
  EXPECT_EQ(post.at("x-kubernetes-action"), "post");
  EXPECT_FALSE(paths.at("/apis/example.com/v1/namespaces/{namespace}/widgets/{name}/status")
                   .as_object()
                   .contains("delete"));
}

TEST(OpenApiPaths, WhatIsReadOnlyHasNoOperationsThatWrite) {
  Kind kind = *WidgetRegistry().FindByName("sites");
  kind.plural = "services";
  Object paths;
  AddPaths(OpenApiDialect::kV3, kind, paths);
  EXPECT_THAT(Members(paths.at("/api/v1/services").as_object()), ElementsAre("get", "parameters"));
  EXPECT_THAT(Members(paths.at("/api/v1/services/{name}").as_object()),
              ElementsAre("get", "parameters"));
}

TEST(OpenApiPaths, V2HasBodiesAsParameters) {
  const Object paths = Paths(OpenApiDialect::kV2, "sites");
  const Value& post = paths.at("/api/v1/sites").at("post");
  EXPECT_FALSE(post.as_object().contains("requestBody"));
  EXPECT_THAT(ParameterNames(post),
              ElementsAre("dryRun", "fieldManager", "fieldValidation", "body"));
  EXPECT_EQ(post.at("responses").at("200").at("schema").at("$ref"),
            "#/definitions/io.k8s.api.core.v1.Site");
}

}  // namespace
}  // namespace noizy
