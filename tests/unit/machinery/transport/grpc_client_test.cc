#include "tests/unit/machinery/transport/grpc_fixture.h"

namespace noizy {
namespace {

class GrpcClientTest : public testing::Test {
 protected:
  TestGrid grid_;
  EchoService service_;
  std::unique_ptr<GrpcServer> server_ = StartServer(service_, grid_.ServerIdentity());
};

TEST_F(GrpcClientTest, AServerOfAnotherCaIsNotTalkedTo) {
  const TestGrid other("noizy-ca");
  TlsIdentity tls = grid_.NodeIdentity("a");
  tls.ca_pem = other.ca_pem();
  const AgentEnd agent = OpenSession(server_->port(), tls);
  EXPECT_EQ(agent.closed->Take().reason(), StatusReason::kServiceUnavailable);
  EXPECT_EQ(service_.sessions.size(), 0U);
}

TEST_F(GrpcClientTest, AClientOfAnotherCaIsNotLetIn) {
  const TestGrid other("noizy-ca");
  TlsIdentity tls = other.NodeIdentity("a");
  tls.ca_pem = grid_.ca_pem();
  const AgentEnd agent = OpenSession(server_->port(), tls);
  EXPECT_FALSE(agent.closed->Take().ok());
  EXPECT_EQ(service_.sessions.size(), 0U);
}

TEST_F(GrpcClientTest, AnExpiredClientIsNotLetIn) {
  const AgentEnd agent = OpenSession(server_->port(), grid_.ExpiredIdentity("a"));
  EXPECT_FALSE(agent.closed->Take().ok());
  EXPECT_EQ(service_.sessions.size(), 0U);
}

TEST_F(GrpcClientTest, AServersCertificateIsNoClientsCertificate) {
  const AgentEnd agent = OpenSession(server_->port(), grid_.ServerIdentity());
  EXPECT_FALSE(agent.closed->Take().ok());
  EXPECT_EQ(service_.sessions.size(), 0U);
}

TEST_F(GrpcClientTest, TheServersNameIsChecked) {
  EchoService service;
  const auto named = StartServer(service, grid_.ServerIdentity("control.noizy.local"));
  const TlsIdentity tls = grid_.NodeIdentity("a");
  EXPECT_FALSE(OpenSession(named->port(), tls).closed->Take().ok());
  AgentEnd agent = OpenSession(named->port(), tls,
                               [](auto& options) { options.server_name = "control.noizy.local"; });
  agent.session->Send(Chunk("x"));
  EXPECT_EQ(agent.messages->Take().assignment().payload(), "x");
}

TEST_F(GrpcClientTest, ServersAreReachedByNameAndByBothAddresses) {
  for (const std::string host : {"localhost", "127.0.0.1"}) {
    AgentEnd agent = OpenSession(server_->port(), grid_.NodeIdentity("a"), [&](auto& options) {
      options.target = host + ":" + std::to_string(server_->port());
    });
    agent.session->Send(Chunk(host));
    EXPECT_EQ(agent.messages->Take().assignment().payload(), host);
  }
  const auto v6 =
      StartServer(service_, grid_.ServerIdentity(), [](auto& options) { options.address = "::1"; });
  AgentEnd agent = OpenSession(v6->port(), grid_.NodeIdentity("a"), [&](auto& options) {
    options.target = "[::1]:" + std::to_string(v6->port());
  });
  agent.session->Send(Chunk("six"));
  EXPECT_EQ(agent.messages->Take().assignment().payload(), "six");
}

TEST_F(GrpcClientTest, AConnectionThatCannotBeMadeComesAsClosed) {
  const std::uint16_t port = server_->port();
  server_->Stop(std::chrono::milliseconds(0));
  const AgentEnd agent = OpenSession(port, grid_.NodeIdentity("a"));
  agent.session->Send(Chunk("to nobody"));
  EXPECT_EQ(agent.closed->Take().reason(), StatusReason::kServiceUnavailable);
}

TEST_F(GrpcClientTest, ClosingEndsTheSessionWithOkOnce) {
  AgentEnd agent = OpenSession(server_->port(), grid_.NodeIdentity("a"));
  const auto seen = service_.sessions.Take();
  agent.session->Close();
  agent.session->Close();
  EXPECT_TRUE(agent.closed->Take().ok());
  EXPECT_EQ(seen->closed.Take(), 1);
  EXPECT_EQ(agent.closed->size(), 0U);
}

TEST_F(GrpcClientTest, ADroppedSessionLivesUntilItEnds) {
  AgentEnd agent = OpenSession(server_->port(), grid_.NodeIdentity("a"));
  agent.session->Send(Chunk("x"));
  agent.session.reset();
  agent.channel.reset();
  EXPECT_EQ(agent.messages->Take().assignment().payload(), "x");
  server_->Stop(kPatience);
  EXPECT_EQ(agent.closed->Take().reason(), StatusReason::kServiceUnavailable);
}

TEST_F(GrpcClientTest, OneChannelOpensAnotherSessionAfterTheServerCameBack) {
  AgentEnd agent = OpenSession(server_->port(), grid_.NodeIdentity("a"));
  service_.sessions.Take();
  const std::uint16_t port = server_->port();
  server_->Stop(std::chrono::milliseconds(0));
  EXPECT_EQ(agent.closed->Take().reason(), StatusReason::kServiceUnavailable);
  server_ =
      StartServer(service_, grid_.ServerIdentity(), [&](auto& options) { options.port = port; });
  // The channel backs off for up to half a second after a refused connection: a few tries may fail.
  for (int i = 0; i < 200 && service_.sessions.size() == 0; ++i) {
    Inbox<Status> closed;
    const auto session = agent.channel->OpenSession(
        {[](const v1::ServerMessage&) {}, [&](Status status) { closed.Put(std::move(status)); }});
    for (int j = 0; j < 1000 && closed.size() == 0 && service_.sessions.size() == 0; ++j) {
      std::this_thread::yield();
    }
    session->Close();
    EXPECT_NE(closed.Take().reason(), StatusReason::kUnauthorized);
  }
  EXPECT_GT(service_.sessions.size(), 0U);
}

// What a FetchPayload brought, each piece asked for when the last was there.
std::pair<std::string, Status> Fetch(AgentChannel& channel, const std::string& task,
                                     std::int64_t offset) {
  v1::PayloadRequest request;
  request.mutable_ref()->set_name(task);
  request.set_offset(offset);
  std::string bytes;
  Inbox<Status> ended;
  const auto fetch =
      channel.FetchPayload(request, {[&](PayloadFetch& from, const std::string& piece) {
                                       bytes += piece;
                                       from.Next();
                                     },
                                     [&](Status status) { ended.Put(status); }});
  const Status status = ended.Take();
  return {bytes, status};
}

TEST_F(GrpcClientTest, APayloadComesPieceByPieceFromItsOffset) {
  service_.payload = "0123456789";
  const AgentEnd agent = OpenSession(server_->port(), grid_.NodeIdentity("a"));
  const auto all = Fetch(*agent.channel, "a", 0);
  EXPECT_TRUE(all.second.ok()) << all.second.ToString();
  EXPECT_EQ(all.first, "0123456789");
  EXPECT_EQ(Fetch(*agent.channel, "a", 7).first, "789");
  EXPECT_EQ(Fetch(*agent.channel, "a", 10).first, "");
}

TEST_F(GrpcClientTest, APayloadOfAnotherNodeOrALostOneEndsWithTheReason) {
  service_.payload = "lost";
  const AgentEnd agent = OpenSession(server_->port(), grid_.NodeIdentity("a"));
  EXPECT_EQ(Fetch(*agent.channel, "b", 0).second.reason(), StatusReason::kForbidden);
  EXPECT_EQ(Fetch(*agent.channel, "a", 0).second.reason(), StatusReason::kNotFound);
}

TEST_F(GrpcClientTest, ACancelledFetchEndsWithItsNextNext) {
  service_.payload = "0123456789";
  const AgentEnd agent = OpenSession(server_->port(), grid_.NodeIdentity("a"));
  v1::PayloadRequest request;
  request.mutable_ref()->set_name("a");
  Inbox<Status> ended;
  const auto fetch =
      agent.channel->FetchPayload(request, {[&](PayloadFetch& from, const std::string&) {
                                              from.Cancel();
                                              from.Next();
                                            },
                                            [&](Status status) { ended.Put(status); }});
  EXPECT_EQ(ended.Take().reason(), StatusReason::kServiceUnavailable);
}

TEST_F(GrpcClientTest, TextsThatAreNoCertificatesAreRefusedWithTheirName) {
  AgentChannelOptions options;
  options.target = "127.0.0.1:1";
  options.tls = grid_.NodeIdentity("a");
  options.tls.ca_pem = "";
  EXPECT_NE(AgentChannel::Connect(options).status().message().find("the grid's CA certificate"),
            std::string::npos);
  options.tls.private_key_pem = "x";
  EXPECT_NE(AgentChannel::Connect(options).status().message().find("private key"),
            std::string::npos);
  options.tls.certificate_pem = "x";
  EXPECT_EQ(AgentChannel::Connect(options).status().reason(), StatusReason::kBadRequest);
}

}  // namespace
}  // namespace noizy
