#include "machinery/transport/http_server_connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "machinery/base/metrics.h"
#include "tests/unit/machinery/transport/http_fixture.h"
#include "tests/unit/machinery/transport/http_vectors.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::vector<RefusedRequest> AllVectors() {
  std::vector<RefusedRequest> all = SmugglingVectors();
  for (const auto& more : {ChunkVectors(), SyntaxVectors()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

HttpReply Text(std::string text) {
  HttpReply reply;
  reply.body.emplace_back(std::move(text));
  return reply;
}

// A refused request never reaches the handler, and neither does the one smuggled behind it.
TEST(HttpServerConnectionTest, RefusesEveryVectorAndCloses) {
  std::atomic<int> handled = 0;
  const auto server = StartServer([&](const std::shared_ptr<HttpExchange>& exchange) {
    ++handled;
    EchoHandler(exchange);
  });
  for (const RefusedRequest& vector : AllVectors()) {
    RawClient client(server->port());
    ASSERT_TRUE(client.Send(vector.bytes + std::string(kGet))) << vector.name;
    const RawReply reply = client.ReadReply();
    EXPECT_EQ(reply.code, vector.code) << vector.name;
    EXPECT_EQ(FindHeader(reply.headers, "Connection"), "close") << vector.name;
    EXPECT_NE(reply.body.find("\"kind\":\"Status\""), std::string::npos) << vector.name;
    EXPECT_TRUE(client.SeesEnd()) << vector.name;
  }
  EXPECT_EQ(handled, 0);
  EXPECT_NE(MetricsText().find("noizy_http_requests_refused_total{reason=\"framing\"}"),
            std::string::npos);
}

TEST(HttpServerConnectionTest, HoldsTheSizeLimits) {
  HttpServerOptions options = TestServerOptions();
  options.limits.header_bytes = 1000;
  options.limits.header_count = 10;
  options.limits.body_bytes = 1000;
  const auto server = StartServer(EchoHandler, options);
  std::string many;
  for (int i = 0; i < 11; ++i) many += "a: b\r\n";
  const std::vector<std::pair<std::string, int>> cases = {
      {WithHeaders("X: " + std::string(1000, 'a') + "\r\n"), 431},
      {WithHeaders(many), 431},
      {"GET /" + std::string(1000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {WithHeaders("Content-Length: 1001\r\n"), 413},
      {WithHeaders("Content-Length: 1001\r\nExpect: 100-continue\r\n"), 413},
      {Chunked("3e9\r\n"), 413},
  };
  for (const auto& [bytes, code] : cases) {
    RawClient client(server->port());
    client.Send(bytes);
    EXPECT_EQ(client.ReadReply().code, code) << bytes.substr(0, 80);
    EXPECT_TRUE(client.SeesEnd());
  }
}

// The client goes on sending 60 MiB; the server reads little more than the limit of it.
TEST(HttpServerConnectionTest, RefusesAnEndlessBodyWithoutReadingIt) {
  const auto server = StartServer(EchoHandler);
  RawClient client(server->port());
  client.Send(Chunked(""));
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  std::size_t sent = 0;
  while (sent < 60U << 20 && client.Send(chunk)) sent += chunk.size();
  const RawReply reply = client.ReadReply();
  EXPECT_TRUE(reply.code == 413 || sent < 60U << 20) << reply.code;
}

// A server on which one limit is short, so that a busy machine does not run into the others.
std::unique_ptr<HttpServer> Hasty(milliseconds HttpServerLimits::*limit) {
  HttpServerOptions options = TestServerOptions();
  options.limits.*limit = milliseconds(40);
  return StartServer(EchoHandler, options);
}

TEST(HttpServerConnectionTest, ClosesSilentAndIdleConnections) {
  const auto handshakes = Hasty(&HttpServerLimits::handshake_timeout);
  const int silent = ConnectTcp(handshakes->port());
  char byte = 0;
  EXPECT_LE(recv(silent, &byte, 1, 0), 0);
  close(silent);
  const auto idles = Hasty(&HttpServerLimits::idle_timeout);
  RawClient idle(idles->port());
  EXPECT_TRUE(idle.secured());
  EXPECT_TRUE(idle.SeesEnd());
}

// A byte now and then does not help: the limits are for all the headers, and all of the body.
TEST(HttpServerConnectionTest, DoesNotWaitForDrippingRequests) {
  for (const bool in_body : {false, true}) {
    const auto server =
        Hasty(in_body ? &HttpServerLimits::body_timeout : &HttpServerLimits::header_timeout);
    RawClient client(server->port());
    client.SetPatience(milliseconds(5));
    const auto start = steady_clock::now();
    client.Send(in_body ? WithHeaders("Content-Length: 1000000\r\n") : "GET / HTTP/1.1\r\n");
    RawReply reply;
    for (int i = 0; reply.code == 0 && i < 4000; ++i) {
      client.Send("A");
      reply = client.ReadReply();
    }
    EXPECT_EQ(reply.code, 408);
    EXPECT_GE(steady_clock::now() - start, milliseconds(40));
  }
}

TEST(HttpServerConnectionTest, KeepsTheConnectionForMoreRequests) {
  const auto server = StartServer(EchoHandler);
  RawClient client(server->port());
  for (int i = 0; i < 50; ++i) {
    const std::string path = "/" + std::to_string(i);
    ASSERT_TRUE(
        client.Send("PUT " + path + "?q HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"));
    const RawReply reply = client.ReadReply();
    EXPECT_EQ(reply.code, 200);
    EXPECT_EQ(reply.body, "PUT\n" + path + "\nq\nhi");
    EXPECT_EQ(FindHeader(reply.headers, "Connection"), "");
    EXPECT_EQ(FindHeader(reply.headers, "Date").size(), 29U);
  }
}

// Handlers that answer late, on threads of their own, must not change the order.
TEST(HttpServerConnectionTest, AnswersPipelinedRequestsInOrder) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  const auto server = StartServer([&](std::shared_ptr<HttpExchange> exchange) {
    if (exchange->request().path.back() % 2 == 0) return EchoHandler(exchange);
    const std::lock_guard lock(mutex);
    threads.emplace_back([exchange = std::move(exchange)] { EchoHandler(exchange); });
  });
  RawClient client(server->port());
  std::string all;
  constexpr int kRequests = 300;
  const std::string padding(600, 'p');  // so that more is ahead than the server takes in
  for (int i = 0; i < kRequests; ++i) {
    all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nX: " + padding + "\r\n\r\n";
  }
  ASSERT_TRUE(client.Send(all));
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_EQ(client.ReadReply().body, "GET\n/" + std::to_string(i) + "\n\n");
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(HttpServerConnectionTest, HonoursCloseAndHttp10) {
  const auto server = StartServer(EchoHandler);
  RawClient closing(server->port());
  closing.Send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(FindHeader(closing.ReadReply().headers, "Connection"), "close");
  EXPECT_TRUE(closing.SeesEnd());
  RawClient old(server->port());
  old.Send("GET /old HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.ReadReply().body, "GET\n/old\n\n");
  EXPECT_TRUE(old.SeesEnd());
}

TEST(HttpServerConnectionTest, AnswersHeadWithoutABody) {
  const auto server = StartServer(EchoHandler);
  RawClient client(server->port());
  client.Send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  const RawReply head = client.ReadReply(false);
  EXPECT_EQ(head.code, 200);
  EXPECT_EQ(FindHeader(head.headers, "Content-Length"), "9");
  client.Send(kGet);  // would read the body of the first reply, had there been one
  EXPECT_EQ(client.ReadReply().body, "GET\n/\n\n");
}

TEST(HttpServerConnectionTest, SendsContinueWhenAsked) {
  const auto server = StartServer(EchoHandler);
  RawClient client(server->port());
  client.Send(WithHeaders("Content-Length: 3\r\nExpect: 100-continue\r\n"));
  EXPECT_EQ(client.ReadHead().code, 100);
  client.Send("abc");
  EXPECT_EQ(client.ReadReply().body, "POST\n/x\n\nabc");
  // With the body already there, nobody waits for it.
  client.Send(WithHeaders("Content-Length: 3\r\nExpect: 100-continue\r\n", "def"));
  EXPECT_EQ(client.ReadReply().body, "POST\n/x\n\ndef");
}

TEST(HttpServerConnectionTest, CarriesLargeBodiesBothWays) {
  const auto server = StartServer(EchoHandler);
  RawClient client(server->port());
  std::string body(3U << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + i / 251);
  const std::string prefix = "POST\n/x\n\n";
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(
        client.Send(WithHeaders("Content-Length: " + std::to_string(body.size()) + "\r\n")));
    ASSERT_TRUE(client.Send(body));
    EXPECT_TRUE(client.ReadReply().body == prefix + body);
  }
}

TEST(HttpServerConnectionTest, SendsManySmallPiecesWhole) {
  constexpr int kItems = 5000;
  const std::string item(2000, 'i');
  const auto server = StartServer([&](const std::shared_ptr<HttpExchange>& exchange) {
    HttpReply reply;
    for (int i = 0; i < kItems; ++i) {
      reply.body.emplace_back(SharedBytes::Static(item));
      reply.body.emplace_back(std::to_string(i) + ",");
    }
    exchange->Reply(std::move(reply));
  });
  std::string expected;
  for (int i = 0; i < kItems; ++i) expected += item + std::to_string(i) + ",";
  RawClient client(server->port());
  client.Send(kGet);
  EXPECT_TRUE(client.ReadReply().body == expected);
}

TEST(HttpServerConnectionTest, FillsThePeerFromTheCertificate) {
  PeerIdentity peer;
  std::string address;
  const auto server = StartServer([&](const std::shared_ptr<HttpExchange>& exchange) {
    peer = exchange->request().peer;
    address = exchange->request().remote_address;
    exchange->Reply(Text("ok"));
  });
  RawClient::Options options;
  options.tls = HttpTestAuthority::Instance().Client("admin", {"system:masters", "ops"});
  RawClient client(server->port(), options);
  client.Send(kGet);
  EXPECT_EQ(client.ReadReply().code, 200);
  EXPECT_EQ(peer.common_name, "admin");
  EXPECT_EQ(peer.organizations, (std::vector<std::string>{"system:masters", "ops"}));
  EXPECT_EQ(peer.certificate_serial, ParseCertificate(options.tls.certificate_pem)->serial);
  EXPECT_EQ(address.substr(0, 10), "127.0.0.1:");
  RawClient anonymous(server->port());
  anonymous.Send(kGet);
  EXPECT_EQ(anonymous.ReadReply().code, 200);
  EXPECT_EQ(peer.common_name, "");
}

TEST(HttpServerConnectionTest, TellsAPlainHttpClientWhatIsWrong) {
  const auto server = StartServer(EchoHandler);
  const int fd = ConnectTcp(server->port());
  ASSERT_EQ(send(fd, kGet.data(), kGet.size(), 0), static_cast<ssize_t>(kGet.size()));
  std::string text;
  char bytes[512];
  for (ssize_t n = 0; (n = recv(fd, bytes, sizeof bytes, 0)) > 0;) text.append(bytes, n);
  close(fd);
  EXPECT_NE(text.find("400 Bad Request"), std::string::npos);
  EXPECT_NE(text.find("https://"), std::string::npos);
}

// A peer that says goodbye after its request still reads the reply.
TEST(HttpServerConnectionTest, AnswersAPeerThatSendsNoMore) {
  std::shared_ptr<HttpExchange> kept;
  std::atomic<bool> came = false;
  const auto server = StartServer([&](std::shared_ptr<HttpExchange> exchange) {
    kept = std::move(exchange);
    came = true;
  });
  RawClient client(server->port());
  client.Send(kGet);
  client.SayGoodbye();
  ASSERT_TRUE(Eventually([&] { return came.load(); }));
  kept->Reply(Text("late"));
  EXPECT_EQ(client.ReadReply().body, "late");
  EXPECT_TRUE(client.SeesEnd());
}

TEST(HttpServerConnectionTest, AnswersForHandlersThatThrowOrForget) {
  const auto server = StartServer([](const std::shared_ptr<HttpExchange>& exchange) {
    if (exchange->request().path == "/throw") throw std::runtime_error("a defect");
  });
  RawClient client(server->port());
  for (const char* path : {"/throw", "/forget", "/throw"}) {
    client.Send("GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.ReadReply().code, 500);
  }
}

TEST(HttpServerConnectionTest, ServesManyClientsAtOnce) {
  const auto server = StartServer(EchoHandler);
  std::atomic<int> right = 0;
  std::vector<std::thread> clients;
  constexpr int kClients = 64;
  constexpr int kRequests = 50;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      RawClient client(server->port());
      for (int i = 0; i < kRequests; ++i) {
        const std::string path = "/" + std::to_string(c) + "/" + std::to_string(i);
        client.Send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
        if (client.ReadReply().body == "GET\n" + path + "\n\n") ++right;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, kClients * kRequests);
}

}  // namespace
}  // namespace noizy
