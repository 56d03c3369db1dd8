#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

using CreateTest = ApiTest;

TEST_F(CreateTest, StampsWhatTheServerOwns) {
  const Answer answer = CreateTask("a");
  ASSERT_EQ(answer.code, 201) << ToJson(answer.body);
  EXPECT_EQ(answer.Text({"metadata", "name"}), "a");
  EXPECT_EQ(answer.Text({"metadata", "namespace"}), "default");
  EXPECT_EQ(answer.Text({"metadata", "uid"}).size(), 36U);
  EXPECT_EQ(answer.Text({"metadata", "creationTimestamp"}), "2026-01-01T00:00:00Z");
  EXPECT_EQ(IntAt(answer.body, {"metadata", "generation"}), 1);
  EXPECT_EQ(answer.Text({"metadata", "resourceVersion"}), std::to_string(store_.Revision()));
}

TEST_F(CreateTest, FillsInDefaultsAndTheFirstPhase) {
  const Answer answer = CreateTask("a");
  EXPECT_EQ(answer.Text({"spec", "type"}), "exec");
  EXPECT_EQ(answer.Text({"spec", "failover"}), "AtLeastOnce");
  EXPECT_EQ(answer.Text({"status", "phase"}), "Pending");
  const Array* finalizers = ArrayAt(answer.body, {"metadata", "finalizers"});
  ASSERT_NE(finalizers, nullptr);
  EXPECT_EQ(finalizers->at(0), "noizy.dev/task");
}

TEST_F(CreateTest, KeepsNothingThatIsEmptyInMetadata) {
  const Answer answer =
      Call("POST", "/api/v1/namespaces/default/configmaps",
           R"({"metadata":{"name":"e","labels":{},"annotations":null,"finalizers":[],)"
           R"("ownerReferences":[]}})");
  ASSERT_EQ(answer.code, 201) << ToJson(answer.body);
  for (const std::string_view member :
       {"labels", "annotations", "finalizers", "ownerReferences", "managedFields"})
    EXPECT_EQ(Find(answer.body, {"metadata", member}), nullptr) << member;
}

TEST_F(CreateTest, PlainKindsHaveNoGeneration) {
  const Answer lease = Call("POST", "/apis/coordination.k8s.io/v1/namespaces/default/leases",
                            R"({"metadata":{"name":"l","generation":3}})");
  ASSERT_EQ(lease.code, 201) << ToJson(lease.body);
  EXPECT_EQ(Find(lease.body, {"metadata", "generation"}), nullptr);
}

TEST_F(CreateTest, WhoDoesNotSayItsNameIsUnknown) {
  const Answer answer = CreateTask("a");
  EXPECT_EQ(ArrayAt(answer.body, {"metadata", "managedFields"})->at(0).at("manager"), "unknown");
}

TEST_F(CreateTest, ClientsCannotSetWhatTheServerOwns) {
  const Answer answer =
      CreateTask("a", R"("exec":{"command":["true"]})",
                 R"(,"uid":"mine","generation":9,"deletionTimestamp":"2020-01-01T00:00:00Z")");
  ASSERT_EQ(answer.code, 201) << ToJson(answer.body);
  EXPECT_NE(answer.Text({"metadata", "uid"}), "mine");
  EXPECT_EQ(IntAt(answer.body, {"metadata", "generation"}), 1);
  EXPECT_EQ(Find(answer.body, {"metadata", "deletionTimestamp"}), nullptr);
}

TEST_F(CreateTest, StatusOfANewObjectIsTheServersBusiness) {
  const Answer answer = Call("POST", kTasks,
                             R"({"apiVersion":"noizy.dev/v1","kind":"Task","metadata":{"name":"a"},
                                 "spec":{"exec":{"command":["true"]}},"status":{"phase":"Succeeded","attempt":7}})");
  ASSERT_EQ(answer.code, 201);
  EXPECT_EQ(answer.Text({"status", "phase"}), "Pending");
  EXPECT_EQ(IntAt(answer.body, {"status", "attempt"}), 0);
}

TEST_F(CreateTest, GenerateNameAddsASuffix) {
  const Answer answer =
      Call("POST", kTasks,
           R"({"apiVersion":"noizy.dev/v1","kind":"Task","metadata":{"generateName":"job-"},
                                 "spec":{"exec":{"command":["true"]}}})");
  ASSERT_EQ(answer.code, 201) << ToJson(answer.body);
  EXPECT_TRUE(answer.Text({"metadata", "name"}).starts_with("job-"));
  EXPECT_EQ(answer.Text({"metadata", "name"}).size(), 9U);
}

// Gives the same numbers for a while, as chance would.
class StuckRandom final : public Random {
 public:
  std::uint64_t Next() override { return calls_++ < kStuckCalls ? 7 : calls_; }

 private:
  static constexpr std::uint64_t kStuckCalls = 14;  // two names of five and two uids of two
  std::uint64_t calls_ = 0;
};

TEST_F(CreateTest, AGeneratedNameIsALabelLong) {
  const std::string prefix(80, 'p');
  const Answer answer = Call("POST", "/api/v1/namespaces/default/configmaps",
                             R"({"metadata":{"generateName":")" + prefix + R"("}})");
  ASSERT_EQ(answer.code, 201) << ToJson(answer.body);
  EXPECT_EQ(answer.Text({"metadata", "name"}).size(), 63U);
  EXPECT_EQ(answer.Text({"metadata", "generateName"}), prefix);
}

TEST_F(CreateTest, AGeneratedNameThatIsTakenIsMadeAnew) {
  StuckRandom random;
  ObjectWriter writer(store_, clock_, random);
  const KindPtr kind = BuiltinKinds().FindByResource("", "v1", "configmaps");
  std::set<std::string> names;
  for (int i = 0; i < 2; ++i) {
    writer.Create(kind,
                  Object{{"apiVersion", "v1"},
                         {"kind", "ConfigMap"},
                         {"metadata", Object{{"generateName", "c-"}, {"namespace", "default"}}}},
                  {}, [&](const Result<WriteOutcome>& outcome) {
                    ASSERT_TRUE(outcome.ok()) << outcome.status().ToString();
                    names.insert(outcome->object->key.name);
                  });
  }
  EXPECT_EQ(names.size(), 2U);
}

TEST_F(CreateTest, ANewObjectHasNoVersionYet) {
  const Answer answer =
      CreateTask("a", R"("exec":{"command":["true"]})", R"(,"resourceVersion":"7")");
  EXPECT_EQ(answer.code, 400);
  EXPECT_EQ(answer.Text({"message"}), "resourceVersion should not be set on objects to be created");
}

TEST_F(CreateTest, TheKindMustBeThePaths) {
  const Answer custom = Call(
      "POST", kTasks, R"({"apiVersion":"noizy.dev/v1","kind":"Node","metadata":{"name":"a"}})");
  EXPECT_EQ(custom.code, 422);
  EXPECT_EQ(StringAt(ArrayAt(custom.body, {"details", "causes"})->at(0), {"message"}),
            "Invalid value: \"Node\": must be Task");
  EXPECT_EQ(Call("POST", "/api/v1/namespaces/default/configmaps",
                 R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}})")
                .code,
            400);
  EXPECT_EQ(Call("POST", kTasks, R"({"kind":"Task","metadata":{"name":"a"}})").code, 400);
}

TEST_F(CreateTest, MetadataHasTheSameFormInEveryKind) {
  const Answer strict = Call("POST", kTasks + std::string("?fieldValidation=Strict"),
                             TaskJson("a", R"("exec":{"command":["true"]})", R"(,"lables":{})"));
  EXPECT_EQ(strict.code, 400);
  EXPECT_EQ(strict.Text({"message"}),
            "Task in version \"v1\" cannot be handled as a Task: strict decoding error: unknown "
            "field \"metadata.lables\"");
  const Answer mistyped = CreateTask("a", R"("exec":{"command":["true"]})",
                                     R"(,"labels":{"a":1},"creationTimestamp":"yesterday")");
  EXPECT_EQ(mistyped.code, 400);
  EXPECT_EQ(mistyped.reason(), "BadRequest");
  EXPECT_EQ(mistyped.Text({"message"}),
            "Task in version \"v1\" cannot be handled as a Task: json: cannot unmarshal: "
            "metadata.labels.a in body must be of type string: \"integer\"; "
            "metadata.creationTimestamp in body must be of type date-time: \"yesterday\"");
  EXPECT_EQ(
      Call("POST", kTasks, R"({"apiVersion":"noizy.dev/v1","kind":"Task","metadata":[]})").code,
      400);
}

TEST_F(CreateTest, WhatIsUnknownInMetadataIsNotKept) {
  const Answer answer =
      CreateTask("a", R"("exec":{"command":["true"]})",
                 R"(,"lables":{},"creationTimestamp":null,"annotations":{"a":"b"})");
  ASSERT_EQ(answer.code, 201) << ToJson(answer.body);
  EXPECT_EQ(Find(answer.body, {"metadata", "lables"}), nullptr);
  EXPECT_EQ(answer.Text({"metadata", "annotations", "a"}), "b");
  EXPECT_EQ(FindHeader(answer.headers, "Warning"),
            "299 - \"unknown field \\\"metadata.lables\\\"\"");
}

TEST_F(CreateTest, OtherTypesThanAFieldsAreUnreadableInKubernetesOwnKinds) {
  const Answer answer = Call("POST", "/api/v1/namespaces/default/configmaps",
                             R"({"metadata":{"name":"c"},"data":{"a":1,"b":true}})");
  EXPECT_EQ(answer.code, 400);
  EXPECT_EQ(answer.Text({"message"}),
            "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: json: cannot unmarshal: "
            "data.a in body must be of type string: \"integer\"; "
            "data.b in body must be of type string: \"boolean\"");
  EXPECT_EQ(CreateTask("a", R"("exec":{"command":["true"]},"timeoutSeconds":"soon")").code, 422);
}

TEST_F(CreateTest, ATasksTextsAreCountedInBytes) {
  std::string euros;
  for (int i = 0; i < (1 << 20) / 3 + 1; ++i) euros += "€";
  const Answer answer = CreateTask("a", R"("exec":{"command":["cat"]},"payload":")" + euros + "\"");
  ASSERT_EQ(answer.code, 422);
  EXPECT_EQ(StringAt(ArrayAt(answer.body, {"details", "causes"})->at(0), {"field"}),
            "spec.payload");
}

TEST_F(CreateTest, WhatCannotBeAnsweredIsNotDone) {
  EXPECT_EQ(Call("POST", kTasks, TaskJson("a"), {{"Accept", "text/html"}}).code, 406);
  EXPECT_EQ(Call("GET", TaskPath("a")).code, 404);
}

TEST_F(CreateTest, ASecondOneOfTheSameNameIsRefused) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const Answer answer = CreateTask("a");
  EXPECT_EQ(answer.code, 409);
  EXPECT_EQ(answer.reason(), "AlreadyExists");
  EXPECT_EQ(answer.Text({"message"}), "tasks.noizy.dev \"a\" already exists");
}

TEST_F(CreateTest, EveryFaultIsNamedAtOnce) {
  const Answer answer = CreateTask("Bad_Name", R"("failover":"Sometimes","timeoutSeconds":-1)");
  ASSERT_EQ(answer.code, 422) << ToJson(answer.body);
  EXPECT_EQ(answer.reason(), "Invalid");
  std::set<std::string> fields;
  for (const Value& cause : *ArrayAt(answer.body, {"details", "causes"}))
    fields.emplace(StringAt(cause, {"field"}));
  EXPECT_TRUE(fields.contains("metadata.name"));
  EXPECT_TRUE(fields.contains("spec.failover"));
  EXPECT_TRUE(fields.contains("spec.timeoutSeconds"));
}

TEST_F(CreateTest, TheNamespaceMustExist) {
  const Answer answer = Call("POST", "/apis/noizy.dev/v1/namespaces/nowhere/tasks", TaskJson("a"));
  EXPECT_EQ(answer.code, 404);
  EXPECT_EQ(answer.Text({"message"}), "namespaces \"nowhere\" not found");
}

TEST_F(CreateTest, ANamespaceBeingDeletedTakesNothingNew) {
  CreateNamespace("going");
  ASSERT_EQ(Call("DELETE", "/api/v1/namespaces/going").code, 200);
  const Answer answer = Call("POST", "/apis/noizy.dev/v1/namespaces/going/tasks", TaskJson("a"));
  EXPECT_EQ(answer.code, 403);
  EXPECT_NE(answer.Text({"message"}).find("because it is being terminated"),
            std::string_view::npos);
}

TEST_F(CreateTest, TheBodyMustFitThePath) {
  EXPECT_EQ(Call("POST", kTasks, TaskJson("a", "", R"(,"namespace":"other")")).code, 400);
  EXPECT_EQ(
      Call("POST", kTasks, R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}})").code,
      400);
  EXPECT_EQ(Call("POST", kTasks, R"({"metadata":{"name":"a"}})").code, 400);
  EXPECT_EQ(Call("POST", kTasks, "{").code, 400);
  EXPECT_EQ(Call("POST", kTasks, "x", {{"Content-Type", "text/html"}}).code, 415);
}

TEST_F(CreateTest, TypedClientsLeaveOutTheKindOfKubernetesOwnKinds) {
  const std::string body = R"({"metadata":{"name":"a"}})";
  EXPECT_EQ(Call("POST", "/api/v1/namespaces/default/configmaps", body).code, 201);
  EXPECT_EQ(Call("POST", "/apis/coordination.k8s.io/v1/namespaces/default/leases", body).code, 201);
}

TEST_F(CreateTest, YamlIsReadToo) {
  const std::string yaml =
      "apiVersion: noizy.dev/v1\nkind: Task\nmetadata: {name: a}\nspec: {exec: {command: [echo, "
      "hi]}}\n";
  EXPECT_EQ(Call("POST", kTasks, yaml, {{"Content-Type", "application/yaml"}}).code, 201);
}

TEST_F(CreateTest, UnknownFieldsFollowFieldValidation) {
  const std::string body = TaskJson("a", R"("exec":{"command":["true"]},"colour":"red")");
  const Answer strict = Call("POST", Under(kTasks, "?fieldValidation=Strict"), body);
  EXPECT_EQ(strict.code, 400);
  EXPECT_NE(strict.Text({"message"}).find("unknown field \"spec.colour\""), std::string_view::npos);

  const Answer warn = Call("POST", Under(kTasks, "?fieldValidation=Warn"), body);
  EXPECT_EQ(warn.code, 201);
  EXPECT_EQ(FindHeader(warn.headers, "Warning"), "299 - \"unknown field \\\"spec.colour\\\"\"");
  EXPECT_EQ(Find(warn.body, {"spec", "colour"}), nullptr);

  const Answer ignore = Call("POST", Under(kTasks, "?fieldValidation=Ignore"),
                             TaskJson("b", R"("exec":{"command":["true"]},"colour":"red")"));
  EXPECT_EQ(ignore.code, 201);
  EXPECT_EQ(FindHeader(ignore.headers, "Warning"), "");
}

TEST_F(CreateTest, DuplicateFieldsAreStrictErrors) {
  const Answer answer =
      Call("POST", Under(kTasks, "?fieldValidation=Strict"),
           TaskJson("a", R"("exec":{"command":["true"]},"priority":1,"priority":2)"));
  EXPECT_EQ(answer.code, 400);
  EXPECT_NE(answer.Text({"message"}).find("duplicate field \"spec.priority\""),
            std::string_view::npos);
}

TEST_F(CreateTest, ADryRunWritesNothing) {
  const std::int64_t before = store_.Revision();
  const Answer answer = Call("POST", Under(kTasks, "?dryRun=All"), TaskJson("a"));
  EXPECT_EQ(answer.code, 201);
  EXPECT_EQ(answer.Text({"spec", "type"}), "exec");
  EXPECT_EQ(Find(answer.body, {"metadata", "resourceVersion"}), nullptr) << "it is at none";
  EXPECT_EQ(store_.Revision(), before);
  EXPECT_EQ(Call("GET", TaskPath("a")).code, 404);
  ASSERT_EQ(CreateTask("a").code, 201);
  EXPECT_EQ(Call("POST", Under(kTasks, "?dryRun=All"), TaskJson("a")).code, 409);
}

TEST_F(CreateTest, ABrokenDiskIsSaidAndNothingIsAcknowledged) {
  store_.SetHealth(Unavailable("disk is full"));
  const Answer answer = CreateTask("a");
  EXPECT_EQ(answer.code, 503);
  store_.SetHealth(Status::Ok());
  EXPECT_EQ(Call("GET", TaskPath("a")).code, 404);
}

}  // namespace
}  // namespace noizy::apiserver
