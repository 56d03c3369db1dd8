#include "tests/unit/apiserver/api_fixture.h"
#include "tests/unit/machinery/protobuf/wire.h"

namespace noizy::apiserver {
namespace {

class DeleteTest : public ApiTest {
 protected:
  static constexpr const char* kConfigMaps = "/api/v1/namespaces/default/configmaps";
  Answer CreateConfigMap(const std::string& name, const std::string& labels = "") {
    return Call("POST", kConfigMaps,
                R"({"metadata":{"name":")" + name + R"(","labels":{)" + labels + "}}}");
  }
  static std::string ConfigMapPath(const std::string& name) {
    return Under(kConfigMaps, "/") + name;
  }
};

TEST_F(DeleteTest, RemovesWhatHasNoFinalizers) {
  const Answer made = CreateConfigMap("c");
  ASSERT_EQ(made.code, 201);
  const Answer answer = Call("DELETE", ConfigMapPath("c"));
  EXPECT_EQ(answer.code, 200);
  EXPECT_EQ(answer.Text({"kind"}), "Status");
  EXPECT_EQ(answer.Text({"status"}), "Success");
  EXPECT_EQ(answer.Text({"details", "name"}), "c");
  EXPECT_EQ(answer.Text({"details", "uid"}), made.Text({"metadata", "uid"}));
  EXPECT_EQ(Call("GET", ConfigMapPath("c")).code, 404);
  EXPECT_EQ(Call("DELETE", ConfigMapPath("c")).code, 404);
}

TEST_F(DeleteTest, MarksWhatHasFinalizers) {
  ASSERT_EQ(CreateTask("a").code, 201);
  clock_.Advance(std::chrono::seconds(5));
  const Answer answer = Call("DELETE", TaskPath("a"), R"({"gracePeriodSeconds":3})");
  EXPECT_EQ(answer.code, 200);
  EXPECT_EQ(answer.Text({"kind"}), "Task");
  EXPECT_EQ(answer.Text({"metadata", "deletionTimestamp"}), "2026-01-01T00:00:05Z");
  EXPECT_EQ(IntAt(answer.body, {"metadata", "deletionGracePeriodSeconds"}), 3);
  const std::int64_t before = store_.Revision();
  EXPECT_EQ(Call("DELETE", TaskPath("a")).code, 200);
  EXPECT_EQ(store_.Revision(), before) << "a second deletion changes nothing";
}

TEST_F(DeleteTest, TypedClientsSpeakProtobuf) {
  const HttpHeaders type{{"Content-Type", "application/vnd.kubernetes.protobuf"}};
  const std::string map = Bytes(1, Bytes(1, "c")) + Entry(2, "k", "v");
  const Answer made = Call("POST", kConfigMaps, Envelope("v1", "ConfigMap", map), type);
  ASSERT_EQ(made.code, 201) << ToJson(made.body);
  EXPECT_EQ(made.Text({"data", "k"}), "v");
  const std::string other = Bytes(2, Bytes(1, "another-uid"));
  EXPECT_EQ(Call("DELETE", ConfigMapPath("c"), Envelope("v1", "DeleteOptions", other), type).code,
            409);
  const std::string background = Bytes(4, "Background");
  EXPECT_EQ(
      Call("DELETE", ConfigMapPath("c"), Envelope("v1", "DeleteOptions", background), type).code,
      200);
  EXPECT_EQ(Call("POST", kTasks, Envelope("noizy.dev/v1", "Task", ""), type).code, 415);
}

TEST_F(DeleteTest, PreconditionsAreKept) {
  const Answer made = CreateConfigMap("c");
  EXPECT_EQ(Call("DELETE", ConfigMapPath("c"), R"({"preconditions":{"uid":"other"}})").code, 409);
  EXPECT_EQ(Call("DELETE", ConfigMapPath("c"), R"({"preconditions":{"resourceVersion":"1"}})").code,
            409);
  const std::string good =
      R"({"preconditions":{"uid":")" + std::string(made.Text({"metadata", "uid"})) + R"("}})";
  EXPECT_EQ(Call("DELETE", ConfigMapPath("c"), good).code, 200);
}

TEST_F(DeleteTest, PropagationPoliciesBecomeFinalizers) {
  ASSERT_EQ(CreateConfigMap("c").code, 201);
  const Answer answer = Call("DELETE", ConfigMapPath("c"), R"({"propagationPolicy":"Foreground"})");
  EXPECT_EQ(ArrayAt(answer.body, {"metadata", "finalizers"})->at(0), "foregroundDeletion");
  ASSERT_EQ(CreateConfigMap("d").code, 201);
  const Answer orphan = Call("DELETE", ConfigMapPath("d") + "?propagationPolicy=Orphan");
  EXPECT_EQ(ArrayAt(orphan.body, {"metadata", "finalizers"})->at(0), "orphan");
  EXPECT_EQ(Call("DELETE", ConfigMapPath("d"), R"({"propagationPolicy":"Maybe"})").code, 422);
}

TEST_F(DeleteTest, OrphanDependentsIsThePolicysOldName) {
  ASSERT_EQ(CreateConfigMap("c").code, 201);
  const Answer both = Call("DELETE", ConfigMapPath("c"),
                           R"({"propagationPolicy":"Orphan","orphanDependents":true})");
  EXPECT_EQ(both.code, 422);
  EXPECT_NE(
      both.Text({"message"}).find("orphanDependents and deletionPropagation cannot be both set"),
      std::string_view::npos);
  const Answer orphan = Call("DELETE", ConfigMapPath("c"), R"({"orphanDependents":true})");
  EXPECT_EQ(ArrayAt(orphan.body, {"metadata", "finalizers"})->at(0), "orphan");
  ASSERT_EQ(CreateConfigMap("d").code, 201);
  EXPECT_EQ(Call("DELETE", ConfigMapPath("d") + "?orphanDependents=false").Text({"status"}),
            "Success");
}

TEST_F(DeleteTest, TheBodyIsDeleteOptions) {
  ASSERT_EQ(CreateConfigMap("c").code, 201);
  EXPECT_EQ(Call("DELETE", ConfigMapPath("c"), R"({"kind":"ConfigMap"})").code, 400);
  EXPECT_EQ(Call("DELETE", ConfigMapPath("c"), R"({"dryRun":["Some"]})").code, 422);
  EXPECT_EQ(Call("DELETE", ConfigMapPath("c"), "[]").code, 400);
  EXPECT_EQ(Call("GET", ConfigMapPath("c")).code, 200);
}

TEST_F(DeleteTest, VerbsHaveTheirPlaces) {
  EXPECT_EQ(Call("DELETE", "/api/v1/configmaps").code, 405);
  EXPECT_EQ(Call("POST", "/api/v1/configmaps", "{}").code, 405);
  EXPECT_EQ(Call("PUT", kConfigMaps, "{}").code, 405);
  EXPECT_EQ(Call("PATCH", kConfigMaps, "{}").code, 405);
}

TEST_F(DeleteTest, ADryRunKeepsTheObject) {
  ASSERT_EQ(CreateConfigMap("c").code, 201);
  EXPECT_EQ(Call("DELETE", ConfigMapPath("c"), R"({"dryRun":["All"]})").code, 200);
  EXPECT_EQ(Call("GET", ConfigMapPath("c")).code, 200);
}

TEST_F(DeleteTest, ACollectionBySelector) {
  for (const char* name : {"a", "b"}) ASSERT_EQ(CreateConfigMap(name, R"("go":"yes")").code, 201);
  ASSERT_EQ(CreateConfigMap("c").code, 201);
  const Answer answer = Call("DELETE", Under(kConfigMaps, "?labelSelector=go%3Dyes"));
  EXPECT_EQ(answer.code, 200);
  EXPECT_EQ(ArrayAt(answer.body, {"items"})->size(), 2U);
  EXPECT_EQ(Call("GET", ConfigMapPath("a")).code, 404);
  EXPECT_EQ(Call("GET", ConfigMapPath("c")).code, 200);
  EXPECT_EQ(Call("DELETE", Under(kConfigMaps, "?labelSelector=go%3Dyes")).code, 200)
      << "none left is fine";
}

}  // namespace
}  // namespace noizy::apiserver
