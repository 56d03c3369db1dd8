#include "machinery/transport/http_client_connector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "tests/unit/machinery/transport/http_fixture.h"

namespace noizy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

constexpr milliseconds kLong{20'000};

HttpClientOptions At(std::string url) {
  HttpClientOptions options;
  options.base_url = std::move(url);
  return options;
}

// Plain HTTP on 127.0.0.1: answers each request with its own head, and closes.
class HeadEcho {
 public:
  HeadEcho() : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    serving_ = std::thread([this] { Serve(); });
  }
  ~HeadEcho() {
    stopping_ = true;
    boost::system::error_code ignored;
    tcp::socket(io_).connect(acceptor_.local_endpoint(), ignored);  // wakes it
    serving_.join();
  }
  HeadEcho(const HeadEcho&) = delete;
  HeadEcho& operator=(const HeadEcho&) = delete;

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void Serve() {
    while (true) {
      tcp::socket socket = acceptor_.accept();
      if (stopping_) return;
      boost::system::error_code ignored;
      std::string head;
      asio::read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n", ignored);
      const std::string reply =
          "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(head.size()) +
          "\r\n\r\n" + head;
      asio::write(socket, asio::buffer(reply), ignored);
    }
  }

  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::atomic<bool> stopping_{false};
  std::thread serving_;
};

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

// What a numeric address leads to, however it is written.
TEST(IsLinkLocalTest, KnowsMetadataServicesInAllTheirWrappings) {
  for (const char* address :
       {"169.254.169.254", "169.254.0.1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe",
        "::169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "fe80::1", "fe80::1%lo",
        "febf::1", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16",
        "::ffff:100.100.100.200"}) {
    EXPECT_TRUE(IsLinkLocal(address)) << address;
  }
  for (const char* address : {"127.0.0.1", "::1", "::", "169.253.255.255", "169.255.0.0",
                              "192.168.1.40", "100.100.100.100", "10.0.0.7", "fd00::1", "fec0::1",
                              "64:ff9b::808:808", "2002:c000:204::1", "localhost", ""}) {
    EXPECT_FALSE(IsLinkLocal(address)) << address;
  }
}

// A provider's URL, and what its name means whenever it is looked up.
class CheckedConnectionTest : public ::testing::Test {
 protected:
  using Addresses = std::vector<std::string>;

  // The n-th lookup finds the n-th of `answers`, later ones the last.
  void Resolve(std::vector<Addresses> answers) { answers_ = std::move(answers); }

  httplib::Error Ask(const std::string& host, std::uint16_t port) {
    HttpTarget target;
    target.https = false;
    target.host = host;
    target.port = port;
    connector_ = std::make_unique<HttpClientConnector>(
        target, TlsContext(), kLong, [this](const std::string& name) {
          names_.push_back(name);
          return answers_[std::min(names_.size(), answers_.size()) - 1];
        });
    connection_ = connector_->Connect();
    httplib::Request request;
    request.method = "GET";
    request.path = "/v1/models";
    request.headers.emplace("Authorization", "Bearer the-key");
    return connection_->Send(request, reply_, kLong);
  }

  std::string Why(httplib::Error error) { return connection_->Explain(error).message(); }

  std::vector<Addresses> answers_;
  std::vector<std::string> names_;
  httplib::Response reply_;
  std::unique_ptr<HttpClientConnector> connector_;
  std::unique_ptr<HttpClientConnection> connection_;
};

TEST_F(CheckedConnectionTest, ANameOfAMetadataServiceIsRefused) {
  for (const char* address : {"169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254",
                              "64:ff9b::a9fe:a9fe", "fe80::1"}) {
    Resolve({{address}});
    const httplib::Error error = Ask("metadata.example", 80);
    EXPECT_EQ(error, httplib::Error::Connection) << address;
    EXPECT_NE(Why(error).find("it has link-local addresses only"), std::string::npos) << address;
  }
}

TEST_F(CheckedConnectionTest, TheAddressThatWasCheckedIsTheOneThatIsUsed) {
  HeadEcho server;
  Resolve({{"127.0.0.1"}, {"169.254.169.254"}});  // as of a name that is bound anew
  EXPECT_EQ(Ask("rebinding.example", server.port()), httplib::Error::Success);
  EXPECT_EQ(names_, Addresses{"rebinding.example"});
  EXPECT_NE(reply_.body.find("Host: rebinding.example"), std::string::npos);
}

TEST_F(CheckedConnectionTest, NothingUncheckedIsTriedToSayWhyItFailed) {
  const std::uint16_t closed = HeadEcho().port();
  Resolve({{"127.0.0.1"}, {"169.254.169.254"}});
  const httplib::Error error = Ask("rebinding.example", closed);
  EXPECT_NE(Why(error).find("connection refused"), std::string::npos) << Why(error);
  EXPECT_EQ(names_.size(), 1);
}

TEST_F(CheckedConnectionTest, TriesANamesOtherAddresses) {
  HeadEcho server;
  Resolve({{"169.254.169.254", "127.0.0.2", "127.0.0.1"}});
  EXPECT_EQ(Ask("mac.local", server.port()), httplib::Error::Success);
}

TEST_F(CheckedConnectionTest, ANameWithoutAddressIsNotAskedForAgain) {
  Resolve({{}});
  EXPECT_NE(Why(Ask("nobody.example", 80)).find("no address for the name"), std::string::npos);
  EXPECT_EQ(names_.size(), 1);
}

// Ways to write it that are no numeric address to a URL's reader, and are one to the system.
TEST(HttpClientConnectorTest, OtherSpellingsOfAMetadataServiceAreRefused) {
  for (const char* host :
       {"2852039166", "0xa9fea9fe", "169.254.43518", "0251.0376.0251.0376", "169.0xfe.169.254"}) {
    EXPECT_EQ(LookUpAddresses(host), std::vector<std::string>{"169.254.169.254"}) << host;
    HttpClientOptions options = At("https://" + std::string(host));
    options.refuse_link_local = true;
    const auto connector = HttpClientConnector::Make(options);
    ASSERT_TRUE(connector.ok()) << connector.status().ToString();
    const auto connection = (*connector)->Connect();
    httplib::Request request;
    httplib::Response response;
    const httplib::Error error = connection->Send(request, response, kLong);
    EXPECT_NE(connection->Explain(error).message().find("it has link-local addresses only"),
              std::string::npos)
        << host;
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
