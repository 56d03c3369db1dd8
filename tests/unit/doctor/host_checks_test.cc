#include "doctor/host_checks.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "machinery/os/fd.h"

namespace noizy::doctor {
namespace {

TEST(HostChecksTest, WhatFencingLacksIsSaid) {
  EXPECT_EQ(CheckFencing(true, {true, true, true, true, true}).verdict, Verdict::kOk);
  const Finding no_cgroups = CheckFencing(true, {});
  EXPECT_EQ(no_cgroups.verdict, Verdict::kWarn);
  EXPECT_NE(no_cgroups.says.find("lacks killing by control group"), std::string::npos);
  EXPECT_NE(no_cgroups.says.find("it has PID namespaces"), std::string::npos);
  EXPECT_NE(CheckFencing(false, {true, true, true, true, true}).mend.find("AtMostOnce"),
            std::string::npos);
}

TEST(HostChecksTest, APortIsOpenOrFreeAsItShouldBe) {
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::uint16_t port = ntohs(address.sin_port);
  EXPECT_EQ(CheckPort("port", "127.0.0.1", port, true).verdict, Verdict::kFail);
  EXPECT_EQ(CheckPort("port", "127.0.0.1", port, false).verdict, Verdict::kOk);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  EXPECT_EQ(CheckPort("port", "127.0.0.1", port, true).verdict, Verdict::kOk);
  EXPECT_EQ(CheckPort("port", "127.0.0.1", port, false).verdict, Verdict::kWarn);
  EXPECT_EQ(CheckPort("port", "nowhere", port, true).verdict, Verdict::kFail);
}

}  // namespace
}  // namespace noizy::doctor
