#include "machinery/transport/http_client.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <set>
#include <thread>

#include "machinery/transport/tls_context.h"
#include "tests/unit/machinery/transport/http_fixture.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr milliseconds kLong{20'000};

HttpClientOptions Options(std::uint16_t port) {
  HttpClientOptions options;
  options.base_url = "https://127.0.0.1:" + std::to_string(port);
  options.tls.ca_pem = HttpTestAuthority::Instance().ca_pem();
  return options;
}

std::unique_ptr<HttpTransport> Client(const HttpClientOptions& options) {
  auto client = MakeHttpClient(options);
  EXPECT_TRUE(client.ok()) << client.status().ToString();
  return client.ok() ? *std::move(client) : nullptr;
}

HttpRequest Request(std::string method, std::string path, std::string body = "") {
  HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.body = std::move(body);
  return request;
}

// A listening socket. As long as nobody accepts, connecting works, and then nothing happens.
class ListeningPort {
 public:
  ListeningPort() : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(fd_, 8);
    socklen_t size = sizeof address;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~ListeningPort() { close(fd_); }
  std::uint16_t port() const { return port_; }
  int fd() const { return fd_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

TEST(HttpClientTest, CarriesRequestsAndReplies) {
  HttpRequest seen;
  const auto server = StartServer([&](const std::shared_ptr<HttpExchange>& exchange) {
    seen = exchange->request();
    EchoHandler(exchange);
  });
  HttpClientOptions options = Options(server->port());
  options.base_url += "/prefix/";
  options.bearer_token = "secret";
  options.user_agent = "noizy-test/1";
  const auto client = Client(options);
  HttpRequest request = Request("PATCH", "/a%2Fb", "body");
  request.query = "x=1+2&y=%20";
  request.headers = {{"Content-Type", "application/json"}, {"X-One", "1"}};
  const auto reply = client->Do(request, kLong);
  ASSERT_TRUE(reply.ok()) << reply.status().ToString();
  EXPECT_EQ(reply->code, 200);
  EXPECT_EQ(reply->BodyText(), "PATCH\n/prefix/a%2Fb\nx=1+2&y=%20\nbody");
  EXPECT_EQ(FindHeader(reply->headers, "content-type"), "text/plain");
  EXPECT_EQ(FindHeader(seen.headers, "Authorization"), "Bearer secret");
  EXPECT_EQ(FindHeader(seen.headers, "User-Agent"), "noizy-test/1");
  EXPECT_EQ(FindHeader(seen.headers, "Content-Type"), "application/json");
  EXPECT_EQ(FindHeader(seen.headers, "X-One"), "1");
}

TEST(HttpClientTest, HandsOutErrorsOfTheServerAsReplies) {
  const auto server = StartServer([](const std::shared_ptr<HttpExchange>& exchange) {
    if (exchange->request().path == "/304")
      return exchange->Reply({.code = 304, .headers = {{"ETag", "x"}}, .body = {}});
    if (exchange->request().path == "/204")
      return exchange->Reply({.code = 204, .headers = {}, .body = {}});
    exchange->Reply(StatusReply(NotFound("tasks.noizy.dev", "a")));
  });
  const auto client = Client(Options(server->port()));
  const auto missing = client->Do(Request("GET", "/x"), kLong);
  ASSERT_TRUE(missing.ok());
  EXPECT_EQ(missing->code, 404);
  EXPECT_NE(missing->BodyText().find("NotFound"), std::string::npos);
  const auto unchanged = client->Do(Request("GET", "/304"), kLong);
  ASSERT_TRUE(unchanged.ok()) << unchanged.status().ToString();
  EXPECT_EQ(unchanged->code, 304);
  EXPECT_EQ(FindHeader(unchanged->headers, "etag"), "x");
  EXPECT_EQ(client->Do(Request("GET", "/204"), kLong)->code, 204);
  EXPECT_EQ(client->Do(Request("HEAD", "/x"), kLong)->code, 404);
}

TEST(HttpClientTest, ShowsItsCertificate) {
  PeerIdentity peer;
  const auto server = StartServer([&](const std::shared_ptr<HttpExchange>& exchange) {
    peer = exchange->request().peer;
    EchoHandler(exchange);
  });
  HttpClientOptions options = Options(server->port());
  options.tls = HttpTestAuthority::Instance().Client("admin", {"system:masters"});
  ASSERT_TRUE(Client(options)->Do(Request("GET", "/"), kLong).ok());
  EXPECT_EQ(peer.common_name, "admin");
  EXPECT_EQ(peer.organizations, std::vector<std::string>{"system:masters"});
}

TEST(HttpClientTest, KeepsConnectionsForReuse) {
  std::set<std::string> addresses;
  const auto server = StartServer(
      [&](const std::shared_ptr<HttpExchange>& exchange) {
        addresses.insert(exchange->request().remote_address);
        EchoHandler(exchange);
      },
      [] {
        auto options = TestServerOptions();
        options.threads = 1;
        return options;
      }());
  const auto client = Client(Options(server->port()));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(client->Do(Request("GET", "/"), kLong).ok());
  EXPECT_EQ(addresses.size(), 1U);
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) right += client->Do(Request("GET", "/"), kLong).ok() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 160);
  EXPECT_LE(addresses.size(), 9U);
}

// Another server stands where the first one was: its connections are of no use any more. A POST is
// never sent twice, so this shows that the closed connection is recognised before it is used.
TEST(HttpClientTest, DoesNotTripOverClosedConnections) {
  std::atomic<int> calls = 0;
  const auto handler = [&](const std::shared_ptr<HttpExchange>& exchange) {
    ++calls;
    EchoHandler(exchange);
  };
  HttpServerOptions options = TestServerOptions();
  auto server = StartServer(handler, options);
  options.port = server->port();
  const auto client = Client(Options(options.port));
  for (int round = 1; round <= 5; ++round) {
    EXPECT_TRUE(client->Do(Request("POST", "/", "x"), kLong).ok());
    EXPECT_TRUE(client->Do(Request("GET", "/"), kLong).ok());
    EXPECT_EQ(calls, 2 * round);
    server->Stop(seconds(1));
    server = StartServer(handler, options);
  }
}

// Answers the first request of each connection, and closes the connection at the second.
class FickleServer {
 public:
  explicit FickleServer(int connections)
      : context_(*MakeServerTls(HttpTestAuthority::Instance().Server())),
        thread_([this, connections] {
          for (int i = 0; i < connections; ++i) ServeOne();
        }) {}
  ~FickleServer() { thread_.join(); }
  std::uint16_t port() const { return port_.port(); }

 private:
  void ServeOne() const {
    constexpr std::string_view kReply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    const int fd = accept(port_.fd(), nullptr, nullptr);
    SSL* const ssl = SSL_new(context_.get());
    SSL_set_fd(ssl, fd);
    char bytes[4096];
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, bytes, sizeof bytes) > 0) {
      SSL_write(ssl, kReply.data(), kReply.size());
      SSL_read(ssl, bytes, sizeof bytes);
    }
    SSL_free(ssl);
    close(fd);
  }

  const ListeningPort port_;
  const TlsContext context_;
  std::thread thread_;
};

TEST(HttpClientTest, SendsAGetAgainWhenTheConnectionBreaks) {
  const FickleServer server(2);
  const auto client = Client(Options(server.port()));
  EXPECT_EQ(client->Do(Request("GET", "/"), kLong)->BodyText(), "ok");
  const auto again = client->Do(Request("GET", "/"), kLong);
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(again->BodyText(), "ok");
}

TEST(HttpClientTest, NeverSendsAPostTwice) {
  const FickleServer server(1);
  const auto client = Client(Options(server.port()));
  EXPECT_TRUE(client->Do(Request("GET", "/"), kLong).ok());
  const auto again = client->Do(Request("POST", "/", "x"), kLong);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.status().reason(), StatusReason::kServiceUnavailable);
}

TEST(HttpClientTest, SaysWhyThereIsNoConnection) {
  const auto refused = Client(Options(1))->Do(Request("GET", "/"), kLong);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().reason(), StatusReason::kServiceUnavailable);
  EXPECT_EQ(refused.status().message(),
            "cannot reach https://127.0.0.1:1: connection refused; is the server running?");
  HttpClientOptions unknown = Options(1);
  unknown.base_url = "https://no-such-host.invalid:1";
  const auto nowhere = Client(unknown)->Do(Request("GET", "/"), kLong);
  ASSERT_FALSE(nowhere.ok());
  EXPECT_NE(nowhere.status().message().find("no address for the name"), std::string::npos)
      << nowhere.status().message();
}

TEST(HttpClientTest, SaysWhyTheServerIsNotTrusted) {
  const auto server = StartServer(EchoHandler);
  HttpClientOptions stranger = Options(server->port());
  stranger.tls.ca_pem = HttpTestAuthority().ca_pem();
  const auto untrusted = Client(stranger)->Do(Request("GET", "/"), kLong);
  ASSERT_FALSE(untrusted.ok());
  EXPECT_EQ(untrusted.status().reason(), StatusReason::kUnauthorized);
  EXPECT_NE(untrusted.status().message().find("is not trusted"), std::string::npos);
  EXPECT_NE(untrusted.status().message().find("certificate-authority-data"), std::string::npos);

  // Without a CA the system's roots are asked, which do not know ours.
  HttpClientOptions system = Options(server->port());
  system.tls.ca_pem.clear();
  EXPECT_EQ(Client(system)->Do(Request("GET", "/"), kLong).status().reason(),
            StatusReason::kUnauthorized);
  system.insecure_skip_verify = true;
  EXPECT_TRUE(Client(system)->Do(Request("GET", "/"), kLong).ok());
}

TEST(HttpClientTest, ChecksTheServersName) {
  HttpServerOptions named = TestServerOptions();
  named.tls = HttpTestAuthority::Instance().Server("grid.example");
  const auto server = StartServer(EchoHandler, named);
  const auto mismatch = Client(Options(server->port()))->Do(Request("GET", "/"), kLong);
  ASSERT_FALSE(mismatch.ok());
  EXPECT_EQ(mismatch.status().reason(), StatusReason::kUnauthorized);
  EXPECT_NE(mismatch.status().message().find("tls-server-name"), std::string::npos);
  HttpClientOptions options = Options(server->port());
  options.server_name = "grid.example";
  EXPECT_TRUE(Client(options)->Do(Request("GET", "/"), kLong).ok());
  options.server_name = "other.example";
  EXPECT_FALSE(Client(options)->Do(Request("GET", "/"), kLong).ok());
}

TEST(HttpClientTest, SaysThatItsCertificateWasRefused) {
  const auto server = StartServer(EchoHandler);
  HttpClientOptions options = Options(server->port());
  options.tls = HttpTestAuthority::Instance().ExpiredClient("late");
  const auto reply = Client(options)->Do(Request("GET", "/"), kLong);
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.status().reason(), StatusReason::kUnauthorized) << reply.status().ToString();
  EXPECT_NE(reply.status().message().find("certificate expired"), std::string::npos)
      << reply.status().ToString();
}

TEST(HttpClientTest, RefusesOptionsThatAreNoUse) {
  const auto reason = [](HttpClientOptions options) {
    return MakeHttpClient(std::move(options)).status().reason();
  };
  HttpClientOptions options = Options(1);
  options.base_url = "ftp://a";
  EXPECT_EQ(reason(options), StatusReason::kBadRequest);
  options = Options(1);
  options.tls.ca_pem = "no PEM";
  EXPECT_EQ(reason(options), StatusReason::kBadRequest);
  options = Options(1);
  options.tls = HttpTestAuthority::Instance().Client("a", {});
  options.tls.private_key_pem = *GenerateKey(KeySpec{});
  EXPECT_EQ(reason(options), StatusReason::kBadRequest);
  options = Options(1);
  options.bearer_token = "a\r\nX-Injected: b";
  EXPECT_EQ(reason(options), StatusReason::kBadRequest);
  HttpRequest request = Request("GET", "/");
  request.headers = {{"X", "a\r\nY: b"}};
  EXPECT_EQ(Client(Options(1))->Do(request, kLong).status().reason(), StatusReason::kBadRequest);
  EXPECT_EQ(Client(Options(1))->Do(Request("GET", "/a b"), kLong).status().reason(),
            StatusReason::kBadRequest);
}

TEST(HttpClientTest, GivesUpAtTheTimeout) {
  std::vector<std::shared_ptr<HttpExchange>> kept;
  const auto server = StartServer(
      [&](std::shared_ptr<HttpExchange> exchange) { kept.push_back(std::move(exchange)); });
  const auto start = steady_clock::now();
  const auto silent = Client(Options(server->port()))->Do(Request("GET", "/"), milliseconds(50));
  ASSERT_FALSE(silent.ok());
  EXPECT_EQ(silent.status().reason(), StatusReason::kTimeout) << silent.status().ToString();
  const ListeningPort port;
  const auto handshake = Client(Options(port.port()))->Do(Request("GET", "/"), milliseconds(50));
  ASSERT_FALSE(handshake.ok());
  EXPECT_EQ(handshake.status().reason(), StatusReason::kTimeout) << handshake.status().ToString();
  EXPECT_LT(steady_clock::now() - start, seconds(10));
  kept.clear();
}

TEST(HttpClientTest, GivesUpAtTheTimeoutThoughBytesComeNowAndThen) {
  const ListeningPort port;
  std::thread server([&port] {
    const int fd = accept(port.fd(), nullptr, nullptr);
    const std::string_view head = "HTTP/1.1 200 OK\r\nX: ";
    (void)send(fd, head.data(), head.size(), MSG_NOSIGNAL);
    while (send(fd, "x", 1, MSG_NOSIGNAL) == 1) poll(nullptr, 0, 2);
    close(fd);
  });
  HttpClientOptions options;
  options.base_url = "http://127.0.0.1:" + std::to_string(port.port());
  const auto start = steady_clock::now();
  const auto reply = Client(options)->Do(Request("GET", "/"), milliseconds(60));
  server.join();
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.status().reason(), StatusReason::kTimeout) << reply.status().ToString();
  EXPECT_LT(steady_clock::now() - start, seconds(10));
}

TEST(HttpClientTest, StreamsAsPiecesCome) {
  std::shared_ptr<HttpStream> stream;
  const auto server = StartServer([&](const std::shared_ptr<HttpExchange>& exchange) {
    stream = exchange->Stream(200, {{"X-Watch", "yes"}}, {});
  });
  const auto client = Client(Options(server->port()));
  std::string text;
  std::string header;
  const auto caller = std::this_thread::get_id();
  // Each piece is written only when the one before it has arrived.
  const Status status =
      client->Stream(Request("GET", "/watch"),
                     {.on_headers =
                          [&](int code, const HttpHeaders& headers) {
                            EXPECT_EQ(code, 200);
                            header = FindHeader(headers, "x-watch");
                            stream->Write({SharedBytes::Static("0")});
                            return true;
                          },
                      .on_piece =
                          [&](std::string_view piece) {
                            EXPECT_EQ(std::this_thread::get_id(), caller);
                            text += piece;
                            if (text.size() == 10) stream->Close();
                            stream->Write({SharedBytes(std::to_string(text.size() % 10))});
                            return true;
                          },
                      .cancelled = {}});
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(text, "0123456789");
  EXPECT_EQ(header, "yes");
}

TEST(HttpClientTest, TheSinkEndsAStream) {
  std::atomic<int> opened = 0;
  std::atomic<int> closed = 0;
  std::vector<std::shared_ptr<HttpStream>> streams;
  const auto server = StartServer(
      [&](const std::shared_ptr<HttpExchange>& exchange) {
        streams.push_back(
            exchange->Stream(200, {}, {.on_drained = {}, .on_closed = [&] { ++closed; }}));
        streams.back()->Write({SharedBytes::Static("piece")});
        ++opened;
      },
      [] {
        auto options = TestServerOptions();
        options.threads = 1;
        return options;
      }());
  const auto client = Client(Options(server->port()));
  const HttpRequest request = Request("GET", "/");
  EXPECT_TRUE(client
                  ->Stream(request, {.on_headers = [](int, const HttpHeaders&) { return false; },
                                     .on_piece = {},
                                     .cancelled = {}})
                  .ok());
  EXPECT_TRUE(client
                  ->Stream(request, {.on_headers = {},
                                     .on_piece = [](std::string_view) { return false; },
                                     .cancelled = {}})
                  .ok());
  std::atomic<bool> cancel = false;
  std::thread cancelling([&] {
    Eventually([&] { return closed == 2 && opened == 3; });
    cancel = true;
  });
  EXPECT_TRUE(
      client
          ->Stream(request,
                   {.on_headers = {}, .on_piece = {}, .cancelled = [&] { return cancel.load(); }})
          .ok());
  cancelling.join();
  EXPECT_TRUE(Eventually([&] { return closed == 3; }));
}

TEST(HttpClientTest, CancelsAStreamThatDoesNotEvenConnect) {
  const ListeningPort port;
  HttpClientOptions options = Options(port.port());
  options.connect_timeout = seconds(2);  // what the client's destruction waits for
  const auto client = Client(options);
  const auto start = steady_clock::now();
  const Status status =
      client->Stream(Request("GET", "/"), {.on_headers = {}, .on_piece = {}, .cancelled = [&] {
                                             return steady_clock::now() - start > milliseconds(20);
                                           }});
  EXPECT_TRUE(status.ok());
  EXPECT_LT(steady_clock::now() - start, milliseconds(1500));
}

TEST(HttpClientTest, SaysWhenAStreamBreaksOff) {
  const auto refused = Client(Options(1))->Stream(Request("GET", "/"), {});
  EXPECT_EQ(refused.reason(), StatusReason::kServiceUnavailable);
  std::shared_ptr<HttpStream> stream;
  auto server = StartServer([&](const std::shared_ptr<HttpExchange>& exchange) {
    stream = exchange->Stream(200, {}, {});
  });
  const auto client = Client(Options(server->port()));
  std::thread stopping;
  const Status ended = client->Stream(
      Request("GET", "/"), {.on_headers =
                                [&](int, const HttpHeaders&) {
                                  stopping = std::thread([&] { server->Stop(seconds(1)); });
                                  return true;
                                },
                            .on_piece = {},
                            .cancelled = {}});
  stopping.join();
  EXPECT_TRUE(ended.ok()) << "a server that stops ends its streams properly: " << ended.ToString();
}

TEST(HttpClientTest, CarriesLargeBodies) {
  const auto server = StartServer(EchoHandler);
  const auto client = Client(Options(server->port()));
  std::string body(2U << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 13 + i / 255);
  const auto reply = client->Do(Request("PUT", "/", body), kLong);
  ASSERT_TRUE(reply.ok()) << reply.status().ToString();
  EXPECT_TRUE(reply->BodyText() == "PUT\n/\n\n" + body);
}

}  // namespace
}  // namespace noizy
