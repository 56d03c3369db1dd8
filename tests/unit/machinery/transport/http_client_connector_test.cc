#include "machinery/transport/http_client_connector.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/transport/http_fixture.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLong{20'000};

HttpClientOptions At(std::string url) {
  HttpClientOptions options;
  options.base_url = std::move(url);
  return options;
}

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
    const auto target = ParseTarget(At(one.url));
    ASSERT_TRUE(target.ok()) << target.status().ToString();
    EXPECT_EQ(target->Origin(), one.origin);
    EXPECT_EQ(target->prefix, one.prefix);
  }
}

TEST(ParseTargetTest, RefusesMetadataServicesWhereAsked) {
  for (const char* url :
       {"https://169.254.169.254", "http://169.254.1.1:80/latest", "https://[fe80::1]",
        "https://[fd00:ec2::254]/x", "https://[::ffff:169.254.169.254]"}) {
    HttpClientOptions options = At(url);
    options.plain_http_anywhere = true;
    EXPECT_TRUE(ParseTarget(options).ok()) << url;
    options.refuse_link_local = true;
    EXPECT_FALSE(ParseTarget(options).ok()) << url;
  }
}

TEST(ParseTargetTest, LetsPlainHttpLeaveOnlyWhereAsked) {
  EXPECT_FALSE(ParseTarget(At("http://10.0.0.7:4000")).ok());
  HttpClientOptions options = At("http://10.0.0.7:4000");
  options.plain_http_anywhere = true;
  EXPECT_TRUE(ParseTarget(options).ok());
}

TEST(ParseTargetTest, RefusesTheRest) {
  for (const char* url :
       {"", "a", "ftp://a", "https://", "https:///x", "https://:1", "https://a:", "https://a:0",
        "https://a:65536", "https://a:1x", "https://me@a", "https://[::1", "https://a/x?y",
        "https://a b", "http://grid.example", "http://192.168.1.1"}) {
    const auto target = ParseTarget(At(url));
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
