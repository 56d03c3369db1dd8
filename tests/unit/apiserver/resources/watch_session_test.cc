#include "apiserver/resources/watch_session.h"

#include "apiserver/resources/verbs.h"
#include "machinery/base/executor.h"
#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

// A stream whose reader reads when the test says so.
class HeldStream final : public HttpStream {
 public:
  void Write(std::vector<SharedBytes> pieces) override {
    for (const SharedBytes& piece : pieces) {
      text += piece.view;
      queued += piece.view.size();
    }
  }
  std::size_t QueuedBytes() const override { return queued; }
  void Close() override { closed = true; }

  std::string text;
  std::size_t queued = 0;
  bool closed = false;
};

class HeldExchange final : public HttpExchange {
 public:
  const HttpRequest& request() const override { return request_; }
  void Reply(HttpReply reply) override { code = reply.code; }
  std::shared_ptr<HttpStream> Stream(int status, HttpHeaders, HttpStreamEvents given) override {
    code = status;
    events = std::move(given);
    return stream;
  }

  int code = 0;
  HttpStreamEvents events;
  std::shared_ptr<HeldStream> stream = std::make_shared<HeldStream>();

 private:
  HttpRequest request_;
};

// One watch under virtual time, on the test's own thread.
class WatchSessionTest : public ApiTest {
 protected:
  void Watch(WatchOptions options) {
    auto request = std::make_shared<RequestContext>();
    request->exchange = exchange_;
    request->kind = BuiltinKinds().FindByResource("noizy.dev", "v1", "tasks");
    options.scope = {"tasks.noizy.dev", "default", ""};
    if (options.timeout == Duration::zero()) options.timeout = std::chrono::hours(1);
    const VerbContext verbs{store_, server_.writer(), clock_, executor_, watches_};
    std::make_shared<WatchSession>(verbs, request, std::move(options))->Start();
    executor_.RunUntilIdle();
  }
  std::size_t Lines() const {
    return static_cast<std::size_t>(std::ranges::count(exchange_->stream->text, '\n'));
  }

  FakeExecutor executor_{clock_};
  WatchRoster watches_;
  std::shared_ptr<HeldExchange> exchange_ = std::make_shared<HeldExchange>();
};

TEST_F(WatchSessionTest, ASlowReaderIsNotGivenMoreUntilItHasRead) {
  Watch({.after_revision = store_.Revision()});
  exchange_->stream->queued = 2 * 1024 * 1024;
  ASSERT_EQ(CreateTask("a").code, 201);
  executor_.RunUntilIdle();
  EXPECT_EQ(Lines(), 0U);
  exchange_->stream->queued = 0;
  exchange_->events.on_drained();
  executor_.RunUntilIdle();
  EXPECT_EQ(Lines(), 1U);
}

TEST_F(WatchSessionTest, AReaderThatKeepsUpCostsNothingWhenItHasRead) {
  Watch({.after_revision = store_.Revision()});
  ASSERT_EQ(CreateTask("a").code, 201);
  executor_.RunUntilIdle();
  EXPECT_EQ(Lines(), 1U);
  exchange_->events.on_drained();
  EXPECT_EQ(executor_.RunUntilIdle(), 0);
}

TEST_F(WatchSessionTest, WhatOnePumpLeavesComesWithTheNext) {
  Watch({.after_revision = store_.Revision()});
  for (int i = 0; i < 600; ++i) ASSERT_EQ(CreateTask("t" + std::to_string(i)).code, 201);
  executor_.RunUntilIdle();
  EXPECT_EQ(Lines(), 600U);
}

TEST_F(WatchSessionTest, AReaderThatIsTooSlowIsToldSo) {
  Watch({.after_revision = store_.Revision()});
  exchange_->stream->queued = 2 * 1024 * 1024;
  ASSERT_EQ(CreateTask("a").code, 201);
  ASSERT_EQ(CreateTask("b").code, 201);
  executor_.RunUntilIdle();
  store_.Compact(store_.Revision());
  exchange_->stream->queued = 0;
  exchange_->events.on_drained();
  executor_.RunUntilIdle();
  EXPECT_NE(exchange_->stream->text.find("\"code\":410"), std::string::npos)
      << exchange_->stream->text;
  EXPECT_TRUE(exchange_->stream->closed);
}

TEST_F(WatchSessionTest, BookmarksComeEachMinuteAndTellTheStoresProgress) {
  Watch({.after_revision = store_.Revision(), .bookmarks = true});
  CreateNamespace("other");
  executor_.Advance(std::chrono::seconds(61));
  EXPECT_EQ(Lines(), 1U);
  EXPECT_NE(exchange_->stream->text.find("\"resourceVersion\":\"" +
                                         std::to_string(store_.Revision()) + "\""),
            std::string::npos)
      << exchange_->stream->text;
  executor_.Advance(std::chrono::seconds(60));
  EXPECT_EQ(Lines(), 2U);
}

TEST_F(WatchSessionTest, EndsAtItsTimeout) {
  Watch({.after_revision = store_.Revision(), .timeout = std::chrono::seconds(5)});
  executor_.Advance(std::chrono::seconds(4));
  EXPECT_FALSE(exchange_->stream->closed);
  executor_.Advance(std::chrono::seconds(2));
  EXPECT_TRUE(exchange_->stream->closed);
}

TEST_F(WatchSessionTest, APeerThatLeavesEndsIt) {
  Watch({.after_revision = store_.Revision()});
  exchange_->events.on_closed();
  executor_.RunUntilIdle();
  EXPECT_TRUE(exchange_->stream->closed);
  ASSERT_EQ(CreateTask("a").code, 201);
  executor_.RunUntilIdle();
  EXPECT_EQ(Lines(), 0U);
}

TEST_F(WatchSessionTest, AnExpiredStartIsToldInTheStream) {
  ASSERT_EQ(CreateTask("a").code, 201);
  store_.Compact(store_.Revision());
  Watch({.after_revision = 1});
  EXPECT_EQ(exchange_->code, 200);
  EXPECT_NE(exchange_->stream->text.find("\"reason\":\"Expired\""), std::string::npos);
  EXPECT_TRUE(exchange_->stream->closed);
}

}  // namespace
}  // namespace noizy::apiserver
