#include "apiserver/agents/log_endpoint.h"

#include <filesystem>

#include "machinery/base/executor.h"
#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

// Logs of a Task over the REST path, in a folder of the test's own.
class LogEndpointTest : public ApiTest {
 protected:
  LogEndpointTest() {
    EXPECT_EQ(CreateTask("a").code, 201);
    uid_ = std::string(Call("GET", TaskPath("a")).Text({"metadata", "uid"}));
  }
  ~LogEndpointTest() override { std::filesystem::remove_all(folder_); }

  void StartAttempt(int number) {
    const std::string status =
        R"({"status":{"phase":"Running","attempt":)" + std::to_string(number) + "}}";
    ASSERT_EQ(Call("PATCH", TaskPath("a") + "/status", status,
                   {{"Content-Type", "application/merge-patch+json"}})
                  .code,
              200);
  }
  void Append(int attempt, const std::string& text, bool end) {
    const std::string line = "2026-01-01T00:00:00.000000000Z stdout F " + text + "\n";
    const LogKey key{uid_, attempt};
    ASSERT_TRUE(logs_.Append(key, logs_.Size(key), line, end).ok());
  }
  Answer Get(const std::string& query) {
    auto exchange = std::make_shared<Recorder>();
    auto request = std::make_shared<RequestContext>();
    request->exchange = exchange;
    request->kind = BuiltinKinds().FindByResource("noizy.dev", "v1", "tasks");
    request->query = *ParseQuery(query);
    request->target = {"get", true, "noizy.dev", "v1", "tasks", "default", "a", "log", ""};
    endpoint_.Handle(request);
    executor_.RunUntilIdle();
    last_ = exchange;
    return {exchange->code, Value(exchange->text), {}};
  }

  class Recorder final : public HttpExchange,
                         public HttpStream,
                         public std::enable_shared_from_this<Recorder> {
   public:
    const HttpRequest& request() const override { return request_; }
    void Reply(HttpReply reply) override {
      code = reply.code;
      text = reply.BodyText();
    }
    std::shared_ptr<HttpStream> Stream(int status, HttpHeaders, HttpStreamEvents given) override {
      code = status;
      events = std::move(given);
      return shared_from_this();
    }
    void Write(std::vector<SharedBytes> pieces) override {
      for (const SharedBytes& piece : pieces) text += piece.view;
    }
    std::size_t QueuedBytes() const override { return 0; }
    void Close() override {
      closed = true;
      events = {};
    }

    int code = 0;
    std::string text;
    bool closed = false;
    HttpStreamEvents events;

   private:
    HttpRequest request_;
  };

  std::string folder_ =
      (std::filesystem::temp_directory_path() / ("noizy-logs-" + SystemRandom::Instance().Uuid()))
          .string();
  LogStore logs_{folder_};
  FakeExecutor executor_{clock_};
  LogEndpoint endpoint_{store_, logs_, clock_, executor_};
  std::shared_ptr<Recorder> last_;
  std::string uid_;
};

TEST_F(LogEndpointTest, GivesTheNewestAttemptsText) {
  StartAttempt(2);
  Append(1, "old", true);
  Append(2, "new", true);
  EXPECT_EQ(Get("").body.as_string(), "new\n");
  EXPECT_EQ(Get("attempt=1").body.as_string(), "old\n");
  EXPECT_EQ(Get("timestamps=true").body.as_string(), "2026-01-01T00:00:00.000000000Z new\n");
  EXPECT_EQ(Get("attempt=3").code, 400);
  EXPECT_EQ(Get("tailLines=x").code, 400);
}

TEST_F(LogEndpointTest, ATaskWithoutAttemptsHasAnEmptyLog) {
  const Answer answer = Get("");
  EXPECT_EQ(answer.code, 200);
  EXPECT_EQ(answer.body.as_string(), "");
}

TEST_F(LogEndpointTest, FollowingWaitsForTheFirstAttemptAndEndsWithItsLog) {
  Get("follow=true");
  EXPECT_EQ(last_->code, 200);
  StartAttempt(1);
  executor_.RunUntilIdle();
  Append(1, "one", false);
  executor_.RunUntilIdle();
  EXPECT_EQ(last_->text, "one\n");
  EXPECT_FALSE(last_->closed);
  Append(1, "two", true);
  executor_.RunUntilIdle();
  EXPECT_EQ(last_->text, "one\ntwo\n");
  EXPECT_TRUE(last_->closed);
}

TEST_F(LogEndpointTest, FollowingEndsWhenTheTaskEndsWithoutHavingRun) {
  Get("follow=true");
  ASSERT_EQ(Call("PATCH", TaskPath("a") + "/status", R"({"status":{"phase":"Cancelled"}})",
                 {{"Content-Type", "application/merge-patch+json"}})
                .code,
            200);
  executor_.RunUntilIdle();
  EXPECT_TRUE(last_->closed);
}

TEST_F(LogEndpointTest, AReaderThatLeavesIsForgotten) {
  StartAttempt(1);
  Get("follow=true");
  last_->events.on_closed();
  executor_.RunUntilIdle();
  EXPECT_TRUE(last_->closed);
}

}  // namespace
}  // namespace noizy::apiserver
