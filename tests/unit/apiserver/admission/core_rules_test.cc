#include "machinery/value/base64.h"
#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class CoreRulesTest : public ApiTest {
 protected:
  static constexpr const char* kSecrets = "/api/v1/namespaces/default/secrets";
  static constexpr const char* kConfigMaps = "/api/v1/namespaces/default/configmaps";
};

TEST_F(CoreRulesTest, NamespacesCarryTheirNameAndFinalizer) {
  const Answer answer = Call("GET", "/api/v1/namespaces/default");
  EXPECT_EQ(answer.Text({"metadata", "labels", "kubernetes.io/metadata.name"}), "default");
  EXPECT_EQ(answer.Text({"status", "phase"}), "Active");
  EXPECT_EQ(*ArrayAt(answer.body, {"spec", "finalizers"}), (Array{"kubernetes"}));
}

// https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.32/#namespacespec-v1-core
TEST_F(CoreRulesTest, FinalizeAloneChangesANamespacesOwnFinalizers) {
  const std::string path = "/api/v1/namespaces/work";
  const auto wants = [](std::string_view finalizers) {
    return R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"work"},"spec":)" +
           std::string(R"({"finalizers":)").append(finalizers) + "}}";
  };
  const Answer made = Call("POST", "/api/v1/namespaces", wants(R"(["x.dev/mine"])"));
  const Array both{"x.dev/mine", "kubernetes"};
  EXPECT_EQ(*ArrayAt(made.body, {"spec", "finalizers"}), both);
  EXPECT_EQ(*ArrayAt(Call("PUT", path, wants("[]")).body, {"spec", "finalizers"}), both);
  EXPECT_EQ(*ArrayAt(Call("PUT", path + "/status", wants("[]")).body, {"spec", "finalizers"}),
            both);
  const Answer marked = Call("DELETE", path);
  EXPECT_EQ(marked.Text({"status", "phase"}), "Terminating") << ToJson(marked.body);
  EXPECT_EQ(Call("PUT", path + "/finalize", wants(R"(["x.dev/mine"])")).code, 200);
  EXPECT_EQ(Call("GET", path).code, 200) << "one is left";
  EXPECT_EQ(Call("PUT", path + "/finalize", wants("[]")).code, 200);
  EXPECT_EQ(Call("GET", path).code, 404);
}

TEST_F(CoreRulesTest, FinalizeIsAPutAndItsFinalizersHaveOwners) {
  CreateNamespace("work");
  const std::string path = "/api/v1/namespaces/work/finalize";
  EXPECT_EQ(Call("GET", path).code, 405);
  EXPECT_EQ(Call("PATCH", path, "{}").code, 405);
  EXPECT_EQ(Call("PUT", "/api/v1/namespaces/default/configmaps/work/finalize", "{}").code, 404);
  const Answer bare = Call("PUT", path, R"({"spec":{"finalizers":["kubernetes","mine"]}})");
  EXPECT_EQ(bare.code, 422);
  EXPECT_EQ(Find(bare.body, {"details", "causes"})->at(0).at("field"), "spec.finalizers[1]");
}

TEST_F(CoreRulesTest, RecordedEventsAreWhole) {
  const std::string events = "/apis/events.k8s.io/v1/namespaces/default/events";
  const Answer bare =
      Call("POST", events, R"({"metadata":{"name":"e"},"regarding":{"namespace":"x"}})");
  EXPECT_EQ(bare.code, 422);
  EXPECT_EQ(ArrayAt(bare.body, {"details", "causes"})->size(), 7U) << ToJson(bare.body);
}

TEST_F(CoreRulesTest, NamespacesThatTheServerNeedsStay) {
  const Answer answer = Call("DELETE", "/api/v1/namespaces/default");
  EXPECT_EQ(answer.code, 403);
  EXPECT_EQ(answer.Text({"message"}),
            R"(namespaces "default" is forbidden: this namespace may not be deleted)");
  EXPECT_EQ(answer.Text({"details", "name"}), "default");
  EXPECT_EQ(Call("DELETE", "/api/v1/namespaces").code, 405) << "never all at once";
  CreateNamespace("other");
  EXPECT_EQ(Call("DELETE", "/api/v1/namespaces/other").code, 200);
  const Answer late =
      Call("POST", "/api/v1/namespaces/other/configmaps", R"({"metadata":{"name":"c"}})");
  EXPECT_EQ(late.code, 403);
  EXPECT_EQ(Find(late.body, {"details", "causes"})->at(0).at("reason"), "NamespaceTerminating");
}

TEST_F(CoreRulesTest, EventsAreWhereWhatTheyAreAboutIs) {
  CreateNamespace("other");
  const auto post = [&](const std::string& ns, const std::string& about) {
    return Call("POST", "/api/v1/namespaces/" + ns + "/events",
                R"({"metadata":{"generateName":"e-"},"involvedObject":{"name":"a","namespace":")" +
                    about + R"("}})")
        .code;
  };
  EXPECT_EQ(post("other", "other"), 201);
  EXPECT_EQ(post("default", ""), 201) << "of what has no namespace";
  EXPECT_EQ(post("default", "other"), 422);
  EXPECT_EQ(post("other", ""), 422);
}

TEST_F(CoreRulesTest, StringDataBecomesData) {
  const Answer answer =
      Call("POST", kSecrets,
           R"({"metadata":{"name":"s"},"stringData":{"k":"väl"},"data":{"o":"eA=="}})");
  ASSERT_EQ(answer.code, 201) << ToJson(answer.body);
  EXPECT_EQ(answer.Text({"data", "k"}), EncodeBase64("väl"));
  EXPECT_EQ(answer.Text({"data", "o"}), "eA==");
  EXPECT_EQ(answer.Text({"type"}), "Opaque");
  EXPECT_EQ(Find(answer.body, {"stringData"}), nullptr);
}

TEST_F(CoreRulesTest, DataMustBeBase64) {
  const Answer answer =
      Call("POST", kSecrets, R"({"metadata":{"name":"s"},"data":{"k":"not base64!"}})");
  EXPECT_EQ(answer.code, 400);
  // What it says of a secret goes into logs: not the secret.
  EXPECT_EQ(answer.Text({"message"}),
            "Secret in version \"v1\" cannot be handled as a Secret: json: cannot unmarshal: "
            "data.k in body must be of type byte (base64)");
}

TEST_F(CoreRulesTest, ImmutableStaysSo) {
  ASSERT_EQ(
      Call("POST", kConfigMaps, R"({"metadata":{"name":"c"},"data":{"a":"1"},"immutable":true})")
          .code,
      201);
  const auto put = [&](const std::string& rest) {
    return Call("PUT", Under(kConfigMaps, "/c"), R"({"metadata":{"name":"c"},)" + rest + "}").code;
  };
  EXPECT_EQ(put(R"("data":{"a":"2"},"immutable":true)"), 422);
  EXPECT_EQ(put(R"("data":{"a":"1"})"), 422);
  EXPECT_EQ(put(R"("data":{"a":"1"},"immutable":true)"), 200);
}

}  // namespace
}  // namespace noizy::apiserver
