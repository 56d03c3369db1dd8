#include "tests/unit/machinery/transport/grpc_fixture.h"

namespace noizy {
namespace {

class GrpcJoinTest : public testing::Test {
 protected:
  void Serve(const std::string& dns_name = "") {
    server_ = StartServer(service_, grid_.ServerIdentity(dns_name));
  }

  Result<v1::JoinResponse> Join(const std::string& hash,
                                const std::string& host = "127.0.0.1",
                                std::chrono::milliseconds timeout = JoinOptions().timeout) const {
    v1::JoinRequest request;
    request.set_node_name("hp-omen");
    request.set_token("abcdef.0123456789abcdef");
    JoinOptions options;
    options.target = host + ":" + std::to_string(server_->port());
    options.ca_hash = hash;
    options.timeout = timeout;
    return JoinGrid(options, request);
  }

  TestGrid grid_;
  EchoService service_;
  std::unique_ptr<GrpcServer> server_;
};

TEST_F(GrpcJoinTest, AServerKnownByItsHashIsJoined) {
  Serve();
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    EXPECT_EQ(Get(Join(grid_.ca_hash(), host)).certificate_pem(), "certificate for hp-omen");
    const auto [request, address] = service_.joins.Take();
    EXPECT_EQ(request.token(), "abcdef.0123456789abcdef");
    EXPECT_TRUE(address.starts_with("127.0.0.1:") || address.starts_with("[::1]:")) << address;
  }
}

TEST_F(GrpcJoinTest, TheServerMayBeReachedByANameItsCertificateDoesNotCarry) {
  Serve("control.noizy.local");
  EXPECT_TRUE(Join(grid_.ca_hash()).ok());
}

TEST_F(GrpcJoinTest, AnotherHashSendsNothing) {
  Serve();
  const auto joined = Join(TestGrid().ca_hash());
  EXPECT_EQ(joined.status().reason(), StatusReason::kUnauthorized);
  EXPECT_NE(joined.status().message().find("not the grid"), std::string::npos);
  EXPECT_EQ(service_.joins.size(), 0U);
}

TEST_F(GrpcJoinTest, AnImpostorShowingTheCaInItsChainGetsNoToken) {
  const TestGrid impostor;
  TlsIdentity tls = impostor.ServerIdentity();
  tls.certificate_pem += grid_.ca_pem();
  server_ = StartServer(service_, tls);
  EXPECT_EQ(Join(grid_.ca_hash()).status().reason(), StatusReason::kUnauthorized);
  EXPECT_EQ(service_.joins.size(), 0U);
}

TEST_F(GrpcJoinTest, AnExpiredServerIsRefused) {
  CertificateProfile profile = ProfileNow("noizy", {"digital signature", "server auth"});
  profile.subject.dns_names = {"localhost"};
  profile.not_before -= std::chrono::hours(25);
  profile.not_after -= std::chrono::hours(25);
  server_ = StartServer(service_, grid_.Sign(profile));
  const auto joined = Join(grid_.ca_hash());
  EXPECT_EQ(joined.status().reason(), StatusReason::kUnauthorized);
  EXPECT_NE(joined.status().message().find("expired"), std::string::npos)
      << joined.status().message();
}

TEST_F(GrpcJoinTest, TheServersRefusalIsPassedOn) {
  service_.refusal = Unauthorized("the token was used already");
  Serve();
  const auto joined = Join(grid_.ca_hash());
  EXPECT_EQ(joined.status().reason(), StatusReason::kUnauthorized);
  EXPECT_EQ(joined.status().message(), "the token was used already");
}

TEST_F(GrpcJoinTest, NobodyThereIsUnavailable) {
  Serve();
  const std::string hash = grid_.ca_hash();
  server_->Stop(std::chrono::milliseconds(0));
  // It goes on trying until the time is over: the server may be about to start.
  const auto joined = Join(hash, "127.0.0.1", std::chrono::seconds(1));
  EXPECT_EQ(joined.status().reason(), StatusReason::kServiceUnavailable);
}

}  // namespace
}  // namespace noizy
