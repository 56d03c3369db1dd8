#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class UpdateTest : public ApiTest {
 protected:
  Answer Put(const std::string& name, const Value& object, const std::string& suffix = "") {
    return Call("PUT", TaskPath(name) + suffix, ToJson(object));
  }
};

TEST_F(UpdateTest, ReplacesTheSpecAndCountsTheGeneration) {
  Value task = CreateTask("a").body;
  Set(task, {"spec", "priority"}, 5);
  const Answer answer = Put("a", task);
  ASSERT_EQ(answer.code, 200) << ToJson(answer.body);
  EXPECT_EQ(IntAt(answer.body, {"spec", "priority"}), 5);
  EXPECT_EQ(IntAt(answer.body, {"metadata", "generation"}), 2);
}

TEST_F(UpdateTest, MetadataAloneLeavesTheGeneration) {
  Value task = CreateTask("a").body;
  Set(task, {"metadata", "labels", "x"}, "y");
  EXPECT_EQ(IntAt(Put("a", task).body, {"metadata", "generation"}), 1);
}

TEST_F(UpdateTest, AnOldRevisionIsAConflict) {
  Value task = CreateTask("a").body;
  Value other = task;
  Set(task, {"spec", "priority"}, 1);
  Set(other, {"spec", "priority"}, 2);
  ASSERT_EQ(Put("a", task).code, 200);
  const Answer late = Put("a", other);
  EXPECT_EQ(late.code, 409);
  EXPECT_EQ(late.reason(), "Conflict");
  EXPECT_NE(late.Text({"message"}).find("the object has been modified"), std::string_view::npos);
}

TEST_F(UpdateTest, ARevisionIsAskedForButNotOfCoreKinds) {
  Value task = CreateTask("a").body;
  Remove(task, {"metadata", "resourceVersion"});
  const Answer refused = Put("a", task);
  EXPECT_EQ(refused.code, 422);
  EXPECT_EQ(StringAt(ArrayAt(refused.body, {"details", "causes"})->at(0), {"field"}),
            "metadata.resourceVersion");
  const std::string configmaps = "/api/v1/namespaces/default/configmaps";
  ASSERT_EQ(Call("POST", configmaps, R"({"metadata":{"name":"c"},"data":{"a":"1"}})").code, 201);
  EXPECT_EQ(Call("PUT", configmaps + "/c", R"({"metadata":{"name":"c"},"data":{"a":"2"}})").code,
            200);
}

TEST_F(UpdateTest, AnotherUidIsAConflict) {
  Value task = CreateTask("a").body;
  Set(task, {"metadata", "uid"}, "11111111-1111-4111-8111-111111111111");
  EXPECT_EQ(Put("a", task).code, 409);
}

TEST_F(UpdateTest, TheServersTimesMayComeBackInAnotherForm) {
  Value task = CreateTask("a").body;
  for (const char* const same : {"2026-01-01T00:00:00.000Z", "2026-01-01T01:00:00+01:00"}) {
    Set(task, {"metadata", "creationTimestamp"}, same);
    const Answer answer = Put("a", task);
    EXPECT_EQ(answer.code, 200) << answer.Text({"message"});
    EXPECT_EQ(answer.Text({"metadata", "creationTimestamp"}), "2026-01-01T00:00:00Z");
  }
}

TEST_F(UpdateTest, TheServersTimesCannotBeChanged) {
  const Value made = CreateTask("a").body;
  for (const char* const member : {"creationTimestamp", "deletionTimestamp"}) {
    Value task = made;
    Set(task, {"metadata", member}, "2020-01-01T00:00:00Z");
    const Answer answer = Put("a", task);
    EXPECT_EQ(answer.code, 422) << member;
    EXPECT_EQ(answer.Text({"message"}), "Task.noizy.dev \"a\" is invalid: metadata." +
                                            std::string(member) +
                                            ": Invalid value: \"2020-01-01T00:00:00Z\": field is "
                                            "immutable");
  }
  Value task = made;
  Remove(task, {"metadata", "creationTimestamp"});
  Set(task, {"metadata", "selfLink"}, "/here");
  const Answer answer = Put("a", task);
  EXPECT_EQ(answer.Text({"metadata", "creationTimestamp"}),
            StringAt(made, {"metadata", "creationTimestamp"}));
  EXPECT_EQ(Find(answer.body, {"metadata", "selfLink"}), nullptr);
}

TEST_F(UpdateTest, NobodyHoldsUpADeletionThatHasBegun) {
  ASSERT_EQ(CreateTask("a").code, 201);
  Value task = Call("DELETE", TaskPath("a")).body;
  Set(task, {"metadata", "finalizers"}, Array{"noizy.dev/task", "example.com/late"});
  const Answer answer = Put("a", task);
  EXPECT_EQ(answer.code, 422);
  EXPECT_NE(answer.Text({"message"}).find("no new finalizers can be added"),
            std::string_view::npos);
}

TEST_F(UpdateTest, AnUnchangedObjectIsNotWritten) {
  const Value task = CreateTask("a").body;
  const std::int64_t before = store_.Revision();
  const Answer answer = Put("a", task);
  EXPECT_EQ(answer.code, 200);
  EXPECT_EQ(store_.Revision(), before);
}

TEST_F(UpdateTest, TheMainResourceLeavesStatusAlone) {
  Value task = CreateTask("a").body;
  Set(task, {"status", "phase"}, "Succeeded");
  Set(task, {"spec", "priority"}, 3);
  const Answer answer = Put("a", task);
  ASSERT_EQ(answer.code, 200);
  EXPECT_EQ(answer.Text({"status", "phase"}), "Pending");
}

TEST_F(UpdateTest, StatusChangesStatusAlone) {
  Value task = CreateTask("a").body;
  Set(task, {"status", "phase"}, "Running");
  Set(task, {"spec", "priority"}, 3);
  Set(task, {"metadata", "labels", "x"}, "y");
  const Answer answer = Put("a", task, "/status");
  ASSERT_EQ(answer.code, 200) << ToJson(answer.body);
  EXPECT_EQ(answer.Text({"status", "phase"}), "Running");
  EXPECT_EQ(IntAt(answer.body, {"spec", "priority"}), 0);
  EXPECT_EQ(Find(answer.body, {"metadata", "labels"}), nullptr);
  EXPECT_EQ(IntAt(answer.body, {"metadata", "generation"}), 1);
}

TEST_F(UpdateTest, WhatIsNotThereCannotBeReplaced) {
  Value task = CreateTask("a").body;
  const std::string uid(UidOf(task));
  Set(task, {"metadata", "name"}, "b");
  const Answer other = Put("b", task);
  EXPECT_EQ(other.code, 409) << "a uid means that very object";
  EXPECT_NE(other.Text({"message"}).find("UID in precondition: " + uid + ", UID in object meta: "),
            std::string_view::npos);
  Remove(task, {"metadata", "uid"});
  EXPECT_EQ(Put("b", task).code, 404);
  EXPECT_EQ(Put("a", task).code, 400);
}

TEST_F(UpdateTest, OfSomeKindsItCreatesWhatIsNotThere) {
  const std::string leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
  const std::string text =
      R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{},"spec":{"holderIdentity":"me"}})";
  ASSERT_EQ(Call("PUT", leases + "/l?dryRun=All", text).code, 201);
  const Answer made = Call("PUT", leases + "/l", text);
  EXPECT_EQ(made.code, 201) << ToJson(made.body);
  EXPECT_EQ(made.Text({"metadata", "name"}), "l");
  EXPECT_FALSE(UidOf(made.body).empty());
  EXPECT_EQ(Call("PUT", leases + "/l", text).code, 422) << "once it is there, a Lease is guarded";
  EXPECT_EQ(Call("PUT", leases + "/l", ToJson(made.body)).code, 200);
  const std::string role =
      R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"r"}})";
  const std::string roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles";
  EXPECT_EQ(Call("PUT", roles + "/r", role).code, 201);
  EXPECT_EQ(Call("PUT", roles + "/r", role).code, 200);
  EXPECT_EQ(Call("PUT", roles + "/other", role).code, 400);
  EXPECT_EQ(Call("PUT", "/api/v1/namespaces/default/configmaps/c",
                 R"({"metadata":{"name":"c"},"data":{"a":"2"}})")
                .code,
            404);
}

TEST_F(UpdateTest, WhatNamesAnEarlierObjectCreatesNothing) {
  const std::string path = "/apis/coordination.k8s.io/v1/namespaces/default/leases/l";
  Value lease = Object{{"apiVersion", "coordination.k8s.io/v1"}, {"kind", "Lease"}};
  Set(lease, {"metadata", "resourceVersion"}, "7");
  const Answer older = Call("PUT", path, ToJson(lease));
  EXPECT_EQ(older.code, 409);
  EXPECT_NE(older.Text({"message"}).find("the object has been modified"), std::string_view::npos);
  Remove(lease, {"metadata", "resourceVersion"});
  Set(lease, {"metadata", "uid"}, "11111111-1111-4111-8111-111111111111");
  EXPECT_EQ(Call("PUT", path, ToJson(lease)).code, 409);
  EXPECT_EQ(Call("GET", path).code, 404);
}

}  // namespace
}  // namespace noizy::apiserver
