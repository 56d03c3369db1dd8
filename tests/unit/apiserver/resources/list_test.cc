#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class ListTest : public ApiTest {
 protected:
  std::vector<std::string> Names(const std::string& target) {
    const Answer answer = Call("GET", target);
    EXPECT_EQ(answer.code, 200) << ToJson(answer.body);
    std::vector<std::string> names;
    for (const Value& item : *ArrayAt(answer.body, {"items"}))
      names.emplace_back(StringAt(item, {"metadata", "name"}));
    return names;
  }
  void CreateLabelled(const std::string& name, const std::string& labels) {
    ASSERT_EQ(
        CreateTask(name, R"("exec":{"command":["true"]})", R"(,"labels":{)" + labels + "}").code,
        201);
  }
  using Strings = std::vector<std::string>;
};

TEST_F(ListTest, AllInOrderWithTheSnapshotsRevision) {
  for (const char* name : {"c", "a", "b"}) ASSERT_EQ(CreateTask(name).code, 201);
  const Answer answer = Call("GET", kTasks);
  EXPECT_EQ(answer.Text({"kind"}), "TaskList");
  EXPECT_EQ(answer.Text({"apiVersion"}), "noizy.dev/v1");
  EXPECT_EQ(answer.Text({"metadata", "resourceVersion"}), std::to_string(store_.Revision()));
  EXPECT_EQ(Names(kTasks), (Strings{"a", "b", "c"}));
}

TEST_F(ListTest, AnEmptyListIsAList) {
  const Answer answer = Call("GET", kTasks);
  EXPECT_EQ(answer.code, 200);
  EXPECT_TRUE(ArrayAt(answer.body, {"items"})->empty());
}

TEST_F(ListTest, AcrossNamespaces) {
  CreateNamespace("other");
  ASSERT_EQ(CreateTask("a").code, 201);
  ASSERT_EQ(Call("POST", "/apis/noizy.dev/v1/namespaces/other/tasks", TaskJson("b")).code, 201);
  EXPECT_EQ(Names("/apis/noizy.dev/v1/tasks"), (Strings{"a", "b"}));
  EXPECT_EQ(Names("/apis/noizy.dev/v1/namespaces/other/tasks"), (Strings{"b"}));
}

TEST_F(ListTest, LabelSelectors) {
  CreateLabelled("a", R"("tier":"web")");
  CreateLabelled("b", R"("tier":"db","hot":"yes")");
  ASSERT_EQ(CreateTask("c").code, 201);
  const std::string base = Under(kTasks, "?labelSelector=");
  EXPECT_EQ(Names(base + "tier%3Dweb"), (Strings{"a"}));
  EXPECT_EQ(Names(base + "tier%20in%20(web,db)"), (Strings{"a", "b"}));
  EXPECT_EQ(Names(base + "tier!%3Dweb"), (Strings{"b", "c"}));
  EXPECT_EQ(Names(base + "!tier"), (Strings{"c"}));
  EXPECT_EQ(Call("GET", base + "tier%3D%3D%3Dx").code, 400);
}

TEST_F(ListTest, FieldSelectors) {
  for (const char* name : {"a", "b"}) ASSERT_EQ(CreateTask(name).code, 201);
  const std::string base = Under(kTasks, "?fieldSelector=");
  EXPECT_EQ(Names(base + "metadata.name%3Db"), (Strings{"b"}));
  EXPECT_EQ(Names(base + "metadata.name!%3Db"), (Strings{"a"}));
  EXPECT_EQ(Names(base + "status.phase%3DPending"), (Strings{"a", "b"}));
  const Answer answer = Call("GET", base + "spec.priority%3D1");
  EXPECT_EQ(answer.code, 400);
  EXPECT_NE(answer.Text({"message"}).find("field label not supported: spec.priority"),
            std::string_view::npos);
}

TEST_F(ListTest, PagesAreOneSnapshotWhateverIsWrittenMeanwhile) {
  for (const char* name : {"a", "b", "c", "d", "e"}) ASSERT_EQ(CreateTask(name).code, 201);
  const Answer first = Call("GET", Under(kTasks, "?limit=2"));
  EXPECT_EQ(ArrayAt(first.body, {"items"})->size(), 2U);
  EXPECT_EQ(IntAt(first.body, {"metadata", "remainingItemCount"}), 3);
  ASSERT_EQ(CreateTask("cc").code, 201);
  ASSERT_EQ(Call("PATCH", TaskPath("d"), R"({"metadata":{"finalizers":null}})",
                 {{"Content-Type", "application/merge-patch+json"}})
                .code,
            200);
  ASSERT_EQ(Call("DELETE", TaskPath("d")).code, 200);
  Strings rest;
  std::string token(first.Text({"metadata", "continue"}));
  while (!token.empty()) {
    const Answer page = Call("GET", Under(kTasks, "?limit=2&continue=") + PercentEncode(token));
    ASSERT_EQ(page.code, 200) << ToJson(page.body);
    EXPECT_EQ(page.Text({"metadata", "resourceVersion"}),
              first.Text({"metadata", "resourceVersion"}));
    for (const Value& item : *ArrayAt(page.body, {"items"}))
      rest.emplace_back(StringAt(item, {"metadata", "name"}));
    token = page.Text({"metadata", "continue"});
  }
  EXPECT_EQ(rest, (Strings{"c", "d", "e"}));
}

TEST_F(ListTest, PagesWithASelectorAreFull) {
  for (int i = 0; i < 10; ++i)
    CreateLabelled("t" + std::to_string(i), i % 3 == 0 ? R"("pick":"me")" : R"("pick":"not")");
  const Answer first = Call("GET", Under(kTasks, "?limit=3&labelSelector=pick%3Dme"));
  EXPECT_EQ(ArrayAt(first.body, {"items"})->size(), 3U);
  EXPECT_EQ(Find(first.body, {"metadata", "remainingItemCount"}), nullptr);
}

TEST_F(ListTest, ATokenWhoseSnapshotIsGoneIsExpired) {
  for (const char* name : {"a", "b", "c"}) ASSERT_EQ(CreateTask(name).code, 201);
  const Answer first = Call("GET", Under(kTasks, "?limit=1"));
  ASSERT_EQ(CreateTask("d").code, 201);
  store_.Compact(store_.Revision());
  const Answer next = Call("GET", Under(kTasks, "?limit=1&continue=") +
                                      PercentEncode(first.Text({"metadata", "continue"})));
  EXPECT_EQ(next.code, 410);
  EXPECT_EQ(next.reason(), "Expired");
  // Whoever does not mind goes on in what there is now.
  const Answer rest =
      Call("GET", Under(kTasks, "?continue=") + PercentEncode(next.Text({"metadata", "continue"})));
  ASSERT_EQ(rest.code, 200);
  EXPECT_EQ(ArrayAt(rest.body, {"items"})->size(), 3U);
}

TEST_F(ListTest, BadParametersAreNamed) {
  for (const char* query :
       {"limit=x", "continue=zzz", "resourceVersion=abc", "continue=e30%3D&resourceVersion=3"}) {
    EXPECT_EQ(Call("GET", Under(kTasks, "?") + query).code, 400) << query;
  }
}

TEST_F(ListTest, ThePastCanBeRead) {
  const Answer made = CreateTask("a");
  ASSERT_EQ(CreateTask("b").code, 201);
  const std::string then(made.Text({"metadata", "resourceVersion"}));
  EXPECT_EQ(Names(Under(kTasks, "?resourceVersionMatch=Exact&resourceVersion=") + then),
            (Strings{"a"}));
  EXPECT_EQ(Names(Under(kTasks, "?resourceVersionMatch=NotOlderThan&resourceVersion=") + then),
            (Strings{"a", "b"}));
}

TEST_F(ListTest, APageOfACertainRevisionIsThatRevision) {
  const Answer made = CreateTask("a");
  ASSERT_EQ(CreateTask("b").code, 201);
  const std::string then(made.Text({"metadata", "resourceVersion"}));
  EXPECT_EQ(Names(Under(kTasks, "?limit=5&resourceVersion=") + then), (Strings{"a"}));
  EXPECT_EQ(Names(Under(kTasks, "?limit=5&resourceVersion=0")), (Strings{"a", "b"}));
  EXPECT_EQ(Call("GET", TaskPath("a?resourceVersion=999999")).code, 504);
  EXPECT_EQ(Call("GET", TaskPath("a?resourceVersion=1")).code, 200);
}

TEST_F(ListTest, TheFutureCannot) {
  const Answer answer = Call("GET", Under(kTasks, "?resourceVersion=999999"));
  EXPECT_EQ(answer.code, 504);
  EXPECT_EQ(StringAt(ArrayAt(answer.body, {"details", "causes"})->at(0), {"reason"}),
            "ResourceVersionTooLarge");
}

TEST_F(ListTest, TablesOfLists) {
  for (const char* name : {"a", "b"}) ASSERT_EQ(CreateTask(name).code, 201);
  const Answer answer =
      Call("GET", kTasks, "", {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"}});
  EXPECT_EQ(answer.Text({"kind"}), "Table");
  EXPECT_EQ(ArrayAt(answer.body, {"rows"})->size(), 2U);
  const Answer metadata =
      Call("GET", kTasks, "",
           {{"Accept", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"}});
  EXPECT_EQ(metadata.Text({"kind"}), "PartialObjectMetadataList");
  EXPECT_EQ(ArrayAt(metadata.body, {"items"})->size(), 2U);
}

}  // namespace
}  // namespace noizy::apiserver
