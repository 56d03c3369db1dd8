#include "machinery/transport/agent_call.h"

#include <set>

#include "tests/unit/machinery/transport/grpc_fixture.h"

namespace noizy {
namespace {

class AgentCallTest : public testing::Test {
 protected:
  TestGrid grid_;
  EchoService service_;
  std::unique_ptr<GrpcServer> server_ = StartServer(service_, grid_.ServerIdentity());
  AgentEnd agent_ = OpenSession(server_->port(), grid_.NodeIdentity("a"));
};

TEST_F(AgentCallTest, MessagesAreEchoedAndTheIdentityIsTheCertificates) {
  agent_.session->Send(Chunk("hello"));
  EXPECT_EQ(agent_.messages->Take().assignment().payload(), "hello");
  const auto seen = service_.sessions.Take();
  EXPECT_EQ(seen->peer.common_name, "system:node:a");
  EXPECT_EQ(seen->peer.organizations, std::vector<std::string>{"system:nodes"});
  EXPECT_EQ(seen->peer.certificate_serial.size(), 32U);
}

TEST_F(AgentCallTest, TenThousandMessagesKeepTheirOrderBothWays) {
  constexpr int kMessages = 10'000;
  for (int i = 0; i < kMessages; ++i) agent_.session->Send(Chunk(std::to_string(i), i));
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_EQ(agent_.messages->Take().assignment().payload(), std::to_string(i));
  }
  const auto seen = service_.sessions.Take();
  for (int i = 0; i < kMessages; ++i) ASSERT_EQ(seen->messages.Take().log().offset(), i);
}

TEST_F(AgentCallTest, MessagesOfAMebibytePass) {
  const std::string mebibyte(1 << 20, 'm');
  for (int i = 0; i < 4; ++i) agent_.session->Send(Chunk(mebibyte));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(agent_.messages->Take().assignment().payload(), mebibyte);
}

TEST_F(AgentCallTest, WhatTheServerQueuedIsSentBeforeItsStatus) {
  const auto seen = service_.sessions.Take();
  for (int i = 0; i < 100; ++i) {
    v1::ServerMessage message;
    message.mutable_lease()->set_sequence(static_cast<std::uint64_t>(i));
    seen->stream->Send(message);
  }
  seen->stream->Close(Forbidden("the Node was deleted"));
  seen->stream->Close(Internal("a second word"));
  const Status status = agent_.closed->Take();
  EXPECT_EQ(status.reason(), StatusReason::kForbidden);
  EXPECT_EQ(status.message(), "the Node was deleted");
  EXPECT_EQ(agent_.messages->size(), 100U);
  EXPECT_EQ(seen->closed.Take(), 1);
}

TEST_F(AgentCallTest, AClosedStreamIgnoresWhatIsSent) {
  const auto seen = service_.sessions.Take();
  seen->stream->Close(Status::Ok());
  EXPECT_TRUE(agent_.closed->Take().ok());
  EXPECT_EQ(seen->closed.Take(), 1);
  seen->stream->Send(v1::ServerMessage());
  seen->stream->Close(Internal("late"));
  agent_.session->Send(Chunk("late"));
  agent_.session->Close();
  EXPECT_EQ(seen->stream->Queued(), 0U);
  EXPECT_EQ(agent_.session->Queued(), 0U);
  EXPECT_EQ(seen->closed.size(), 0U);
  EXPECT_EQ(agent_.closed->size(), 0U);
}

TEST_F(AgentCallTest, SendingFromManyThreadsWhileTheAgentLeavesIsSafe) {
  const auto seen = service_.sessions.Take();
  std::atomic<bool> stop = false;
  std::vector<std::thread> senders;
  for (int t = 0; t < 3; ++t) {
    senders.emplace_back([&] {
      while (!stop) {
        v1::ServerMessage message;
        message.mutable_assignment()->set_payload(std::string(1000, 'x'));
        seen->stream->Send(std::move(message));
      }
    });
  }
  for (int i = 0; i < 50; ++i) agent_.messages->Take();
  agent_.session->Close();
  EXPECT_TRUE(agent_.closed->Take().ok());
  EXPECT_EQ(seen->closed.Take(), 1);
  stop = true;
  for (auto& sender : senders) sender.join();
  EXPECT_EQ(seen->closed.size(), 0U);
}

// A reader that does not read: its handler blocks, so that flow control stops the server's writes.
TEST(AgentCall, ASlowReaderIsCutWhenTooMuchWaits) {
  const TestGrid grid;
  EchoService service;
  const auto server = StartServer(service, grid.ServerIdentity());
  AgentChannelOptions options;
  options.target = "127.0.0.1:" + std::to_string(server->port());
  options.tls = grid.NodeIdentity("slow");
  const auto channel = Get(AgentChannel::Connect(options));
  Inbox<int> go;
  Inbox<Status> closed;
  const auto session =
      channel->OpenSession({[&](const v1::ServerMessage&) { go.Take(); },
                            [&](Status status) { closed.Put(std::move(status)); }});
  const auto seen = service.sessions.Take();
  v1::ServerMessage big;
  big.mutable_assignment()->set_payload(std::string(1 << 20, 'b'));
  std::size_t most = 0;
  for (int i = 0; i < 200; ++i) {
    seen->stream->Send(big);
    most = std::max(most, seen->stream->Queued());
  }
  EXPECT_LE(most, 66U);
  EXPECT_GE(most, 32U);
  for (int i = 0; i < 200; ++i) go.Put(1);
  EXPECT_EQ(closed.Take().reason(), StatusReason::kServiceUnavailable);
  EXPECT_EQ(seen->closed.Take(), 1);
  EXPECT_EQ(seen->stream->Queued(), 0U);
}

}  // namespace
}  // namespace noizy
