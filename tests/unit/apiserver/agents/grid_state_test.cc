#include "apiserver/agents/grid_state.h"

#include "tests/unit/apiserver/agents/agents_fixture.h"

namespace noizy::apiserver {
namespace {

using GridStateTest = AgentsTest;

TEST_F(GridStateTest, ReadsWhatWasWritten) {
  CreateNode("a", "0.5");
  EXPECT_EQ(ReadNode("a").spec.lease_duration_seconds, "0.5");
  CreateTask("t");
  EXPECT_EQ(ReadTask("t").spec.exec->command, std::vector<std::string>{"true"});
  CreateSecret("s", "k", "v");
  EXPECT_EQ(Get(grid_.ReadSecret({"default", "s"})).data.at("k"), EncodeBase64("v"));
  EXPECT_EQ(grid_.ReadNode("b").status().reason(), StatusReason::kNotFound);
  EXPECT_EQ(grid_.ReadTask({"default", "x"}).status().reason(), StatusReason::kNotFound);
}

TEST_F(GridStateTest, AStatusWriteChangesNothingElse) {
  CreateTask("t");
  grid_.ChangeTaskStatus(
      {"default", "t"},
      [](Task& task) -> Result<bool> {
        task.spec.type = "changed";
        task.metadata.labels["x"] = "y";
        task.status.message = "told";
        return true;
      },
      [](const Status& status) { EXPECT_TRUE(status.ok()); });
  EXPECT_EQ(ReadTask("t").status.message, "told");
  EXPECT_EQ(ReadTask("t").spec.type, "exec");
  EXPECT_TRUE(ReadTask("t").metadata.labels.empty());
}

TEST_F(GridStateTest, NothingToDoIsNoWrite) {
  CreateNode("a");
  const auto before = store_.Revision();
  int called = 0;
  grid_.ChangeNodeStatus(
      "a", [](Node&) -> Result<bool> { return false; },
      [&](const Status& status) {
        EXPECT_TRUE(status.ok());
        ++called;
      });
  EXPECT_EQ(called, 1);
  EXPECT_EQ(store_.Revision(), before);
}

TEST_F(GridStateTest, AChangesErrorIsTheWrites) {
  CreateNode("a");
  grid_.ChangeNodeStatus(
      "a", [](Node&) -> Result<bool> { return Forbidden("no"); },
      [](const Status& status) { EXPECT_EQ(status.reason(), StatusReason::kForbidden); });
  grid_.ChangeNodeStatus(
      "gone", [](Node&) -> Result<bool> { return true; },
      [](const Status& status) { EXPECT_EQ(status.reason(), StatusReason::kNotFound); });
}

TEST_F(GridStateTest, ASecretIsDeletedAsItWasReadOrNotAtAll) {
  CreateSecret("s", "k", "v");
  const Secret secret = Get(grid_.ReadSecret({"default", "s"}));
  Secret stale = secret;
  stale.metadata.resource_version = "1";
  grid_.DeleteSecret(
      stale, [](const Status& status) { EXPECT_EQ(status.reason(), StatusReason::kConflict); });
  grid_.DeleteSecret(secret, [](const Status& status) { EXPECT_TRUE(status.ok()); });
  grid_.DeleteSecret(
      secret, [](const Status& status) { EXPECT_EQ(status.reason(), StatusReason::kNotFound); });
}

TEST_F(GridStateTest, SelectableFieldsAreFound) {
  CreateTask("t");
  const StoredObjectPtr object = store_.Get({"tasks.noizy.dev", "default", "t"});
  EXPECT_EQ(FieldOf(*object, "status.phase"), "Pending");
  EXPECT_EQ(FieldOf(*object, "spec.none"), "");
}

}  // namespace
}  // namespace noizy::apiserver
