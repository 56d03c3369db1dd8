#include "cli/served_kinds.h"

#include <gtest/gtest.h>

#include "cli/kinds.h"
#include "machinery/transport/in_process.h"
#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

/// A server that answers GETs with canned documents.
Client ClientOf(const std::map<std::string, std::string>& documents) {
  const HttpHandler handler = [documents](std::shared_ptr<HttpExchange> exchange) {
    const auto found = documents.find(exchange->request().path);
    HttpReply reply;
    reply.code = found == documents.end() ? 404 : 200;
    if (found != documents.end()) reply.body.emplace_back(found->second);
    exchange->Reply(std::move(reply));
  };
  return Client(std::shared_ptr<HttpTransport>(MakeInProcessTransport(handler, {})));
}

constexpr const char* kAggregatedApis = R"({"kind":"APIGroupDiscoveryList","items":[
  {"metadata":{"name":"noizy.dev"},"versions":[{"version":"v1","resources":[
    {"resource":"tasks","responseKind":{"kind":"Task"},"scope":"Namespaced","singularResource":"task","verbs":["list"],"categories":["all"]},
    {"resource":"routingpolicies","responseKind":{"kind":"RoutingPolicy"},"scope":"Cluster","shortNames":["rp"],"verbs":["get"],"categories":["all"]}]}]},
  {"metadata":{"name":"other.dev"},"versions":[{"version":"v2","resources":[
    {"resource":"tasks","responseKind":{"kind":"Task"},"scope":"Namespaced","verbs":["list"]}]}]}]})";

ServedKinds Aggregated() {
  Result<ServedKinds> kinds = ServedKinds::Discover(
      ClientOf({{"/api", R"({"kind":"APIGroupDiscoveryList"})"}, {"/apis", kAggregatedApis}}));
  EXPECT_TRUE(kinds.ok()) << kinds.status().ToString();
  return kinds.ok() ? *std::move(kinds) : ServedKinds({});
}

TEST(ServedKinds, ReadsAggregatedDiscovery) {
  const ServedKinds kinds = Aggregated();
  ASSERT_EQ(kinds.all().size(), 3U);
  const ServedKind& policy = kinds.all()[1];
  EXPECT_EQ(policy.resource.Path("", "a"), "/apis/noizy.dev/v1/routingpolicies/a");
  EXPECT_EQ(policy.singular, "routingpolicy") << "made from the kind where the server does not say";
  EXPECT_EQ(policy.ApiVersion(), "noizy.dev/v1");
  EXPECT_TRUE(policy.HasVerb("get"));
  EXPECT_FALSE(policy.HasVerb("list"));
}

TEST(ServedKinds, ReadsLegacyDiscovery) {
  const Client client = ClientOf(
      {{"/api", R"({"kind":"APIVersions","versions":["v1"]})"},
       {"/apis",
        R"({"kind":"APIGroupList","groups":[{"name":"noizy.dev","versions":[{"groupVersion":"noizy.dev/v1"}]}]})"},
       {"/api/v1",
        R"({"groupVersion":"v1","resources":[{"name":"secrets","kind":"Secret","namespaced":true,"singularName":"secret"}]})"},
       {"/apis/noizy.dev/v1",
        R"({"groupVersion":"noizy.dev/v1","resources":[{"name":"nodes","kind":"Node","namespaced":false,"singularName":""},
          {"name":"nodes/status","kind":"Node","namespaced":false}]})"}});
  const Result<ServedKinds> kinds = ServedKinds::Discover(client);
  ASSERT_TRUE(kinds.ok()) << kinds.status().ToString();
  ASSERT_EQ(kinds->all().size(), 2U);
  EXPECT_EQ(kinds->FindByWord("secret")->resource.Path("n", "s"), "/api/v1/namespaces/n/secrets/s");
  EXPECT_EQ(kinds->FindByWord("node")->ApiVersion(), "noizy.dev/v1");
}

TEST(ServedKinds, AreFoundByTheWordsPeopleUse) {
  const ServedKinds kinds = Aggregated();
  for (const char* word :
       {"rp", "RoutingPolicy", "routingpolicies", "routingpolicies.noizy.dev", "rp.v1.noizy.dev"}) {
    ASSERT_NE(kinds.FindByWord(word), nullptr) << word;
    EXPECT_EQ(kinds.FindByWord(word)->kind, "RoutingPolicy");
  }
  EXPECT_EQ(kinds.FindByWord("tasks")->resource.group, "noizy.dev") << "the first group wins";
  EXPECT_EQ(kinds.FindByWord("tasks.other.dev")->resource.version, "v2");
  EXPECT_EQ(kinds.FindByWord("tasks.v9.noizy.dev"), nullptr);
  EXPECT_EQ(kinds.FindByKind("other.dev/v2", "Task")->resource.group, "other.dev");
  EXPECT_EQ(kinds.FindByKind("other.dev/v1", "Task"), nullptr);
}

TEST(Kinds, WordsMayNameSeveralOrACategory) {
  const ServedKinds kinds = Aggregated();
  const auto plurals = [&](std::string_view words) {
    std::string text;
    const Result<std::vector<ServedKind>> found = KindsByWords(kinds, words);
    if (!found.ok()) return found.status().message();
    for (const ServedKind& kind : *found) text += kind.resource.Resource() + " ";
    return text;
  };
  EXPECT_EQ(plurals("rp,tasks.other.dev"), "routingpolicies.noizy.dev tasks.other.dev ");
  EXPECT_EQ(plurals("all"), "tasks.noizy.dev ") << "only what can be listed";
  EXPECT_EQ(plurals("rp,"),
            "the server has no resource type \"\"; noizy api-resources lists those it has");
  EXPECT_EQ(KindOfObject(kinds, Object{{"apiVersion", "noizy.dev/v1"}, {"kind", "Task"}})
                ->resource.plural,
            "tasks");
  EXPECT_FALSE(KindOfObject(kinds, Object{}).ok());
  EXPECT_EQ(Shown(kinds.all()[0], "a"), "task.noizy.dev/a");
}

}  // namespace
}  // namespace noizy::cli
