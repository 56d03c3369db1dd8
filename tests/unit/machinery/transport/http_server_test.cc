#include "machinery/transport/http_server.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "machinery/base/metrics.h"
#include "tests/unit/machinery/transport/http_fixture.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

StatusReason StartReason(const HttpServerOptions& options) {
  return HttpServer::Start(options, EchoHandler).status().reason();
}

TEST(HttpServerTest, SaysWhyItCannotStart) {
  const auto server = StartServer(EchoHandler);
  HttpServerOptions taken = TestServerOptions();
  taken.port = server->port();
  const auto second = HttpServer::Start(taken, EchoHandler);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().reason(), StatusReason::kServiceUnavailable);
  EXPECT_NE(second.status().message().find(std::to_string(server->port())), std::string::npos);

  HttpServerOptions name = TestServerOptions();
  name.address = "not an address";
  EXPECT_EQ(StartReason(name), StatusReason::kBadRequest);
  HttpServerOptions bad = TestServerOptions();
  bad.tls.certificate_pem = "no PEM";
  EXPECT_EQ(StartReason(bad), StatusReason::kBadRequest);
  HttpServerOptions other_key = TestServerOptions();
  other_key.tls.private_key_pem = *GenerateKey(KeySpec{});
  EXPECT_EQ(StartReason(other_key), StatusReason::kBadRequest);
}

TEST(HttpServerTest, TakesItsPortAgainAfterARestart) {
  HttpServerOptions options = TestServerOptions();
  auto server = StartServer(EchoHandler, options);
  options.port = server->port();
  RawClient client(options.port);
  client.Send(kGet);
  EXPECT_EQ(client.ReadReply().code, 200);
  server->Stop(seconds(1));
  server = StartServer(EchoHandler, options);
  RawClient again(options.port);
  EXPECT_TRUE(again.secured());
}

TEST(HttpServerTest, StopsPolitely) {
  std::shared_ptr<HttpExchange> slow;
  std::atomic<int> streams = 0;
  std::atomic<int> closed = 0;
  std::vector<std::shared_ptr<HttpStream>> kept;
  std::mutex mutex;
  const auto server = StartServer([&](std::shared_ptr<HttpExchange> exchange) {
    const std::lock_guard lock(mutex);
    if (exchange->request().path == "/slow") {
      slow = std::move(exchange);
    } else {
      kept.push_back(exchange->Stream(200, {}, {.on_drained = {}, .on_closed = [&] { ++closed; }}));
      kept.back()->Write({SharedBytes::Static("event")});
    }
    ++streams;
  });
  RawClient idle(server->port());
  RawClient watching(server->port());
  RawClient waiting(server->port());
  watching.Send(kGet);
  waiting.Send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(Eventually([&] { return streams == 2; }));
  std::thread stopping([&] { server->Stop(seconds(10)); });
  EXPECT_EQ(watching.ReadReply().body, "event");  // with its proper end
  EXPECT_TRUE(watching.SeesEnd());
  EXPECT_TRUE(idle.SeesEnd());
  EXPECT_TRUE(Eventually([&] { return closed == 1; })) << "told after the client sees the end";
  HttpReply reply;
  reply.body = {SharedBytes::Static("done")};
  slow->Reply(std::move(reply));
  EXPECT_EQ(waiting.ReadReply().body, "done");
  stopping.join();
  EXPECT_LT(ConnectTcp(server->port()), 0);
  server->Stop(seconds(10));  // again is nothing
}

TEST(HttpServerTest, StopsAfterTheGraceWhateverIsUnderWay) {
  std::vector<std::shared_ptr<HttpExchange>> kept;
  std::atomic<bool> came = false;
  const auto server = StartServer([&](std::shared_ptr<HttpExchange> exchange) {
    kept.push_back(std::move(exchange));
    came = true;
  });
  RawClient client(server->port());
  client.Send(kGet);
  ASSERT_TRUE(Eventually([&] { return came.load(); }));
  const auto start = steady_clock::now();
  server->Stop(milliseconds(30));
  EXPECT_GE(steady_clock::now() - start, milliseconds(30));
  EXPECT_LT(steady_clock::now() - start, seconds(10));
  EXPECT_EQ(client.ReadReply().code, 0);
}

TEST(HttpServerTest, SwapsItsCertificateForNewConnections) {
  const HttpTestAuthority other;
  const auto server = StartServer(EchoHandler);
  RawClient before(server->port());
  ASSERT_TRUE(before.secured());
  EXPECT_EQ(server->SetTls({}).reason(), StatusReason::kBadRequest);
  ASSERT_TRUE(server->SetTls(other.Server()).ok());
  before.Send(kGet);
  EXPECT_EQ(before.ReadReply().code, 200);
  EXPECT_FALSE(RawClient(server->port()).secured());
  RawClient::Options options;
  options.tls = other.Client("new", {});
  RawClient after(server->port(), options);
  ASSERT_TRUE(after.secured());
  after.Send(kGet);
  EXPECT_EQ(FindHeader(after.ReadReply().headers, "X-Peer"), "new");
}

// Clients on connections of their own, one of whom watches, and what is to become of them.
class TrustTest : public ::testing::Test {
 protected:
  RawClient::Options As(const HttpTestAuthority& authority, const std::string& name) {
    RawClient::Options options;
    options.tls = authority.Client(name, {});
    options.tls.ca_pem = old_.ca_pem();  // the server's certificate is the old CA's here
    return options;
  }
  static bool IsServed(RawClient& client) {
    return client.Send(kGet) && client.ReadReply().code == 200;
  }
  TlsIdentity Trusting(const std::string& ca_pem) const {
    TlsIdentity shown = old_.Server();
    shown.ca_pem = ca_pem;
    return shown;
  }
  void Handle(const std::shared_ptr<HttpExchange>& exchange) {
    if (exchange->request().path != "/watch") return EchoHandler(exchange);
    const std::lock_guard lock(mutex_);
    stream_ = exchange->Stream(200, {}, {.on_drained = {}, .on_closed = [this] {
                                           ++closed_;
                                           closed_.notify_all();
                                         }});
    stream_->Write({SharedBytes::Static("event")});
  }
  HttpServerOptions Options() {
    HttpServerOptions options = TestServerOptions();
    options.tls = Trusting(old_.ca_pem() + new_.ca_pem());
    options.check_peer = [this](const PeerIdentity& peer) {
      return taken_back_ && peer.common_name == "thief" ? Unauthorized("gone") : Status::Ok();
    };
    options.check_authorization = [this](std::string_view authorization) {
      return taken_back_ && authorization == "Bearer stolen" ? Unauthorized("gone") : Status::Ok();
    };
    return options;
  }

  const HttpTestAuthority old_, new_;
  std::mutex mutex_;
  std::shared_ptr<HttpStream> stream_;
  std::atomic<int> closed_ = 0;
  std::atomic<bool> taken_back_ = false;
  const std::unique_ptr<HttpServer> server_ = StartServer(
      [this](const std::shared_ptr<HttpExchange>& exchange) { Handle(exchange); }, Options());
};

TEST_F(TrustTest, ADroppedCasConnectionsEnd) {
  RawClient idle(server_->port(), As(old_, "a"));
  RawClient watching(server_->port(), As(old_, "b"));
  RawClient half(server_->port(), As(old_, "c"));
  RawClient renewed(server_->port(), As(new_, "d"));
  RawClient anonymous(server_->port(), [&] {
    RawClient::Options options = As(old_, "");
    options.tls.certificate_pem.clear();
    return options;
  }());
  for (RawClient* client : {&idle, &half, &renewed, &anonymous}) EXPECT_TRUE(IsServed(*client));
  watching.Send("GET /watch HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(watching.ReadHead().code, 200);
  EXPECT_EQ(watching.ReadChunk(), "event");
  half.Send("GET / HTTP/1.1\r\n");

  // Another certificate by CAs that still trust everybody changes nothing.
  ASSERT_TRUE(server_->SetTls(Trusting(new_.ca_pem() + old_.ca_pem())).ok());
  for (RawClient* client : {&idle, &renewed, &anonymous}) EXPECT_TRUE(IsServed(*client));
  EXPECT_EQ(closed_, 0);

  ASSERT_TRUE(server_->SetTls(Trusting(new_.ca_pem())).ok());
  EXPECT_EQ(watching.ReadChunk(), "");  // the stream's proper end
  EXPECT_TRUE(watching.SeesEnd());
  closed_.wait(0);
  EXPECT_TRUE(idle.SeesEnd());
  half.Send("Host: a\r\n\r\n");
  EXPECT_NE(half.ReadReply().code, 200);  // 401, or nothing when it came too late
  for (RawClient* client : {&renewed, &anonymous}) EXPECT_TRUE(IsServed(*client));
}

TEST_F(TrustTest, AnAnswerUnderWayIsTheLast) {
  RawClient client(server_->port(), As(old_, "a"));
  client.Send("GET /watch HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.ReadHead().code, 200);
  EXPECT_EQ(client.ReadChunk(), "event");
  ASSERT_TRUE(server_->SetTls(Trusting(new_.ca_pem())).ok());
  EXPECT_EQ(client.ReadChunk(), "");
  EXPECT_TRUE(client.SeesEnd());  // what was pipelined behind it is not served
}

TEST_F(TrustTest, WhoIsTakenBackIsCutOffAtOnce) {
  RawClient thief(server_->port(), As(old_, "thief"));
  RawClient other(server_->port(), As(old_, "other"));
  thief.Send("GET /watch HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(thief.ReadHead().code, 200);
  EXPECT_EQ(thief.ReadChunk(), "event");
  server_->RecheckPeers();
  EXPECT_TRUE(IsServed(other));
  EXPECT_EQ(closed_, 0);
  taken_back_ = true;
  server_->RecheckPeers();
  EXPECT_EQ(thief.ReadChunk(), "");
  EXPECT_TRUE(thief.SeesEnd());
  EXPECT_TRUE(IsServed(other));
}

TEST_F(TrustTest, WhatATokenOpenedEndsWithTheToken) {
  RawClient::Options nobody;
  nobody.tls.ca_pem = old_.ca_pem();
  RawClient thief(server_->port(), nobody);
  RawClient other(server_->port(), nobody);
  RawClient both(server_->port(), As(old_, "other"));
  const auto watch = [](RawClient& client, const std::string& token) {
    client.Send("GET /watch HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token + "\r\n\r\n");
    EXPECT_EQ(client.ReadHead().code, 200);
    EXPECT_EQ(client.ReadChunk(), "event");
  };
  watch(thief, "stolen");
  taken_back_ = true;
  server_->RecheckPeers();
  EXPECT_EQ(thief.ReadChunk(), "");
  EXPECT_TRUE(IsServed(thief)) << "others may come through the same connection";
  for (auto& [client, token] : {std::pair(&other, "good"), std::pair(&both, "stolen")}) {
    watch(*client, token);
    server_->RecheckPeers();
    const std::lock_guard lock(mutex_);
    stream_->Write({SharedBytes::Static("next")});
    EXPECT_EQ(client->ReadChunk(), "next") << token;
  }
}

TEST(HttpServerTest, KeepsToItsConnections) {
  HttpServerOptions options = TestServerOptions();
  options.limits.connections = 3;
  const auto server = StartServer(EchoHandler, options);
  {
    RawClient a(server->port());
    RawClient b(server->port());
    RawClient c(server->port());
    EXPECT_TRUE(c.secured());
    EXPECT_FALSE(RawClient(server->port()).secured());
  }
  EXPECT_TRUE(Eventually([&] { return RawClient(server->port()).secured(); }));
}

TEST(HttpServerTest, CountsFailedHandshakes) {
  const auto server = StartServer(EchoHandler);
  Counter failed("noizy_http_handshakes_failed_total", "TLS handshakes that failed");
  const double before = failed.Value();
  RawClient::Options options;
  options.tls = HttpTestAuthority::Instance().ExpiredClient("late");
  RawClient client(server->port(), options);
  EXPECT_EQ(client.ReadUntilEnd(), "");
  EXPECT_TRUE(Eventually([&] { return failed.Value() == before + 1; }));
}

}  // namespace
}  // namespace noizy
