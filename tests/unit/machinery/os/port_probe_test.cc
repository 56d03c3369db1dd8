#include "machinery/os/port_probe.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>

#include "machinery/os/fd.h"

namespace noizy {
namespace {

constexpr Duration kPatience = std::chrono::seconds(5);

TEST(PortProbeTest, SeesWhoListens) {
  const UniqueFd listener(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  socklen_t size = sizeof address;
  if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0)
    GTEST_SKIP() << "no IPv6 here";
  ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::uint16_t port = ntohs(address.sin6_port);
  EXPECT_EQ(ProbePort("::1", port, kPatience).reason(), StatusReason::kServiceUnavailable);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  EXPECT_TRUE(ProbePort("::1", port, kPatience).ok());
}

TEST(PortProbeTest, TakesAddressesAlone) {
  EXPECT_EQ(ProbePort("localhost", 1, kPatience).reason(), StatusReason::kBadRequest);
}

}  // namespace
}  // namespace noizy
