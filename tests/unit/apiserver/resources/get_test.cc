#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

using GetTest = ApiTest;

constexpr const char* kTable = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

TEST_F(GetTest, GivesWhatWasStored) {
  const Answer made = CreateTask("a");
  const Answer got = Call("GET", TaskPath("a"));
  EXPECT_EQ(got.code, 200);
  EXPECT_TRUE(Equal(got.body, made.body));
  EXPECT_EQ(FindHeader(got.headers, "Content-Type"), "application/json");
}

TEST_F(GetTest, IsIndentedForPeople) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const auto is_indented = [&](const std::string& path, const char* query, const char* agent) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.query = query;
    request.headers = {{"User-Agent", agent}};
    return transport_->Do(request, std::chrono::seconds(10))->BodyText().starts_with("{\n  \"");
  };
  for (const std::string& target : {TaskPath("a"), TaskPath("none"), std::string(kTasks)}) {
    EXPECT_FALSE(is_indented(target, "", "kubectl/v1.32.5"));
    EXPECT_TRUE(is_indented(target, "pretty=true", "kubectl/v1.32.5"));
    EXPECT_TRUE(is_indented(target, "", "curl/8.0"));
    EXPECT_FALSE(is_indented(target, "pretty=false", "curl/8.0"));
  }
}

TEST_F(GetTest, NotFoundNamesTheObject) {
  const Answer answer = Call("GET", TaskPath("nothing"));
  EXPECT_EQ(answer.code, 404);
  EXPECT_EQ(answer.reason(), "NotFound");
  EXPECT_EQ(answer.Text({"details", "name"}), "nothing");
  EXPECT_EQ(answer.Text({"details", "kind"}), "tasks");
  EXPECT_EQ(answer.Text({"details", "group"}), "noizy.dev");
}

TEST_F(GetTest, UnknownPathsAreNotFound) {
  EXPECT_EQ(Call("GET", "/apis/noizy.dev/v1/namespaces/default/trolls/a").code, 404);
  EXPECT_EQ(Call("GET", "/apis/noizy.dev/v7/namespaces/default/tasks/a").code, 404);
  EXPECT_EQ(Call("GET", "/nowhere").code, 404);
}

TEST_F(GetTest, TablesHaveColumnsAndCells) {
  ASSERT_EQ(CreateTask("a").code, 201);
  clock_.Advance(std::chrono::seconds(90));
  const Answer answer = Call("GET", TaskPath("a"), "", {{"Accept", kTable}});
  ASSERT_EQ(answer.code, 200);
  EXPECT_EQ(answer.Text({"kind"}), "Table");
  const Array& columns = *ArrayAt(answer.body, {"columnDefinitions"});
  EXPECT_EQ(StringAt(columns.at(0), {"name"}), "Name");
  const Array& rows = *ArrayAt(answer.body, {"rows"});
  ASSERT_EQ(rows.size(), 1U);
  const Array& cells = *ArrayAt(rows.at(0), {"cells"});
  EXPECT_EQ(cells.size(), columns.size());
  EXPECT_EQ(cells.at(0), "a");
  EXPECT_EQ(StringAt(rows.at(0), {"object", "kind"}), "PartialObjectMetadata");
}

TEST_F(GetTest, IncludeObjectChoosesWhatRowsCarry) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const auto row = [&](const std::string& include) {
    return ArrayAt(Call("GET", Under(TaskPath("a"), "?includeObject=") + include, "",
                        {{"Accept", kTable}})
                       .body,
                   {"rows"})
        ->at(0);
  };
  EXPECT_EQ(StringAt(row("Object"), {"object", "kind"}), "Task");
  EXPECT_EQ(Find(row("None"), {"object"}), nullptr);
  EXPECT_EQ(Call("GET", Under(TaskPath("a"), "?includeObject=Some"), "", {{"Accept", kTable}}).code,
            400);
}

TEST_F(GetTest, MetadataAlone) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const Answer answer =
      Call("GET", TaskPath("a"), "",
           {{"Accept", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"}});
  EXPECT_EQ(answer.Text({"kind"}), "PartialObjectMetadata");
  EXPECT_EQ(answer.Text({"metadata", "name"}), "a");
  EXPECT_EQ(Find(answer.body, {"spec"}), nullptr);
}

TEST_F(GetTest, YamlWhenAsked) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const Answer answer = Call("GET", TaskPath("a"), "", {{"Accept", "application/yaml"}});
  EXPECT_EQ(FindHeader(answer.headers, "Content-Type"), "application/yaml");
  EXPECT_TRUE(std::string_view(answer.body.as_string()).starts_with("apiVersion: noizy.dev/v1\n"));
}

TEST_F(GetTest, WhatCannotBeSentIsNotAcceptable) {
  ASSERT_EQ(CreateTask("a").code, 201);
  EXPECT_EQ(
      Call("GET", TaskPath("a"), "", {{"Accept", "application/vnd.kubernetes.protobuf"}}).code,
      406);
  EXPECT_EQ(Call("GET", TaskPath("a"), "",
                 {{"Accept", "application/vnd.kubernetes.protobuf,application/json"}})
                .code,
            200);
}

TEST_F(GetTest, MethodsThatDoNotFitAreRefused) {
  ASSERT_EQ(CreateTask("a").code, 201);
  const Answer refused = Call("POST", TaskPath("a"), TaskJson("a"));
  EXPECT_EQ(refused.code, 405);
  EXPECT_EQ(FindHeader(refused.headers, "Allow"), "GET, PUT, PATCH, DELETE");
  EXPECT_EQ(FindHeader(refused.headers, "Cache-Control"), "no-cache, private");
  EXPECT_EQ(Call("DELETE", Under(TaskPath("a"), "/status")).code, 405);
  EXPECT_EQ(Call("GET", Under(TaskPath("a"), "/scale")).code, 404);
  EXPECT_EQ(Call("GET", "/apis/noizy.dev/v1/tasks/a").code, 404) << "of which namespace?";
  EXPECT_EQ(Call("GET", Under(TaskPath("a"), "/status")).code, 200);
}

TEST_F(GetTest, AReadOnlyKindIsThereAndEmptyAndTakesNothing) {
  const std::string services = "/api/v1/namespaces/default/services";
  const auto list = Call("GET", services);
  EXPECT_EQ(list.code, 200);
  EXPECT_TRUE(ArrayAt(list.body, {"items"})->empty());
  EXPECT_EQ(Call("GET", services + "/a").code, 404);
  EXPECT_EQ(Call("POST", services, R"({"metadata":{"name":"a"}})").code, 405);
  EXPECT_EQ(Call("DELETE", services).code, 405);
}

}  // namespace
}  // namespace noizy::apiserver
