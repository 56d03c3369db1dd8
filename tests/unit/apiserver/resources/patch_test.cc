#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class PatchTest : public ApiTest {
 protected:
  Answer Patch(const std::string& target, const std::string& patch,
               const std::string& type = "application/merge-patch+json") {
    return Call("PATCH", target, patch, {{"Content-Type", type}});
  }
};

TEST_F(PatchTest, MergePatch) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const Answer answer =
      Patch(TaskPath("a"), R"({"metadata":{"labels":{"x":"y"}},"spec":{"priority":7}})");
  ASSERT_EQ(answer.code, 200) << ToJson(answer.body);
  EXPECT_EQ(answer.Text({"metadata", "labels", "x"}), "y");
  EXPECT_EQ(IntAt(answer.body, {"spec", "priority"}), 7);
  EXPECT_EQ(IntAt(answer.body, {"metadata", "generation"}), 2);
}

TEST_F(PatchTest, TheKindStays) {
  ASSERT_EQ(CreateTask("a").code, 201);
  EXPECT_EQ(Patch(TaskPath("a"), R"({"kind":"Node"})").code, 400);
  EXPECT_EQ(Patch(TaskPath("a"), R"({"kind":"Task"})").code, 200);
}

TEST_F(PatchTest, NullRemovesAndDefaultsComeBack) {
  ASSERT_EQ(CreateTask("a", R"("exec":{"command":["true"]},"priority":7)").code, 201);
  const Answer answer = Patch(TaskPath("a"), R"({"spec":{"priority":null}})");
  EXPECT_EQ(IntAt(answer.body, {"spec", "priority"}), 0);
}

TEST_F(PatchTest, JsonPatch) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const char* const kType = "application/json-patch+json";
  const Answer answer =
      Patch(TaskPath("a"), R"([{"op":"add","path":"/metadata/labels","value":{"x":"y"}}])", kType);
  ASSERT_EQ(answer.code, 200) << ToJson(answer.body);
  EXPECT_EQ(answer.Text({"metadata", "labels", "x"}), "y");
  EXPECT_EQ(
      Patch(TaskPath("a"), R"([{"op":"test","path":"/spec/type","value":"other"}])", kType).code,
      422);
  EXPECT_EQ(Patch(TaskPath("a"), R"([{"op":"dance","path":"/spec"}])", kType).code, 400);
}

TEST_F(PatchTest, WhatNoLongerFitsItsKindIsAnInvalidPatch) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const Answer unknown =
      Patch(TaskPath("a") + "?fieldValidation=Strict", R"({"metadata":{"lables":{}}})");
  EXPECT_EQ(unknown.code, 422);
  EXPECT_EQ(unknown.Text({"message"}),
            " \"\" is invalid: patch: Invalid value: what it leads to: strict decoding error: "
            "unknown field \"metadata.lables\"");
  EXPECT_EQ(Patch(TaskPath("a"), R"({"metadata":{"labels":{"a":1}}})").code, 422);
}

TEST_F(PatchTest, AResourceVersionInThePatchIsAGuard) {
  const Answer made = CreateTask("a");
  const std::string guard = R"({"metadata":{"resourceVersion":")" +
                            std::string(made.Text({"metadata", "resourceVersion"})) +
                            R"(","labels":{"x":"1"}}})";
  EXPECT_EQ(Patch(TaskPath("a"), guard).code, 200);
  EXPECT_EQ(Patch(TaskPath("a"), guard).code, 409);
}

TEST_F(PatchTest, OtherTypesAreNamed) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const Answer answer = Patch(TaskPath("a"), "{}", "application/json");
  EXPECT_EQ(answer.code, 415);
  EXPECT_NE(answer.Text({"message"}).find("application/merge-patch+json"), std::string_view::npos);
}

TEST_F(PatchTest, StrategicMergePatch) {
  ASSERT_EQ(CreateTask("a", R"("exec":{"command":["true"]},"env":[{"name":"A","value":"1"}])").code,
            201);
  const char* const kType = "application/strategic-merge-patch+json";
  const Answer answer =
      Patch(TaskPath("a"), R"({"spec":{"env":[{"name":"B","value":"2"}]}})", kType);
  ASSERT_EQ(answer.code, 200) << ToJson(answer.body);
  EXPECT_EQ(ToJson(*Find(answer.body, {"spec", "env"})),
            R"([{"name":"A","value":"1"},{"name":"B","value":"2"}])");
  EXPECT_EQ(Patch(TaskPath("a"), R"({"spec":{"env":[{"value":"2"}]}})", kType).code, 400);
}

TEST_F(PatchTest, TheResultIsValidated) {
  ASSERT_EQ(CreateTask("a").code, 201);
  EXPECT_EQ(Patch(TaskPath("a"), R"({"spec":{"failover":"Sometimes"}})").code, 422);
  EXPECT_EQ(Patch(TaskPath("a"), R"([])").code, 400);
  EXPECT_EQ(Patch(TaskPath("a"), R"({"metadata":{"name":"b"}})").code, 400);
  EXPECT_EQ(Patch(TaskPath("none"), R"({})").code, 404);
}

TEST_F(PatchTest, StatusPatchesStatus) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const Answer answer = Patch(Under(TaskPath("a"), "/status"),
                              R"({"status":{"phase":"Running"},"spec":{"priority":9}})");
  ASSERT_EQ(answer.code, 200);
  EXPECT_EQ(answer.Text({"status", "phase"}), "Running");
  EXPECT_EQ(IntAt(answer.body, {"spec", "priority"}), 0);
}

TEST_F(PatchTest, RemovingTheLastFinalizerOfADeletedObjectRemovesIt) {
  ASSERT_EQ(CreateTask("a").code, 201);
  ASSERT_EQ(Call("DELETE", TaskPath("a")).code, 200);
  EXPECT_EQ(Call("GET", TaskPath("a")).code, 200);
  EXPECT_EQ(Patch(TaskPath("a"), R"({"metadata":{"finalizers":null}})").code, 200);
  EXPECT_EQ(Call("GET", TaskPath("a")).code, 404);
}

// Lists that apply merges, patches merge too, by the same key: kubectl computes patches from what
// OpenAPI says of it.
void CheckStrategies(const Schema& schema, const std::string& path) {
  if (schema.list_type == Schema::ListType::kMap) {
    EXPECT_TRUE(schema.patch_merges) << path;
    EXPECT_EQ(schema.patch_merge_key, schema.list_map_keys.front()) << path;
  }
  if (schema.list_type == Schema::ListType::kSet) {
    EXPECT_TRUE(schema.patch_merges) << path;
  }
  for (const auto& [name, member] : schema.properties) CheckStrategies(*member, path + "." + name);
  if (schema.additional_properties) CheckStrategies(*schema.additional_properties, path + ".*");
  if (schema.items) CheckStrategies(*schema.items, path + "[]");
}

TEST(PatchSchemas, SayHowTheirListsMerge) {
  for (const KindPtr& kind : BuiltinKinds().kinds()) {
    if (kind->TakesStrategicMerge()) CheckStrategies(*kind->schema, kind->gvk.kind);
  }
}

}  // namespace
}  // namespace noizy::apiserver
