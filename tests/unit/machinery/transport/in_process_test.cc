#include "machinery/transport/in_process.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "machinery/base/mutex.h"
#include "machinery/transport/pipelined.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr milliseconds kLong{10'000};

HttpRequest Get(std::string path) {
  HttpRequest request;
  request.method = "GET";
  request.path = std::move(path);
  return request;
}

HttpReply Text(std::string text) {
  HttpReply reply;
  reply.body.emplace_back(std::move(text));
  return reply;
}

// A handler that only keeps what it is given, for the test to answer.
struct Inbox {
  std::shared_ptr<HttpExchange> exchange;
  HttpHandler Handler() {
    return [this](std::shared_ptr<HttpExchange> given) { exchange = std::move(given); };
  }
};

TEST(InProcessTransportTest, SendsAllOfABatchBeforeItWaits) {
  std::vector<std::shared_ptr<HttpExchange>> waiting;
  const auto transport = MakeInProcessTransport(
      [&](std::shared_ptr<HttpExchange> given) {
        waiting.push_back(std::move(given));
        if (waiting.size() < 3) return;
        // The last one in is answered first.
        while (!waiting.empty()) {
          waiting.back()->Reply(Text(waiting.back()->request().path));
          waiting.pop_back();
        }
      },
      {});
  const auto replies = transport->DoAll({Get("/a"), Get("/b"), Get("/c")}, kLong);
  ASSERT_EQ(replies.size(), 3U);
  EXPECT_EQ(replies[0]->BodyText(), "/a");
  EXPECT_EQ(replies[2]->BodyText(), "/c");
  EXPECT_TRUE(transport->DoAll({}, kLong).empty());
}

TEST(InProcessTransportTest, ABatchCanBeAnsweredLater) {
  std::vector<std::shared_ptr<HttpExchange>> waiting;
  const auto transport = MakeInProcessTransport(
      [&](std::shared_ptr<HttpExchange> given) { waiting.push_back(std::move(given)); },
      {"me", {}, "1"});
  auto& pipelined = dynamic_cast<PipelinedTransport&>(*transport);
  std::vector<Result<HttpReply>> replies;
  const auto keep = [&](std::vector<Result<HttpReply>> given) { replies = std::move(given); };
  pipelined.DoAllLater({Get("/a"), Get("/b"), Get("/c")}, keep);
  ASSERT_EQ(waiting.size(), 3U);
  EXPECT_EQ(waiting[0]->request().peer.common_name, "me");
  waiting[2]->Reply(Text("c"));
  waiting[0]->Reply(Text("a"));
  waiting[0]->Reply(Text("again"));
  EXPECT_TRUE(replies.empty()) << "one is missing";
  waiting.clear();
  ASSERT_EQ(replies.size(), 3U);
  EXPECT_EQ(replies[0]->BodyText(), "a");
  EXPECT_EQ(replies[1].status().reason(), StatusReason::kInternalError) << "it was dropped";
  EXPECT_EQ(replies[2]->BodyText(), "c");
  bool told = false;
  pipelined.DoAllLater({}, [&](const auto&) { told = true; });
  EXPECT_TRUE(told);
  pipelined.DoAllLater({Get("/stream")}, keep);
  waiting[0]->Stream(200, {}, {})->Write({});
  EXPECT_EQ(replies.at(0)->code, 400);
}

TEST(InProcessTransportTest, CarriesTheRequestUnderItsIdentity) {
  HttpRequest seen;
  const auto transport = MakeInProcessTransport(
      [&](const std::shared_ptr<HttpExchange>& exchange) {
        seen = exchange->request();
        exchange->Reply(Text("hello"));
        exchange->Reply(Text("a second answer is dropped"));
      },
      PeerIdentity{"system:controller", {"system:masters"}, ""});
  HttpRequest request = Get("/api");
  request.query = "watch=1";
  request.body = "body";
  request.peer.common_name = "somebody else";
  const auto reply = transport->Do(request, kLong);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->code, 200);
  EXPECT_EQ(reply->BodyText(), "hello");
  EXPECT_EQ(seen.path, "/api");
  EXPECT_EQ(seen.query, "watch=1");
  EXPECT_EQ(seen.body, "body");
  EXPECT_EQ(seen.peer.common_name, "system:controller");
  EXPECT_EQ(seen.remote_address, "in-process");
}

TEST(InProcessTransportTest, WaitsForAnAnswerFromAnotherThread) {
  std::thread answering;
  const auto transport = MakeInProcessTransport(
      [&](std::shared_ptr<HttpExchange> exchange) {
        answering =
            std::thread([exchange = std::move(exchange)] { exchange->Reply(Text("from afar")); });
      },
      {});
  const auto reply = transport->Do(Get("/"), kLong);
  answering.join();
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->BodyText(), "from afar");
}

TEST(InProcessTransportTest, AnswersForAHandlerThatDoesNot) {
  const auto transport = MakeInProcessTransport([](const std::shared_ptr<HttpExchange>&) {}, {});
  const auto reply = transport->Do(Get("/"), kLong);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->code, 500);
  EXPECT_NE(reply->BodyText().find("InternalError"), std::string::npos);
}

TEST(InProcessTransportTest, GivesUpAtTheTimeout) {
  Inbox inbox;
  const auto transport = MakeInProcessTransport(inbox.Handler(), {});
  const auto reply = transport->Do(Get("/slow"), milliseconds(5));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.status().reason(), StatusReason::kTimeout);
  inbox.exchange->Reply(Text("too late"));  // nobody waits: dropped
  bool closed = false;
  const auto stream =
      inbox.exchange->Stream(200, {}, {.on_drained = {}, .on_closed = [&] { closed = true; }});
  EXPECT_TRUE(closed);
  stream->Write({SharedBytes::Static("x")});
  EXPECT_EQ(stream->QueuedBytes(), 0U);
}

TEST(InProcessTransportTest, DoCollectsAStreamedReply) {
  int drained = 0;
  const auto transport = MakeInProcessTransport(
      [&](const std::shared_ptr<HttpExchange>& exchange) {
        const auto stream = exchange->Stream(201, {{"X", "y"}},
                                             {.on_drained = [&] { ++drained; }, .on_closed = {}});
        stream->Write({SharedBytes::Static("a"), SharedBytes::Static("b")});
        EXPECT_EQ(stream->QueuedBytes(), 2U);
        stream->Write({SharedBytes::Static("c")});
      },  // letting go of the stream ends it
      {});
  const auto reply = transport->Do(Get("/"), kLong);
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->code, 201);
  EXPECT_EQ(FindHeader(reply->headers, "x"), "y");
  EXPECT_EQ(reply->BodyText(), "abc");
  EXPECT_EQ(drained, 0);  // Close came first, and no event comes after it
}

TEST(InProcessTransportTest, StreamHandsPiecesToTheCallingThread) {
  constexpr int kPieces = 100;
  std::thread writing;
  const auto transport = MakeInProcessTransport(
      [&](const std::shared_ptr<HttpExchange>& exchange) {
        writing = std::thread([stream = exchange->Stream(200, {}, {})] {
          for (int i = 0; i < kPieces; ++i) {
            stream->Write({SharedBytes(std::to_string(i) + ","), SharedBytes::Static("")});
          }
          stream->Close();
        });
      },
      {});
  std::string text;
  int code = 0;
  const auto caller = std::this_thread::get_id();
  const Status status =
      transport->Stream(Get("/watch"), {.on_headers =
                                            [&](int c, const HttpHeaders&) {
                                              code = c;
                                              return true;
                                            },
                                        .on_piece =
                                            [&](std::string_view piece) {
                                              EXPECT_EQ(std::this_thread::get_id(), caller);
                                              text += piece;
                                              return true;
                                            },
                                        .cancelled = {}});
  writing.join();
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(code, 200);
  std::string expected;
  for (int i = 0; i < kPieces; ++i) expected += std::to_string(i) + ",";
  EXPECT_EQ(text, expected);
}

TEST(InProcessTransportTest, StreamDeliversAPlainReply) {
  const auto transport = MakeInProcessTransport(
      [](const std::shared_ptr<HttpExchange>& exchange) {
        exchange->Reply(StatusReply(NotFound("tasks.noizy.dev", "a")));
      },
      {});
  int code = 0;
  std::string text;
  const Status status = transport->Stream(Get("/"), {.on_headers =
                                                         [&](int c, const HttpHeaders&) {
                                                           code = c;
                                                           return true;
                                                         },
                                                     .on_piece =
                                                         [&](std::string_view piece) {
                                                           text += piece;
                                                           return true;
                                                         },
                                                     .cancelled = {}});
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(code, 404);
  EXPECT_NE(text.find("NotFound"), std::string::npos);
}

TEST(InProcessTransportTest, TellsTheOwnerWhenTheQueueIsEmpty) {
  std::shared_ptr<HttpStream> stream;
  int drained = 0;
  const auto transport = MakeInProcessTransport(
      [&](const std::shared_ptr<HttpExchange>& exchange) {
        stream = exchange->Stream(200, {},
                                  {.on_drained =
                                       [&] {
                                         EXPECT_EQ(stream->QueuedBytes(), 0U);
                                         if (++drained == 3) return stream->Close();
                                         stream->Write({SharedBytes::Static("more")});
                                       },
                                   .on_closed = {}});
        stream->Write({SharedBytes::Static("first")});
      },
      {});
  std::string text;
  const Status status = transport->Stream(Get("/"), {.on_headers = {},
                                                     .on_piece =
                                                         [&](std::string_view piece) {
                                                           text += piece;
                                                           return true;
                                                         },
                                                     .cancelled = {}});
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(text, "firstmoremore");
  EXPECT_EQ(drained, 3);
}

TEST(InProcessTransportTest, TheSinkEndsAStream) {
  std::shared_ptr<HttpStream> stream;
  int closed = 0;
  const auto transport = MakeInProcessTransport(
      [&](const std::shared_ptr<HttpExchange>& exchange) {
        stream = exchange->Stream(200, {}, {.on_drained = {}, .on_closed = [&] { ++closed; }});
        stream->Write({SharedBytes::Static("a"), SharedBytes::Static("b")});
      },
      {});
  int pieces = 0;
  const Status by_piece = transport->Stream(Get("/"), {.on_headers = {},
                                                       .on_piece =
                                                           [&](std::string_view) {
                                                             ++pieces;
                                                             return false;
                                                           },
                                                       .cancelled = {}});
  EXPECT_TRUE(by_piece.ok());
  EXPECT_EQ(pieces, 1);
  EXPECT_EQ(closed, 1);
  const Status by_headers =
      transport->Stream(Get("/"), {.on_headers = [](int, const HttpHeaders&) { return false; },
                                   .on_piece =
                                       [&](std::string_view) {
                                         ++pieces;
                                         return true;
                                       },
                                   .cancelled = {}});
  EXPECT_TRUE(by_headers.ok());
  EXPECT_EQ(pieces, 1);
  EXPECT_EQ(closed, 2);
}

TEST(InProcessTransportTest, CancelsASilentStream) {
  Inbox inbox;
  const auto transport = MakeInProcessTransport(inbox.Handler(), {});
  std::atomic<bool> cancel = false;
  std::thread cancelling([&] { cancel = true; });
  const auto start = steady_clock::now();
  const Status status = transport->Stream(
      Get("/"), {.on_headers = {}, .on_piece = {}, .cancelled = [&] { return cancel.load(); }});
  cancelling.join();
  EXPECT_TRUE(status.ok());
  EXPECT_LT(steady_clock::now() - start, seconds(5));
}

}  // namespace
}  // namespace noizy
