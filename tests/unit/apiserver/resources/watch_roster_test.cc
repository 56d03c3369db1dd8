#include "apiserver/resources/watch_roster.h"

#include "apiserver/resources/watch_session.h"
#include "machinery/base/executor.h"
#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

// An exchange whose answer nobody waits for.
class DroppedExchange final : public HttpExchange {
 public:
  const HttpRequest& request() const override { return request_; }
  void Reply(HttpReply) override {}
  std::shared_ptr<HttpStream> Stream(int, HttpHeaders, HttpStreamEvents) override {
    class NoStream final : public HttpStream {
      void Write(std::vector<SharedBytes>) override {}
      std::size_t QueuedBytes() const override { return 0; }
      void Close() override {}
    };
    return std::make_shared<NoStream>();
  }

 private:
  HttpRequest request_;
};

class WatchRosterTest : public ApiTest {
 protected:
  void Watch(std::string_view kind_name) {
    auto request = std::make_shared<RequestContext>();
    request->exchange = std::make_shared<DroppedExchange>();
    request->kind = BuiltinKinds().FindByName(kind_name);
    WatchOptions options;
    options.scope = {request->kind->Resource(), "", ""};
    options.after_revision = store_.Revision();
    options.timeout = std::chrono::hours(1);
    const VerbContext verbs{store_, server_.writer(), clock_, executor_, watches_};
    std::make_shared<WatchSession>(verbs, request, std::move(options))->Start();
    executor_.RunUntilIdle();
  }

  FakeExecutor executor_{clock_};
  WatchRoster watches_;
};

TEST_F(WatchRosterTest, WatchesOfKindsThatAreGoneEnd) {
  Watch("tasks");
  Watch("secrets");
  EXPECT_EQ(watches_.size(), 2U);
  const KindPtr secrets = BuiltinKinds().FindByName("secrets");
  watches_.Follow([&](const Kind& kind) { return kind.plural == "secrets" ? secrets : nullptr; });
  executor_.RunUntilIdle();
  EXPECT_EQ(watches_.size(), 1U);
}

TEST_F(WatchRosterTest, AnEventWakesTheExecutorOnceForAllItsWatchers) {
  for (int i = 0; i < 10; ++i) Watch("tasks");
  ASSERT_EQ(CreateTask("a").code, 201);
  EXPECT_EQ(executor_.RunUntilIdle(), 2) << "one turn of pumping, one that finds nobody left";
}

TEST_F(WatchRosterTest, ManyWatchersLeaveTurnsToOthers) {
  for (int i = 0; i < 200; ++i) Watch("tasks");
  ASSERT_EQ(CreateTask("a").code, 201);
  EXPECT_EQ(executor_.RunUntilIdle(), 5) << "four turns of pumping, one that finds nobody left";
}

TEST_F(WatchRosterTest, AWatchThatEndsLeaves) {
  Watch("tasks");
  executor_.Advance(std::chrono::hours(2));
  EXPECT_EQ(watches_.size(), 0U);
}

}  // namespace
}  // namespace noizy::apiserver
