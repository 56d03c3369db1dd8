#include "machinery/schema/discovery.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"
#include "tests/unit/machinery/schema/widgets.h"

namespace noizy {
namespace {

TEST(Discovery, ApiVersions) {
  EXPECT_EQ(ToJson(ApiVersionsDocument()),
            R"({"kind":"APIVersions","versions":["v1"],"serverAddressByClientCIDRs":)"
            R"([{"clientCIDR":"0.0.0.0/0","serverAddress":""}]})");
}

TEST(Discovery, GroupsNameTheirPreferredVersion) {
  const std::string group =
      R"("name":"example.com","versions":[{"groupVersion":"example.com/v2","version":"v2"},)"
      R"({"groupVersion":"example.com/v1","version":"v1"},{"groupVersion":"example.com/v1beta1","version":"v1beta1"}],)"
      R"("preferredVersion":{"groupVersion":"example.com/v2","version":"v2"}})";
  EXPECT_EQ(ToJson(ApiGroupListDocument(WidgetRegistry())),
            R"({"kind":"APIGroupList","apiVersion":"v1","groups":[{)" + group + "]}");
  EXPECT_EQ(ToJson(ApiGroupDocument(WidgetRegistry(), "example.com")),
            R"({"kind":"APIGroup","apiVersion":"v1",)" + group);
  EXPECT_TRUE(ApiGroupDocument(WidgetRegistry(), "none").is_null());
  EXPECT_TRUE(ApiGroupDocument(WidgetRegistry(), "").is_null());
}

TEST(Discovery, ResourcesOfAVersion) {
  EXPECT_EQ(
      ToJson(ApiResourceListDocument(WidgetRegistry(), "example.com", "v1")),
      R"({"kind":"APIResourceList","apiVersion":"v1","groupVersion":"example.com/v1","resources":[)"
      R"({"name":"widgets","singularName":"widget","namespaced":true,"kind":"Widget",)"
      R"("verbs":["create","delete","deletecollection","get","list","patch","update","watch"],)"
      R"("shortNames":["wd"],"categories":["all"]},)"
      R"({"name":"widgets/scale","singularName":"","namespaced":true,"group":"autoscaling","version":"v1",)"
      R"("kind":"Scale","verbs":["get","patch","update"]},)"
      R"({"name":"widgets/status","singularName":"","namespaced":true,"kind":"Widget","verbs":["get","patch","update"]}]})");
  EXPECT_EQ(ApiResourceListDocument(WidgetRegistry(), "", "v1").at("groupVersion"), "v1");
  EXPECT_TRUE(ApiResourceListDocument(WidgetRegistry(), "example.com", "v9").is_null());
}

TEST(Discovery, NamesSubresourcesOfTheServersOwn) {
  Kind kind = *WidgetRegistry().FindByName("widgets");
  kind.has_scale = false;
  kind.other_subresources = {{"token", {"a.b", "v2", "T"}, {"create"}}, {"log", kind.gvk, {"get"}}};
  const KindRegistry registry = KindRegistry().With({std::make_shared<Kind>(kind)});
  const std::string list = ToJson(ApiResourceListDocument(registry, "example.com", "v1"));
  EXPECT_NE(list.find(R"({"name":"widgets/token","singularName":"","namespaced":true,)"
                      R"("group":"a.b","version":"v2","kind":"T","verbs":["create"]}]})"),
            std::string::npos)
      << list;
  const std::string all = ToJson(AggregatedDiscoveryDocument(registry, DiscoveryRoot::kApis));
  EXPECT_NE(all.find(R"("subresources":[{"subresource":"log","responseKind":)"
                     R"({"group":"example.com","version":"v1","kind":"Widget"},"verbs":["get"]},)"),
            std::string::npos)
      << all;
}

TEST(Discovery, WhatIsReadOnlyHasNoVerbsThatWrite) {
  Kind kind = *WidgetRegistry().FindByName("widgets");
  kind.gvk = {"", "v1", "Service"};
  kind.plural = "services";
  const KindRegistry registry = KindRegistry().With({std::make_shared<Kind>(kind)});
  const std::string list = ToJson(ApiResourceListDocument(registry, "", "v1"));
  EXPECT_NE(list.find(R"("verbs":["get","list","watch"],"shortNames")"), std::string::npos) << list;
}

TEST(Discovery, AggregatedKeepsCoreApart) {
  const Value core = AggregatedDiscoveryDocument(WidgetRegistry(), DiscoveryRoot::kApi);
  EXPECT_EQ(
      ToJson(core),
      R"({"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[)"
      R"({"metadata":{"creationTimestamp":null},"versions":[{"version":"v1","resources":[)"
      R"({"resource":"sites","responseKind":{"group":"","version":"v1","kind":"Site"},"scope":"Cluster",)"
      R"("singularResource":"site","verbs":["create","delete","deletecollection","get","list","patch","update",)"
      R"("watch"]}],"freshness":"Current"}]}]})");
  const Value rest = AggregatedDiscoveryDocument(WidgetRegistry(), DiscoveryRoot::kApis);
  ASSERT_EQ(rest.at("items").as_array().size(), 1U);
  const Value& group = rest.at("items").at(0);
  EXPECT_EQ(group.at("metadata").at("name"), "example.com");
  ASSERT_EQ(group.at("versions").as_array().size(), 3U);
  EXPECT_EQ(group.at("versions").at(0).at("version"), "v2");
  const Value& widgets = group.at("versions").at(1).at("resources").at(0);
  EXPECT_EQ(
      ToJson(widgets.at("subresources")),
      R"([{"subresource":"scale","responseKind":{"group":"autoscaling","version":"v1","kind":"Scale"},)"
      R"("verbs":["get","patch","update"]},{"subresource":"status","responseKind":{"group":"example.com",)"
      R"("version":"v1","kind":"Widget"},"verbs":["get","patch","update"]}])");
}

}  // namespace
}  // namespace noizy
