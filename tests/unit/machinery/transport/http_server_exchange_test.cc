#include "machinery/transport/http_server_exchange.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "machinery/base/mutex.h"
#include "tests/unit/machinery/transport/http_fixture.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kWatch = "GET /watch HTTP/1.1\r\nHost: a\r\n\r\n";

// A handler that opens a stream for every request and counts what its owner is told.
class Watch {
 public:
  HttpHandler Handler() {
    return [this](const std::shared_ptr<HttpExchange>& exchange) {
      auto stream = exchange->Stream(
          200, {{"Content-Type", "application/json"}},
          {.on_drained = [this] { ++drained_; }, .on_closed = [this] { ++closed_; }});
      const MutexLock lock(mutex_);
      stream_ = std::move(stream);
      opened_.NotifyAll();
    };
  }
  // The stream of the latest request.
  std::shared_ptr<HttpStream> Await() {
    const MutexLock lock(mutex_);
    while (!stream_) {
      if (!opened_.WaitFor(mutex_, kHttpPatience)) return nullptr;
    }
    return std::exchange(stream_, nullptr);
  }
  int drained() const { return drained_; }
  int closed() const { return closed_; }

 private:
  Mutex mutex_;
  CondVar opened_;
  std::shared_ptr<HttpStream> stream_ NOIZY_GUARDED_BY(mutex_);
  std::atomic<int> drained_ = 0;
  std::atomic<int> closed_ = 0;
};

TEST(HttpServerStreamTest, SendsTheHeadBeforeAnyBody) {
  Watch watch;
  const auto server = StartServer(watch.Handler());
  RawClient client(server->port());
  client.Send(kWatch);
  const RawReply head = client.ReadHead();
  EXPECT_EQ(head.code, 200);
  EXPECT_EQ(FindHeader(head.headers, "Transfer-Encoding"), "chunked");
  EXPECT_EQ(FindHeader(head.headers, "Content-Type"), "application/json");
  const auto stream = watch.Await();
  for (int i = 0; i < 100; ++i) {
    stream->Write({SharedBytes(std::to_string(i)), SharedBytes::Static("!")});
    ASSERT_EQ(client.ReadChunk(), std::to_string(i) + "!");
  }
  stream->Write({});  // an empty chunk would end the body
  stream->Write({SharedBytes::Static("")});
  stream->Close();
  EXPECT_EQ(client.ReadChunk(), "");
  stream->Write({SharedBytes::Static("after the end")});
  stream->Close();
  EXPECT_EQ(watch.closed(), 0);  // its owner ended it
  client.Send(kWatch);           // and the connection serves on
  EXPECT_EQ(client.ReadHead().code, 200);
}

TEST(HttpServerStreamTest, GathersWhatIsWrittenInABurst) {
  Watch watch;
  const auto server = StartServer(watch.Handler());
  RawClient client(server->port());
  client.Send(kWatch);
  const auto stream = watch.Await();
  std::string expected;
  std::vector<std::thread> writers;
  for (int t = 0; t < 4; ++t) {
    writers.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) stream->Write({SharedBytes::Static("0123456789")});
    });
  }
  for (std::thread& writer : writers) writer.join();
  stream->Close();
  for (int i = 0; i < 4000; ++i) expected += "0123456789";
  EXPECT_TRUE(client.ReadReply().body == expected);
}

TEST(HttpServerStreamTest, HearsAtOnceWhenThePeerLeaves) {
  Watch watch;
  const auto server = StartServer(watch.Handler());
  const std::vector<void (*)(RawClient&)> ways = {[](RawClient& client) { client.SayGoodbye(); },
                                                  [](RawClient& client) { client.CloseSocket(); },
                                                  [](RawClient& client) {
                                                    client.SayGoodbye();
                                                    client.CloseSocket();
                                                  }};
  int closed = 0;
  for (const auto leave : ways) {
    RawClient client(server->port());
    client.Send(kWatch);
    const auto stream = watch.Await();
    leave(client);
    ++closed;
    ASSERT_TRUE(Eventually([&] { return watch.closed() == closed; }));
    stream->Write({SharedBytes::Static("to nobody")});
    EXPECT_EQ(stream->QueuedBytes(), 0U);
  }
}

// A reader that does not read: the queue grows, is told, and empties when the reader comes back.
TEST(HttpServerStreamTest, PushesBack) {
  Watch watch;
  const auto server = StartServer(watch.Handler());
  RawClient::Options options;
  options.tls.ca_pem = HttpTestAuthority::Instance().ca_pem();
  options.receive_buffer = 4096;
  RawClient client(server->port(), options);
  client.Send(kWatch);
  const auto stream = watch.Await();
  ASSERT_TRUE(Eventually([&] { return watch.drained() == 1; }));  // the head
  const std::string piece(64 * 1024, 'p');
  constexpr std::size_t kPieces = 320;  // 20 MiB: more than kernels buffer
  for (std::size_t i = 0; i < kPieces; ++i) stream->Write({SharedBytes::Static(piece)});
  EXPECT_GT(stream->QueuedBytes(), 1024U * 1024);
  const int drained = watch.drained();
  client.ReadHead();
  std::size_t received = 0;
  while (received < kPieces * piece.size()) {
    const std::string chunk = client.ReadChunk();
    ASSERT_FALSE(chunk.empty());
    received += chunk.size();
  }
  EXPECT_TRUE(Eventually([&] { return watch.drained() > drained; }));
  EXPECT_EQ(stream->QueuedBytes(), 0U);
  EXPECT_EQ(watch.closed(), 0);
}

TEST(HttpServerStreamTest, GivesUpAReaderThatNeverReads) {
  Watch watch;
  HttpServerOptions options = TestServerOptions();
  options.limits.write_timeout = milliseconds(50);
  const auto server = StartServer(watch.Handler(), options);
  RawClient::Options slow;
  slow.tls.ca_pem = options.tls.ca_pem;
  slow.receive_buffer = 4096;
  RawClient client(server->port(), slow);
  client.Send(kWatch);
  const auto stream = watch.Await();
  const std::string piece(1024 * 1024, 'p');
  for (int i = 0; i < 20; ++i) stream->Write({SharedBytes::Static(piece)});
  EXPECT_TRUE(Eventually([&] { return watch.closed() == 1; }));
  EXPECT_EQ(stream->QueuedBytes(), 0U);
}

TEST(HttpServerStreamTest, StreamsToOldAndClosingClients) {
  Watch watch;
  const auto server = StartServer(watch.Handler());
  RawClient old(server->port());
  old.Send("GET / HTTP/1.0\r\n\r\n");
  auto stream = watch.Await();
  stream->Write({SharedBytes::Static("one ")});
  stream->Write({SharedBytes::Static("two")});
  stream.reset();  // letting go is closing
  const RawReply head = old.ReadHead();
  EXPECT_EQ(FindHeader(head.headers, "Transfer-Encoding"), "");
  EXPECT_EQ(FindHeader(head.headers, "Connection"), "close");
  EXPECT_EQ(old.ReadUntilEnd(), "one two");

  RawClient closing(server->port());
  closing.Send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  stream = watch.Await();
  stream->Write({SharedBytes::Static("x")});
  stream->Close();
  EXPECT_EQ(closing.ReadReply().body, "x");
  EXPECT_TRUE(closing.SeesEnd());
}

TEST(HttpServerStreamTest, HasNothingToStreamToHead) {
  Watch watch;
  const auto server = StartServer(watch.Handler());
  RawClient client(server->port());
  client.Send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.ReadHead().code, 200);
  const auto stream = watch.Await();
  EXPECT_EQ(watch.closed(), 1);
  stream->Write({SharedBytes::Static("body")});
  stream->Close();
  client.Send(kWatch);
  EXPECT_EQ(client.ReadHead().code, 200);
}

// Whoever answers late, after the peer has left or the server has gone, does no harm.
TEST(HttpServerExchangeTest, MayBeAnsweredTooLate) {
  std::shared_ptr<HttpExchange> kept;
  std::atomic<bool> came = false;
  auto server = StartServer([&](std::shared_ptr<HttpExchange> exchange) {
    kept = std::move(exchange);
    came = true;
  });
  {
    RawClient client(server->port());
    client.Send(kWatch);
    ASSERT_TRUE(Eventually([&] { return came.load(); }));
  }
  server->Stop(milliseconds(0));
  server.reset();
  kept->Reply({});
  bool closed = false;
  const auto stream =
      kept->Stream(200, {}, {.on_drained = {}, .on_closed = [&] { closed = true; }});
  EXPECT_TRUE(closed);
  stream->Write({SharedBytes::Static("x")});
}

TEST(HttpServerExchangeTest, TakesTheFirstAnswerOnly) {
  const auto server = StartServer([](const std::shared_ptr<HttpExchange>& exchange) {
    exchange->Reply({.code = 201, .headers = {}, .body = {SharedBytes::Static("first")}});
    exchange->Reply({.code = 202, .headers = {}, .body = {SharedBytes::Static("second")}});
    exchange->Stream(203, {}, {})->Write({SharedBytes::Static("third")});
  });
  RawClient client(server->port());
  for (int i = 0; i < 3; ++i) {
    client.Send(kWatch);
    const RawReply reply = client.ReadReply();
    EXPECT_EQ(reply.code, 201);
    EXPECT_EQ(reply.body, "first");
  }
}

TEST(SerializeReplyTest, FramesByCodeAndMethod) {
  const auto serialized = [](int code, ReplyTerms terms) {
    HttpReply reply{.code = code, .headers = {}, .body = {SharedBytes::Static("body")}};
    HttpReply whole;
    whole.body = SerializeReply(std::move(reply), terms);
    return whole.BodyText();
  };
  EXPECT_NE(serialized(200, {}).find("Content-Length: 4\r\n\r\nbody"), std::string::npos);
  const std::string head = serialized(200, {.head = true});
  EXPECT_NE(head.find("Content-Length: 4\r\n\r\n"), std::string::npos);
  EXPECT_EQ(head.find("body"), std::string::npos);
  for (const int code : {204, 304}) {
    EXPECT_EQ(serialized(code, {}).find("Content-Length"), std::string::npos);
    EXPECT_EQ(serialized(code, {}).find("body"), std::string::npos);
  }
  EXPECT_NE(serialized(200, {.keep_alive = false}).find("Connection: close\r\n"),
            std::string::npos);
}

}  // namespace
}  // namespace noizy
