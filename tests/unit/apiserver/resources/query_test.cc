#include "apiserver/resources/query.h"

#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

RequestContext Asking(QueryParameters query) {
  RequestContext context;
  context.kind = BuiltinKinds().FindByResource("noizy.dev", "v1", "tasks");
  context.target.ns = "default";
  context.query = std::move(query);
  // Without it the User-Agent would be looked at, and there is no request here.
  context.query.emplace_back("fieldManager", "tester");
  return context;
}

/// Of a kind whose writes do not look at the request's headers.
RequestContext Writing(QueryParameters query) {
  RequestContext context = Asking(std::move(query));
  context.kind = BuiltinKinds().FindByResource("", "v1", "configmaps");
  return context;
}

TEST(QueryTest, ANameSelectorNarrowsTheScope) {
  const RequestContext context =
      Asking({{"fieldSelector", "metadata.name=a,status.phase=Running"}});
  const Result<ObjectFilter> filter = ReadFilter(context);
  ASSERT_TRUE(filter.ok());
  const Scope scope = ScopeOf(context, *filter);
  EXPECT_EQ(scope.resource, "tasks.noizy.dev");
  EXPECT_EQ(scope.ns, "default");
  EXPECT_EQ(scope.name, "a");
  EXPECT_EQ(ScopeOf(context, {}).name, "");
}

TEST(QueryTest, FiltersLookAtLabelsFieldsAndName) {
  StoredObject object;
  object.key = {"tasks.noizy.dev", "default", "a"};
  object.attributes.labels = {{"x", "1"}};
  object.attributes.fields = {{"status.phase", "Running"}};
  const auto matches = [&](const std::string& parameter, const std::string& value) {
    return ReadFilter(Asking({{parameter, value}}))->Matches(object);
  };
  EXPECT_TRUE(matches("labelSelector", "x=1"));
  EXPECT_FALSE(matches("labelSelector", "x!=1"));
  EXPECT_TRUE(matches("fieldSelector", "status.phase=Running,metadata.namespace=default"));
  EXPECT_FALSE(matches("fieldSelector", "metadata.name=b"));
  EXPECT_TRUE(ReadFilter(Asking({}))->empty());
}

TEST(QueryTest, RevisionsAreNumbers) {
  EXPECT_EQ(*ReadRevision(Asking({{"resourceVersion", "12"}}), "resourceVersion"), 12);
  EXPECT_EQ(*ReadRevision(Asking({}), "resourceVersion"), 0);
  for (const char* bad : {"-1", "1x", "x", "99999999999999999999"}) {
    EXPECT_FALSE(ReadRevision(Asking({{"resourceVersion", bad}}), "resourceVersion").ok()) << bad;
  }
}

TEST(QueryTest, WritePolicies) {
  EXPECT_EQ(ReadWritePolicy(Writing({}))->validation, FieldValidation::kWarn);
  EXPECT_EQ(ReadWritePolicy(Writing({{"fieldValidation", "Strict"}}))->validation,
            FieldValidation::kStrict);
  EXPECT_TRUE(ReadWritePolicy(Writing({{"dryRun", "All"}}))->dry_run);
  EXPECT_FALSE(ReadWritePolicy(Writing({{"dryRun", "Some"}})).ok());
  EXPECT_EQ(ReadWritePolicy(Writing({}))->manager, "tester");
  const Status faults =
      ReadWritePolicy(Writing({{"dryRun", "Some"}, {"fieldValidation", "Hard"}})).status();
  EXPECT_EQ(faults.reason(), StatusReason::kInvalid);
  EXPECT_EQ(faults.details().causes.size(), 2U);
}

using ListMatchingTest = ApiTest;

TEST_F(ListMatchingTest, GivesWhatTheFilterLetsThrough) {
  ASSERT_EQ(CreateTask("a", R"("exec":{"command":["true"]})", R"(,"labels":{"x":"1"})").code, 201);
  ASSERT_EQ(CreateTask("b").code, 201);
  const RequestContext context = Asking({{"labelSelector", "x"}});
  const auto matching = ListMatching(store_, ScopeOf(context, {}), *ReadFilter(context));
  ASSERT_TRUE(matching.ok());
  ASSERT_EQ(matching->size(), 1U);
  EXPECT_EQ(matching->front()->key.name, "a");
}

}  // namespace
}  // namespace noizy::apiserver
