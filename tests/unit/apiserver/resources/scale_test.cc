#include "tests/unit/apiserver/second_server.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kFleetYaml = R"(
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: fleets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: fleets, kind: Fleet}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.size.wanted, statusReplicasPath: .status.size, labelSelectorPath: .status.selector}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          apiVersion: {type: string}
          kind: {type: string}
          metadata: {type: object}
          spec:
            type: object
            properties:
              size: {type: object, properties: {wanted: {type: integer, maximum: 100}}}
              color: {type: string}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
)";

class ScaleTest : public SecondServerTest {
 protected:
  ScaleTest() {
    StartSecond(SecondOptions(BuiltinKinds().With(KindRegistry::FromYaml({kFleetYaml})->kinds())));
    const Answer made = Call("POST", kFleets,
                             R"({"apiVersion":"example.com/v1","kind":"Fleet",
                                 "metadata":{"name":"f"},"spec":{"size":{"wanted":3}}})");
    EXPECT_EQ(made.code, 201) << ToJson(made.body);
    Call("PATCH", std::string(kFleet) + "/status", R"({"status":{"size":2,"selector":"app=f"}})",
         {{"Content-Type", "application/merge-patch+json"}});
  }

  Answer Patch(const std::string& patch, const std::string& type = "application/merge-patch+json") {
    return Call("PATCH", kScale, patch, {{"Content-Type", type}});
  }

  Answer Apply(const std::string& manager, int replicas, const std::string& flags = "") {
    return Call("PATCH", Under(kScale, "?fieldManager=") + manager + flags,
                R"({"kind":"Scale","apiVersion":"autoscaling/v1","spec":{"replicas":)" +
                    std::to_string(replicas) + "}}",
                {{"Content-Type", "application/apply-patch+yaml"}});
  }

  static constexpr const char* kFleets = "/apis/example.com/v1/namespaces/default/fleets";
  static constexpr const char* kFleet = "/apis/example.com/v1/namespaces/default/fleets/f";
  static constexpr const char* kScale = "/apis/example.com/v1/namespaces/default/fleets/f/scale";
};

TEST_F(ScaleTest, IsTheSameForEveryKind) {
  const Answer scale = Call("GET", kScale);
  ASSERT_EQ(scale.code, 200) << ToJson(scale.body);
  EXPECT_EQ(scale.Text({"kind"}), "Scale");
  EXPECT_EQ(scale.Text({"apiVersion"}), "autoscaling/v1");
  EXPECT_EQ(scale.Text({"metadata", "name"}), "f");
  EXPECT_EQ(ToJson(*Find(scale.body, {"spec"})), R"({"replicas":3})");
  EXPECT_EQ(ToJson(*Find(scale.body, {"status"})), R"({"replicas":2,"selector":"app=f"})");
}

TEST_F(ScaleTest, IsShownAsATable) {
  const Answer table =
      Call("GET", kScale, "",
           {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}});
  ASSERT_EQ(table.Text({"kind"}), "Table") << ToJson(table.body);
  std::vector<std::string_view> names;
  for (const Value& column : *ArrayAt(table.body, {"columnDefinitions"}))
    names.push_back(StringAt(column, {"name"}));
  EXPECT_EQ(names, (std::vector<std::string_view>{"Name", "Desired", "Available", "Age"}));
  const Array& cells = *ArrayAt(ArrayAt(table.body, {"rows"})->front(), {"cells"});
  EXPECT_EQ(ToJson(Value(cells)).substr(0, 9), R"(["f",3,2,)");
}

TEST_F(ScaleTest, NothingIsScaledForAClientThatTakesNoReply) {
  const Answer refused =
      Call("PATCH", kScale, R"({"spec":{"replicas":5}})",
           {{"Content-Type", "application/merge-patch+json"}, {"Accept", "image/png"}});
  EXPECT_EQ(refused.code, 406);
  EXPECT_EQ(IntAt(Call("GET", kScale).body, {"spec", "replicas"}), 3);
}

TEST_F(ScaleTest, ChangesTheCountAndNothingElse) {
  const Answer patched = Patch(R"({"spec":{"replicas":5,"color":"red"},"status":{"replicas":9}})");
  ASSERT_EQ(patched.code, 200) << ToJson(patched.body);
  EXPECT_EQ(IntAt(patched.body, {"spec", "replicas"}), 5);
  const Answer fleet = Call("GET", kFleet);
  EXPECT_EQ(ToJson(*Find(fleet.body, {"spec"})), R"({"size":{"wanted":5}})");
  EXPECT_EQ(IntAt(fleet.body, {"status", "size"}), 2);
  EXPECT_EQ(IntAt(fleet.body, {"metadata", "generation"}), 2);
}

TEST_F(ScaleTest, TheWriterOwnsTheCountThroughScale) {
  ASSERT_EQ(Patch(R"({"spec":{"replicas":5}})").code, 200);
  const Answer fleet = Call("GET", kFleet);
  const Array& entries = *ArrayAt(fleet.body, {"metadata", "managedFields"});
  const auto scale = std::ranges::find_if(
      entries, [](const Value& entry) { return StringAt(entry, {"subresource"}) == "scale"; });
  ASSERT_NE(scale, entries.end());
  EXPECT_EQ(ToJson(*Find(*scale, {"fieldsV1"})), R"({"f:spec":{"f:size":{"f:wanted":{}}}})");
}

TEST_F(ScaleTest, ReplacesUnderItsGuards) {
  Value scale = Call("GET", kScale).body;
  Set(scale, {"spec", "replicas"}, 4);
  EXPECT_EQ(IntAt(Call("PUT", kScale, ToJson(scale)).body, {"spec", "replicas"}), 4);
  Set(scale, {"spec", "replicas"}, 7);
  EXPECT_EQ(Call("PUT", kScale, ToJson(scale)).code, 409);
  Remove(scale, {"metadata", "resourceVersion"});
  Remove(scale, {"spec", "replicas"});
  EXPECT_EQ(Call("PUT", kScale, ToJson(scale)).code, 200);
  EXPECT_EQ(ToJson(*Find(Call("GET", kScale).body, {"spec"})), "{}");
}

TEST_F(ScaleTest, RefusesWhatIsNoScale) {
  EXPECT_EQ(Patch(R"({"spec":{"replicas":-1}})").code, 422);
  EXPECT_EQ(Patch(R"({"spec":{"replicas":"many"}})").code, 400);
  EXPECT_EQ(Patch(R"({"spec":{"replicas":4294967296}})").code, 400);
  EXPECT_EQ(Patch(R"({"spec":{"replicas":101}})").code, 422) << "the object's own schema";
  EXPECT_EQ(Patch(R"({"metadata":{"name":"g"}})").code, 400);
  EXPECT_EQ(Patch("{}", "text/plain").code, 415);
  EXPECT_EQ(
      Patch(R"([{"op":"test","path":"/spec/replicas","value":9}])", "application/json-patch+json")
          .code,
      422);
  EXPECT_EQ(Call("PUT", kScale, R"({"kind":"Fleet"})").code, 400);
  EXPECT_EQ(Call("DELETE", kScale).code, 405);
  EXPECT_EQ(Call("GET", std::string(kFleets) + "/none/scale").code, 404);
  EXPECT_EQ(Call("GET", TaskPath("none") + "/scale").code, 404);
}

TEST_F(ScaleTest, AnApplyOwnsTheCountThroughScale) {
  const Answer taken = Apply("scaler", 5);
  EXPECT_EQ(taken.code, 409) << "whoever created it owns the count: " << ToJson(taken.body);
  EXPECT_EQ(Find(taken.body, {"details", "causes"})->at(0).at("field"), ".spec.size.wanted");
  ASSERT_EQ(IntAt(Apply("scaler", 5, "&force=true").body, {"spec", "replicas"}), 5);
  ASSERT_EQ(Apply("scaler", 6).code, 200);
  const Answer fleet = Call("GET", kFleet);
  const Value& entry = ArrayAt(fleet.body, {"metadata", "managedFields"})->front();
  EXPECT_EQ(StringAt(entry, {"manager"}), "scaler");
  EXPECT_EQ(StringAt(entry, {"operation"}), "Apply");
  EXPECT_EQ(StringAt(entry, {"subresource"}), "scale");
  EXPECT_EQ(ToJson(*Find(entry, {"fieldsV1"})), R"({"f:spec":{"f:size":{"f:wanted":{}}}})");
  EXPECT_EQ(Apply("other", 7).code, 409);
  EXPECT_EQ(IntAt(Call("GET", kScale).body, {"spec", "replicas"}), 6);
}

TEST_F(ScaleTest, AnApplyIsOfAScaleThatIsThere) {
  const HttpHeaders apply = {{"Content-Type", "application/apply-patch+yaml"}};
  EXPECT_EQ(Call("PATCH", kScale, "{kind: Scale, apiVersion: autoscaling/v1}", apply).code, 422)
      << "no field manager";
  const std::string path = Under(kScale, "?fieldManager=a");
  EXPECT_EQ(Call("PATCH", path, "{spec: {replicas: 1}}", apply).code, 400);
  EXPECT_EQ(Call("PATCH", path, "{kind: Fleet, apiVersion: example.com/v1}", apply).code, 400);
  EXPECT_EQ(Call("PATCH", Under(kFleets, "/none/scale?fieldManager=a"),
                 "{kind: Scale, apiVersion: autoscaling/v1, spec: {replicas: 1}}", apply)
                .code,
            404);
}

TEST_F(ScaleTest, AnObjectWithoutACountHasNoScale) {
  ASSERT_EQ(
      Call("POST", kFleets,
           R"({"apiVersion":"example.com/v1","kind":"Fleet","metadata":{"name":"g"},"spec":{}})")
          .code,
      201);
  const std::string scale = std::string(kFleets) + "/g/scale";
  const Answer answer = Call("GET", scale);
  EXPECT_EQ(answer.code, 500);
  EXPECT_NE(answer.Text({"message"}).find(".spec.size.wanted"), std::string_view::npos);
}

}  // namespace
}  // namespace noizy::apiserver
