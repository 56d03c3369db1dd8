#include "cli/table_source.h"

#include <gtest/gtest.h>

#include "machinery/transport/in_process.h"
#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

/// A server of pages: tasks "a" and "b" on the first, "c" on the second; without Tables.
class Pages : public CliTest {
 protected:
  template <typename Act>
  void With(const Act& act) {
    std::istringstream in;
    std::ostringstream out;
    Environment environment = grid_.EnvironmentOf(in, out, out);
    environment.connect = [this](HttpClientOptions) -> Result<std::unique_ptr<HttpTransport>> {
      return MakeInProcessTransport(
          [this](std::shared_ptr<HttpExchange> exchange) { Answer(*exchange); }, {});
    };
    Invocation invocation(environment, {});
    act(**invocation.session());
  }
  void Answer(HttpExchange& exchange) {
    queries_.push_back(exchange.request().query);
    const bool second = exchange.request().query.find("continue=more") != std::string::npos;
    HttpReply reply;
    reply.body.emplace_back(
        second
            ? R"({"kind":"TaskList","metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"c"}}]})"
            : R"({"kind":"TaskList","metadata":{"resourceVersion":"9","continue":"more"},"items":[
                                       {"metadata":{"name":"a","creationTimestamp":"t1"}},{"metadata":{"name":"b"}}]})");
    exchange.Reply(std::move(reply));
  }

  std::vector<std::string> queries_;
  Target tasks_{{{"noizy.dev", "v1", "tasks", true}, "Task", "task", {}, {}, {}}, "default", ""};
};

TEST_F(Pages, MakeOneTableEvenWithoutAServersOwn) {
  With([this](Session& session) {
    ListQuery query;
    query.label_selector = "x=1";
    const Result<Value> table = FetchTable(session, tasks_, query);
    ASSERT_TRUE(table.ok()) << table.status().ToString();
    TextTable text;
    Array columns;
    AddTableRows(*table, {}, columns, text);
    EXPECT_EQ(text.Print(), "NAME   CREATED\na      t1\nb      \nc      \n");
    EXPECT_FALSE(TableIsEmpty(*table));
  });
  EXPECT_EQ(queries_, (std::vector<std::string>{"labelSelector=x%3D1&limit=500",
                                                "labelSelector=x%3D1&limit=500&continue=more"}));
}

TEST_F(Pages, MakeOneListOfObjects) {
  With([this](Session& session) {
    const Result<std::vector<Value>> objects = FetchObjects(session, tasks_, {});
    ASSERT_TRUE(objects.ok()) << objects.status().ToString();
    ASSERT_EQ(objects->size(), 3U);
    EXPECT_EQ(NameOf((*objects)[2]), "c");
  });
}

TEST(TableIsEmpty, WithoutRows) {
  EXPECT_TRUE(TableIsEmpty(Object{}));
  EXPECT_TRUE(TableIsEmpty(Object{{"rows", Array{}}}));
}

}  // namespace
}  // namespace noizy::cli
