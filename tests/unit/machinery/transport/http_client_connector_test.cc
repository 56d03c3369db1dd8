#include "machinery/transport/http_client_connector.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/transport/http_fixture.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLong{20'000};

TEST(ParseTargetTest, TakesUrlsApart) {
  struct Case {
    std::string url;
    std::string origin;
    std::string prefix;
  };
  const std::vector<Case> cases = {
      {"https://grid.example", "https://grid.example:443", ""},
      {"https://127.0.0.1:6443/", "https://127.0.0.1:6443", ""},
      {"https://a:1/k8s/clusters/x//", "https://a:1", "/k8s/clusters/x"},
      {"https://[::1]:6443/p", "https://[::1]:6443", "/p"},
      {"https://[fd00::1]", "https://[fd00::1]:443", ""},
      {"http://localhost:4000", "http://localhost:4000", ""},
      {"http://127.1.2.3", "http://127.1.2.3:80", ""},
      {"http://[::1]", "http://[::1]:80", ""},
  };
  for (const Case& one : cases) {
    const auto target = ParseTarget(one.url);
    ASSERT_TRUE(target.ok()) << target.status().ToString();
    EXPECT_EQ(target->Origin(), one.origin);
    EXPECT_EQ(target->prefix, one.prefix);
  }
}

TEST(ParseTargetTest, RefusesTheRest) {
  for (const char* url :
       {"", "a", "ftp://a", "https://", "https:///x", "https://:1", "https://a:", "https://a:0",
        "https://a:65536", "https://a:1x", "https://me@a", "https://[::1", "https://a/x?y",
        "https://a b", "http://grid.example", "http://192.168.1.1"}) {
    const auto target = ParseTarget(url);
    ASSERT_FALSE(target.ok()) << url;
    EXPECT_EQ(target.status().reason(), StatusReason::kBadRequest);
  }
}

TEST(HttpClientConnectionTest, KnowsWhetherItIsFresh) {
  const auto server = StartServer(EchoHandler);
  HttpClientOptions client;
  client.base_url = "https://localhost:" + std::to_string(server->port());
  client.tls.ca_pem = HttpTestAuthority::Instance().ca_pem();
  const auto connector = HttpClientConnector::Make(client);
  ASSERT_TRUE(connector.ok()) << connector.status().ToString();
  const auto connection = (*connector)->Connect();
  EXPECT_FALSE(connection->IsFresh());  // not even open
  httplib::Request request;
  request.method = "GET";
  request.path = "/";
  httplib::Response response;
  EXPECT_EQ(connection->Send(request, response, kLong), httplib::Error::Success);
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(connection->IsFresh());
  EXPECT_TRUE(connection->IsFresh());
  server->Stop(std::chrono::seconds(1));
  EXPECT_TRUE(Eventually([&] { return !connection->IsFresh(); }));  // the server said goodbye
}

}  // namespace
}  // namespace noizy
