#include "apiserver/definitions/definition_server.h"

#include <gtest/gtest.h>

#include "apiserver/storage/memory_store.h"
#include "machinery/base/random.h"
#include "machinery/schema/discovery.h"
#include "machinery/transport/in_process.h"
#include "machinery/value/json.h"
#include "machinery/value/yaml.h"

namespace noizy::apiserver {
namespace {

constexpr const char* kDefinitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
constexpr const char* kWidgets = "/apis/example.com/v1/namespaces/default/widgets";

// Text with every `from` replaced.
std::string With(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

constexpr const char* kWidgetDefinition = R"(
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget, shortNames: [wd]}
  versions:
  - name: v1
    served: true
    storage: true
    selectableFields: [{jsonPath: .spec.color}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [color]
            properties:
              color: {type: string}
              size: {type: integer, minimum: 1, default: 3}
)";

constexpr const char* kTwoVersions = R"(
  - name: v2
    served: true
    storage: false
    deprecated: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
)";

// A stream that keeps what it is given.
class KeptStream final : public HttpStream {
 public:
  void Write(std::vector<SharedBytes> pieces) override {
    for (const SharedBytes& piece : pieces) text += piece.view;
  }
  std::size_t QueuedBytes() const override { return 0; }
  void Close() override { closed = true; }
  std::string text;
  bool closed = false;
};

class WatchExchange final : public HttpExchange {
 public:
  WatchExchange(std::string path, std::string query, HttpHeaders headers = {}) {
    request_.headers = std::move(headers);
    request_.method = "GET";
    request_.path = std::move(path);
    request_.query = std::move(query);
    request_.peer = {"admin", {"system:masters"}, "01"};
  }
  const HttpRequest& request() const override { return request_; }
  void Reply(HttpReply reply) override { ADD_FAILURE() << reply.BodyText(); }
  std::shared_ptr<HttpStream> Stream(int, HttpHeaders, HttpStreamEvents) override { return stream; }
  std::shared_ptr<KeptStream> stream = std::make_shared<KeptStream>();

 private:
  HttpRequest request_;
};

struct Answer {
  int code = 0;
  Value body;
  HttpHeaders headers;
};

// The verbs, the definition server and the store on one thread.
class DefinitionServerTest : public ::testing::Test {
 protected:
  DefinitionServerTest() {
    Call("POST", "/api/v1/namespaces", R"({"metadata":{"name":"default"}})");
    Restart();
  }

  // A new server over the same store.
  void Restart() {
    kinds_.Replace(BuiltinKinds());
    definitions_ = std::make_shared<DefinitionServer>(
        DefinitionServerOptions{store_, writer_, kinds_, watches_, clock_, executor_});
    definitions_->Start();
    executor_.RunUntilIdle();
  }

  Answer Call(const std::string& method, const std::string& target, const std::string& body = "",
              const std::string& type = "application/json") {
    HttpRequest request;
    request.method = method;
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = target.substr(mark + 1);
    request.headers = {{"Content-Type", type}};
    request.body = body;
    Result<HttpReply> reply = transport_->Do(request, std::chrono::seconds(10));
    executor_.RunUntilIdle();
    Result<Value> tree = ParseJson(reply->BodyText());
    return {reply->code, tree.ok() ? *std::move(tree) : Value(), reply->headers};
  }

  Answer Define(const std::string& yaml) {
    return Call("POST", kDefinitions, yaml, "application/yaml");
  }
  Value Definition(const std::string& name) {
    return Call("GET", std::string(kDefinitions).append("/").append(name)).body;
  }
  Answer CreateWidget(const std::string& name, const std::string& extra = "",
                      const std::string& version = "v1") {
    const std::string body = R"({"apiVersion":"example.com/)" + version +
                             R"(","kind":"Widget","metadata":{"name":")" + name + "\"" + extra +
                             R"(},"spec":{"color":"red"}})";
    return Call("POST", With(kWidgets, "/v1/", "/" + version + "/"), body);
  }
  static std::string ConditionOf(const Value& definition, std::string_view type) {
    const Array* conditions = ArrayAt(definition, {"status", "conditions"});
    for (std::size_t i = 0; conditions != nullptr && i < conditions->size(); ++i) {
      if (StringAt((*conditions)[i], {"type"}) != type) continue;
      std::string text(StringAt((*conditions)[i], {"status"}));
      return text.append(" ").append(StringAt((*conditions)[i], {"reason"}));
    }
    return "";
  }

  FakeClock clock_;
  SeededRandom random_{1};
  MemoryStore store_{clock_};
  FakeExecutor executor_{clock_};
  ObjectWriter writer_{store_, clock_, random_};
  KindCatalog kinds_{BuiltinKinds()};
  WatchRoster watches_;
  Authorizer authorizer_{store_};
  const RevokedCertificates revoked_{store_};
  const ServerNames server_names_;
  FilterChain chain_{{.verbs = {store_, writer_, clock_, executor_, watches_},
                      .kinds = kinds_,
                      .clock = clock_,
                      .authorizer = authorizer_,
                      .revoked = revoked_,
                      .server_names = server_names_,
                      .limits = {},
                      .audit = {},
                      .subresources = {},
                      .questions = {},
                      .paths = {}}};
  std::unique_ptr<HttpTransport> transport_ = MakeInProcessTransport(
      [this](std::shared_ptr<HttpExchange> exchange) { chain_.Handle(std::move(exchange)); },
      {"admin", {"system:masters"}, "01"});
  std::shared_ptr<DefinitionServer> definitions_;
};

TEST_F(DefinitionServerTest, AKindIsServedOnceItIsDefined) {
  EXPECT_EQ(CreateWidget("a").code, 404);
  ASSERT_EQ(Define(kWidgetDefinition).code, 201);
  const Value definition = Definition("widgets.example.com");
  EXPECT_EQ(ConditionOf(definition, "NamesAccepted"), "True NoConflicts");
  EXPECT_EQ(ConditionOf(definition, "Established"), "True InitialNamesAccepted");
  EXPECT_EQ(StringAt(definition, {"status", "acceptedNames", "listKind"}), "WidgetList");
  EXPECT_EQ(ToJson(*Find(definition, {"status", "storedVersions"})), R"(["v1"])");
  const Answer made = CreateWidget("a");
  ASSERT_EQ(made.code, 201) << ToJson(made.body);
  EXPECT_EQ(IntAt(made.body, {"spec", "size"}), 3);
  EXPECT_NE(ToJson(ApiGroupListDocument(*kinds_.Snapshot())).find("example.com"),
            std::string::npos);
}

TEST_F(DefinitionServerTest, AnUpdateChangesValidationAtOnce) {
  Define(kWidgetDefinition);
  ASSERT_EQ(CreateWidget("a").code, 201);
  const std::string path = std::string(kDefinitions).append("/widgets.example.com");
  const Answer changed = Call(
      "PATCH", path,
      R"([{"op":"add","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/color/enum","value":["blue"]}])",
      "application/json-patch+json");
  ASSERT_EQ(changed.code, 200) << ToJson(changed.body);
  EXPECT_EQ(CreateWidget("b").code, 422);
}

TEST_F(DefinitionServerTest, WhatIsDefinedSurvivesARestart) {
  Define(kWidgetDefinition);
  ASSERT_EQ(CreateWidget("a").code, 201);
  Restart();
  EXPECT_EQ(Call("GET", std::string(kWidgets).append("/a")).code, 200);
}

TEST_F(DefinitionServerTest, NamesOfAnotherKindAreNotAccepted) {
  Define(kWidgetDefinition);
  const std::string rival = With(With(kWidgetDefinition, "widgets", "gadgets"), "[wd]", "[gd]");
  ASSERT_EQ(Define(rival).code, 201);
  const Value refused = Definition("gadgets.example.com");
  EXPECT_EQ(ConditionOf(refused, "NamesAccepted"), "False SingularConflict");
  EXPECT_EQ(ConditionOf(refused, "Established"), "False NotAccepted");
  EXPECT_EQ(Call("GET", "/apis/example.com/v1/gadgets").code, 404);
  // Once the other one is gone, its names are free.
  Call("DELETE", std::string(kDefinitions).append("/widgets.example.com"));
  EXPECT_EQ(ConditionOf(Definition("gadgets.example.com"), "Established"),
            "True InitialNamesAccepted");
  EXPECT_EQ(Call("GET", "/apis/example.com/v1/gadgets").code, 200);
}

TEST_F(DefinitionServerTest, NobodyTakesABuiltinKindsNames) {
  const std::string rival =
      With(With(With(kWidgetDefinition, "example.com", "noizy.dev"), "widgets", "jobs"),
           "kind: Widget", "kind: Task");
  ASSERT_EQ(Define(rival).code, 201);
  EXPECT_EQ(ConditionOf(Definition("jobs.noizy.dev"), "NamesAccepted"), "False SingularConflict");
}

TEST_F(DefinitionServerTest, DeletingADefinitionDeletesItsObjects) {
  Define(kWidgetDefinition);
  for (const char* name : {"a", "b", "c"}) ASSERT_EQ(CreateWidget(name).code, 201);
  auto watch = std::make_shared<WatchExchange>("/apis/example.com/v1/widgets", "watch=1");
  chain_.Handle(watch);
  executor_.RunUntilIdle();
  const std::string path = std::string(kDefinitions).append("/widgets.example.com");
  EXPECT_EQ(Call("DELETE", path).code, 200);
  EXPECT_EQ(Call("GET", path).code, 404);
  EXPECT_EQ(Call("GET", kWidgets).code, 404);
  EXPECT_TRUE(store_.List({"widgets.example.com", "", ""}, {})->items.empty());
  EXPECT_NE(watch->stream->text.find(R"({"type":"DELETED")"), std::string::npos);
  EXPECT_TRUE(watch->stream->closed) << "a watch of a kind that is gone ends";
  EXPECT_EQ(watches_.size(), 0U);
}

TEST_F(DefinitionServerTest, ARunningWatchFollowsItsDefinition) {
  Define(kWidgetDefinition);
  auto watch = std::make_shared<WatchExchange>(
      "/apis/example.com/v1/widgets", "watch=1",
      HttpHeaders{{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"}});
  chain_.Handle(watch);
  Value definition = Definition("widgets.example.com");
  Find(definition, {"spec", "versions"})->at(0).as_object()["additionalPrinterColumns"] =
      Array{Object{{"name", "Tint"}, {"type", "string"}, {"jsonPath", ".spec.color"}}};
  const std::string path = std::string(kDefinitions).append("/widgets.example.com");
  ASSERT_EQ(Call("PUT", path, ToJson(definition)).code, 200);
  ASSERT_EQ(CreateWidget("a").code, 201);
  EXPECT_NE(watch->stream->text.find(R"("name":"Tint")"), std::string::npos) << watch->stream->text;
}

TEST_F(DefinitionServerTest, ADefinitionWaitsForObjectsWithFinalizers) {
  Define(kWidgetDefinition);
  ASSERT_EQ(CreateWidget("a", R"(,"finalizers":["example.com/held"])").code, 201);
  const std::string path = std::string(kDefinitions).append("/widgets.example.com");
  Call("DELETE", path);
  EXPECT_EQ(ConditionOf(Definition("widgets.example.com"), "Terminating"),
            "True InstanceDeletionInProgress");
  const Answer late = CreateWidget("b");
  EXPECT_EQ(late.code, 405);
  EXPECT_NE(StringAt(late.body, {"message"}).find("terminating"), std::string_view::npos);
  const Answer released =
      Call("PATCH", std::string(kWidgets).append("/a"), R"({"metadata":{"finalizers":null}})",
           "application/merge-patch+json");
  ASSERT_EQ(released.code, 200) << ToJson(released.body);
  EXPECT_EQ(Call("GET", path).code, 404);
}

TEST_F(DefinitionServerTest, EveryVersionServesTheSameObjects) {
  ASSERT_EQ(Define(std::string(kWidgetDefinition).append(kTwoVersions + 1)).code, 201);
  ASSERT_EQ(CreateWidget("a", "", "v2").code, 201);
  EXPECT_EQ(store_.Get({"widgets.example.com", "default", "a"})
                ->bytes.find(R"({"apiVersion":"example.com/v1")"),
            0U);
  const std::string second = With(kWidgets, "/v1/", "/v2/");
  const Answer got = Call("GET", std::string(second).append("/a"));
  EXPECT_EQ(StringAt(got.body, {"apiVersion"}), "example.com/v2");
  EXPECT_EQ(StringAt(got.body, {"spec", "color"}), "red");
  EXPECT_EQ(FindHeader(got.headers, "Warning"), "299 - \"example.com/v2 Widget is deprecated\"");
  const Answer listed = Call("GET", second);
  EXPECT_EQ(StringAt(ArrayAt(listed.body, {"items"})->at(0), {"apiVersion"}), "example.com/v2");
  const Answer patched = Call("PATCH", std::string(second).append("/a"),
                              R"({"spec":{"color":"blue"}})", "application/merge-patch+json");
  EXPECT_EQ(StringAt(patched.body, {"apiVersion"}), "example.com/v2");
  EXPECT_EQ(StringAt(Call("GET", std::string(kWidgets).append("/a")).body, {"apiVersion"}),
            "example.com/v1");
}

TEST_F(DefinitionServerTest, AFieldCanBecomeSelectableLater) {
  Define(With(kWidgetDefinition, "    selectableFields: [{jsonPath: .spec.color}]\n", ""));
  ASSERT_EQ(CreateWidget("a").code, 201);
  const std::string query = std::string(kWidgets).append("?fieldSelector=spec.color%3Dred");
  EXPECT_EQ(Call("GET", query).code, 400);
  Call(
      "PATCH", std::string(kDefinitions).append("/widgets.example.com"),
      R"([{"op":"add","path":"/spec/versions/0/selectableFields","value":[{"jsonPath":".spec.color"}]}])",
      "application/json-patch+json");
  EXPECT_EQ(ArrayAt(Call("GET", query).body, {"items"})->size(), 1U);
  EXPECT_TRUE(ArrayAt(Call("GET", With(query, "3Dred", "3Dblue")).body, {"items"})->empty());
}

TEST_F(DefinitionServerTest, ADefinitionOutlivesAWriteWithoutItsFinalizer) {
  Define(kWidgetDefinition);
  ASSERT_EQ(CreateWidget("a").code, 201);
  const std::string path = std::string(kDefinitions).append("/widgets.example.com");
  Call("PATCH", path, R"({"metadata":{"finalizers":null}})", "application/merge-patch+json");
  Call("DELETE", path);
  EXPECT_TRUE(store_.List({"widgets.example.com", "", ""}, {})->items.empty());
}

}  // namespace
}  // namespace noizy::apiserver
