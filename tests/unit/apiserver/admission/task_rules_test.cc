#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class TaskRulesTest : public ApiTest {
 protected:
  Answer Patch(const std::string& target, const std::string& patch) {
    return Call("PATCH", target, patch, {{"Content-Type", "application/merge-patch+json"}});
  }
  Answer PatchStatus(const std::string& status) {
    return Patch(Under(TaskPath("a"), "/status"), R"({"status":)" + status + "}");
  }
  Answer PatchSpec(const std::string& spec) {
    return Patch(TaskPath("a"), R"({"spec":)" + spec + "}");
  }
};

TEST_F(TaskRulesTest, APendingTaskMayChange) {
  ASSERT_EQ(CreateTask("a").code, 201);
  EXPECT_EQ(PatchSpec(R"({"priority":3})").code, 200);
}

TEST_F(TaskRulesTest, AScheduledTaskChangesOnlySuspendAndMetadata) {
  ASSERT_EQ(CreateTask("a").code, 201);
  ASSERT_EQ(PatchStatus(R"({"phase":"Scheduled","nodeName":"n","attempt":1})").code, 200);
  const Answer refused = PatchSpec(R"({"priority":3})");
  EXPECT_EQ(refused.code, 422);
  EXPECT_EQ(StringAt(ArrayAt(refused.body, {"details", "causes"})->at(0), {"reason"}),
            "FieldValueForbidden");
  EXPECT_EQ(PatchSpec(R"({"suspend":true})").code, 200);
  EXPECT_EQ(Patch(TaskPath("a"), R"({"metadata":{"labels":{"x":"y"}}})").code, 200);
}

TEST_F(TaskRulesTest, AFinishedTaskChangesOnlyMetadata) {
  ASSERT_EQ(CreateTask("a").code, 201);
  ASSERT_EQ(PatchStatus(R"({"phase":"Succeeded","attempt":1})").code, 200);
  EXPECT_EQ(PatchSpec(R"({"suspend":true})").code, 422);
  EXPECT_EQ(PatchStatus(R"({"phase":"Running"})").code, 409);
  EXPECT_EQ(PatchStatus(R"({"phase":"Succeeded"})").code, 200) << "no change is no fault";
  EXPECT_EQ(Patch(TaskPath("a"), R"({"metadata":{"labels":{"x":"y"}}})").code, 200);
}

TEST_F(TaskRulesTest, AttemptsNeverGoBack) {
  ASSERT_EQ(CreateTask("a").code, 201);
  ASSERT_EQ(PatchStatus(R"({"phase":"Running","attempt":2})").code, 200);
  const Answer stale = PatchStatus(R"({"phase":"Running","attempt":1})");
  EXPECT_EQ(stale.code, 409);
  EXPECT_NE(stale.Text({"message"}).find("attempt 1 is fenced by attempt 2"),
            std::string_view::npos);
}

TEST_F(TaskRulesTest, ExactlyOneActionIsAskedFor) {
  EXPECT_EQ(CreateTask("a", R"("type":"exec")").code, 422);
  EXPECT_EQ(CreateTask("b", R"("exec":{"command":["true"]},"script":{"source":"true"})").code, 422);
}

TEST_F(TaskRulesTest, NoTaskDependsOnItself) {
  const Answer answer = CreateTask("a", R"("exec":{"command":["true"]},"dependsOn":["b","a"])");
  EXPECT_EQ(answer.code, 422);
  EXPECT_EQ(StringAt(ArrayAt(answer.body, {"details", "causes"})->at(0), {"field"}),
            "spec.dependsOn[1]");
}

}  // namespace
}  // namespace noizy::apiserver
