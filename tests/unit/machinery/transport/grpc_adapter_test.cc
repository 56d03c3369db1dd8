#include "machinery/transport/grpc_adapter.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace noizy {
namespace {

TEST(GrpcAdapter, StatusesGoThereAndBack) {
  for (const Status& status :
       {Unauthorized("a"), Forbidden("b"), NotFound("tasks.noizy.dev", "c"),
        Conflict("tasks.noizy.dev", "d", "e"), Unavailable("f"), Internal("g"), BadRequest("h"),
        Status(StatusReason::kTooManyRequests, "i")}) {
    const Status back = FromGrpc(ToGrpc(status));
    EXPECT_EQ(back.reason(), status.reason()) << status.ToString();
    EXPECT_EQ(back.message(), status.message());
  }
  EXPECT_TRUE(FromGrpc(ToGrpc(Status::Ok())).ok());
}

TEST(GrpcAdapter, ACancelledCallMayBeMadeAgain) {
  const Status status = FromGrpc(grpc::Status(grpc::StatusCode::CANCELLED, "gone"));
  EXPECT_EQ(status.reason(), StatusReason::kServiceUnavailable);
  EXPECT_EQ(status.message(), "the call was cancelled: gone");
}

TEST(GrpcAdapter, PeersAreWrittenAsHostAndPort) {
  EXPECT_EQ(AddressOfPeer("ipv4:127.0.0.1:80"), "127.0.0.1:80");
  EXPECT_EQ(AddressOfPeer("ipv6:%5B::1%5D:80"), "[::1]:80");
  EXPECT_EQ(AddressOfPeer("unix:/a"), "unix:/a");
}

TEST(GrpcAdapter, Ipv6HostsAreBracketed) {
  EXPECT_EQ(JoinHostAndPort("127.0.0.1", 80), "127.0.0.1:80");
  EXPECT_EQ(JoinHostAndPort("::1", 80), "[::1]:80");
  EXPECT_EQ(JoinHostAndPort("[::1]", 80), "[::1]:80");
  EXPECT_EQ(JoinHostAndPort("host", 0), "host:0");
}

TEST(GrpcAdapter, ChildProcessesInheritNoCipherList) {
  PrepareGrpc();
  EXPECT_EQ(std::getenv("GRPC_SSL_CIPHER_SUITES"), nullptr);
}

}  // namespace
}  // namespace noizy
