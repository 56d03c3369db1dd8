#include "machinery/transport/http_client_pool.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/transport/http_fixture.h"

namespace noizy {
namespace {

class HttpClientPoolTest : public testing::Test {
 protected:
  HttpClientPoolTest() : server_(StartServer(EchoHandler)) {
    HttpClientOptions options;
    options.base_url = "https://127.0.0.1:" + std::to_string(server_->port());
    options.tls.ca_pem = HttpTestAuthority::Instance().ca_pem();
    connector_ = *HttpClientConnector::Make(options);
  }

  static void Use(HttpClientConnection& connection) {
    httplib::Request request;
    request.method = "GET";
    request.path = "/";
    httplib::Response response;
    EXPECT_EQ(connection.Send(request, response, std::chrono::seconds(20)),
              httplib::Error::Success);
  }

  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpClientConnector> connector_;
};

TEST_F(HttpClientPoolTest, GivesTheYoungestBack) {
  HttpClientPool pool(*connector_);
  auto first = pool.Take();
  auto second = pool.Take();
  EXPECT_FALSE(first.reused);
  EXPECT_FALSE(second.reused);
  Use(*first.connection);
  Use(*second.connection);
  const HttpClientConnection* const youngest = second.connection.get();
  pool.Put(std::move(first.connection));
  pool.Put(std::move(second.connection));
  auto taken = pool.Take();
  EXPECT_TRUE(taken.reused);
  EXPECT_EQ(taken.connection.get(), youngest);
  EXPECT_TRUE(pool.Take().reused);
  EXPECT_FALSE(pool.Take().reused);
}

TEST_F(HttpClientPoolTest, ThrowsClosedOnesAway) {
  HttpClientPool pool(*connector_);
  auto taken = pool.Take();
  Use(*taken.connection);
  pool.Put(std::move(taken.connection));
  server_->Stop(std::chrono::seconds(1));
  EXPECT_FALSE(pool.Take().reused);
}

TEST_F(HttpClientPoolTest, IsBounded) {
  HttpClientPool pool(*connector_);
  for (int i = 0; i < 70; ++i) {
    auto connection = connector_->Connect();
    if (i >= 70 - 65) Use(*connection);  // the older ones are pushed out before anybody asks
    pool.Put(std::move(connection));
  }
  int reused = 0;
  std::vector<HttpClientPool::Taken> taken;
  while (reused < 70) {
    taken.push_back(pool.Take());
    if (!taken.back().reused) break;
    ++reused;
  }
  EXPECT_EQ(reused, 64);
}

}  // namespace
}  // namespace noizy
