#include "machinery/base/metrics_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "machinery/base/metrics.h"

namespace noizy {
namespace {

/// The whole answer to a GET of HTTP/1.0.
std::string Fetch(std::uint16_t port, const std::string& path) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
  EXPECT_EQ(send(socket, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string answer;
  char buffer[4096];
  for (ssize_t got = 0; (got = recv(socket, buffer, sizeof buffer, 0)) > 0;)
    answer.append(buffer, static_cast<std::size_t>(got));
  close(socket);
  return answer;
}

TEST(MetricsServer, ServesWhatIsRegistered) {
  Counter("noizy_test_served_total", "A test").Increment(7);
  const auto server = MetricsServer::Start("127.0.0.1:0");
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  EXPECT_NE(Fetch((*server)->port(), "/metrics").find("noizy_test_served_total 7\n"),
            std::string::npos);
  EXPECT_EQ(Fetch((*server)->port(), "/").find("noizy_test"), std::string::npos);
}

TEST(MetricsServer, SaysWhatIsWrongWithTheAddress) {
  for (const char* address : {"9464", ":9464"}) {
    const auto server = MetricsServer::Start(address);
    EXPECT_EQ(server.status().reason(), StatusReason::kBadRequest) << address;
  }
  const auto first = MetricsServer::Start("127.0.0.1:0");
  ASSERT_TRUE(first.ok());
  const std::string taken = "127.0.0.1:" + std::to_string((*first)->port());
  const auto second = MetricsServer::Start(taken);
  EXPECT_EQ(second.status().reason(), StatusReason::kServiceUnavailable);
  EXPECT_NE(second.status().message().find(taken), std::string::npos);
}

}  // namespace
}  // namespace noizy
