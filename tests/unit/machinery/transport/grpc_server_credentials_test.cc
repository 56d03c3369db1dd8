// The agents' listener with another certificate and other CAs while it serves.
#include "tests/unit/machinery/transport/grpc_fixture.h"

namespace noizy {
namespace {

class GrpcReloadTest : public testing::Test {
 protected:
  // One that shows `shown`'s certificate and trusts both grids.
  TlsIdentity ShownBy(const TestGrid& shown) const {
    TlsIdentity tls = shown.ServerIdentity();
    tls.ca_pem = new_.ca_pem() + old_.ca_pem();
    return tls;
  }

  TestGrid old_{"old-ca"};
  TestGrid new_{"new-ca"};
  EchoService service_;
  std::unique_ptr<GrpcServer> server_ = StartServer(service_, old_.ServerIdentity());
};

// The data of what the session echoes.
std::string Echoed(AgentEnd& end, const std::string& data) {
  end.session->Send(Chunk(data));
  return end.messages->Take().assignment().payload();
}

TEST_F(GrpcReloadTest, NewConnectionsSeeTheNewCertificateAndOldOnesGoOn) {
  AgentEnd before = OpenSession(server_->port(), old_.NodeIdentity("hp-omen"));
  EXPECT_EQ(Echoed(before, "one"), "one");

  ASSERT_TRUE(server_->SetTls(ShownBy(new_)).ok());
  EXPECT_EQ(Echoed(before, "two"), "two");
  AgentEnd after = OpenSession(server_->port(), new_.NodeIdentity("mac-mini"));
  EXPECT_EQ(Echoed(after, "three"), "three");
  // Who trusts the old CA alone does not know this server any more.
  AgentEnd late = OpenSession(server_->port(), old_.NodeIdentity("late"));
  EXPECT_FALSE(late.closed->Take().ok());
  EXPECT_EQ(Echoed(before, "four"), "four");
}

TEST_F(GrpcReloadTest, ADroppedCaIsRefusedFromTheNextCallOn) {
  AgentEnd before = OpenSession(server_->port(), old_.NodeIdentity("hp-omen"));
  EXPECT_EQ(Echoed(before, "one"), "one");
  ASSERT_TRUE(server_->SetTls(new_.ServerIdentity()).ok());
  EXPECT_EQ(Echoed(before, "two"), "two");
  // On the same connection, whose handshake was fine.
  AgentEnd again;
  again.session = before.channel->OpenSession(
      {[](v1::ServerMessage) {}, [closed = again.closed](Status why) { closed->Put(why); }});
  EXPECT_EQ(again.closed->Take().reason(), StatusReason::kUnauthorized);

  TlsIdentity dropped = old_.NodeIdentity("hp-omen");
  dropped.ca_pem = new_.ca_pem();
  EXPECT_FALSE(OpenSession(server_->port(), dropped).closed->Take().ok());
}

TEST_F(GrpcReloadTest, WhatIsNoUseChangesNothing) {
  TlsIdentity broken = new_.ServerIdentity();
  broken.private_key_pem = old_.ServerIdentity().private_key_pem;
  EXPECT_EQ(server_->SetTls(broken).reason(), StatusReason::kBadRequest);
  AgentEnd end = OpenSession(server_->port(), old_.NodeIdentity("hp-omen"));
  EXPECT_EQ(Echoed(end, "one"), "one");
}

}  // namespace
}  // namespace noizy
