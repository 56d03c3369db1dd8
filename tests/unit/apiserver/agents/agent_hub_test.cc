#include "apiserver/agents/agent_hub.h"

#include "apiserver/agents/log_reader.h"
#include "apiserver/agents/payload_reading.h"
#include "tests/unit/apiserver/agents/payload_fixture.h"

namespace noizy::apiserver {
namespace {

using std::chrono::seconds;

class AgentHubTest : public PayloadAgentsTest {
 protected:
  AgentHubTest() {
    CreateNode("a");
    CertificateProfile profile;
    profile.subject.common_name = "noizy-ca";
    profile.not_before = clock_.Now();
    profile.not_after = clock_.Now() + std::chrono::hours(1000);
    profile.is_ca = true;
    authority_ = Get(CreateAuthority(profile, KeySpec{}));
    Restart();
  }

  // A server's life begins with an executor of its own; what the last one had still to do is gone
  // with it.
  void Restart() {
    life_ = std::make_unique<FakeExecutor>(clock_);
    hub_ = std::make_unique<AgentHub>(
        AgentHubOptions{store_,
                        writer_,
                        *life_,
                        clock_,
                        random_,
                        {[this] {
                          return NodeAuthority{authority_, authority_.certificate_pem};
                        }},
                        folder_.path(),
                        payloads_,
                        *life_,
                        SignedName,
                        [this](const std::string& serial) {
                          return serial == revoked_ ? Unauthorized("revoked") : Status::Ok();
                        },
                        [this] { return rotating_; },
                        [this] { ++exclusions_; }});
    hub_->Start();
    life_->RunUntilIdle();
  }

  struct End {
    std::shared_ptr<FakeStream> stream = std::make_shared<FakeStream>();
    std::shared_ptr<AgentSessionHandler> handler;
  };
  End Connect(const std::string& node, const std::vector<v1::AttemptRef>& running = {}) {
    End end;
    end.handler = Get(hub_->Accept({"system:node:" + node, {"system:nodes"}, "1"}, end.stream));
    v1::AgentMessage hello;
    hello.mutable_hello();
    for (const auto& ref : running) *hello.mutable_hello()->add_running() = ref;
    if (end.handler) end.handler->OnMessage(hello);
    life_->RunUntilIdle();
    return end;
  }

  static PeerIdentity Peer(const std::string& node, const std::string& serial = "1") {
    return {"system:node:" + node, {"system:nodes"}, serial};
  }
  Result<std::shared_ptr<PayloadSource>> OpenPayload(const std::string& node, const Task& task,
                                                     std::int64_t attempt = 1) {
    v1::PayloadRequest request;
    *request.mutable_ref() = RefOf(task);
    request.mutable_ref()->set_attempt(attempt);
    request.set_offset(2);
    return hub_->OpenPayload(Peer(node), request);
  }
  ScratchFolder folder_;
  std::string revoked_ = "none";
  bool rotating_ = false;
  int exclusions_ = 0;
  CertificateAuthority authority_;
  std::unique_ptr<FakeExecutor> life_;
  std::unique_ptr<AgentHub> hub_;
};

TEST_F(AgentHubTest, ANodeWhoseCertificateIsRevokedIsOut) {
  const End end = Connect("a");
  EXPECT_FALSE(end.stream->closed);
  const int before = exclusions_;
  revoked_ = "1";  // what the fixture's certificates have
  const Value map = Object{{"apiVersion", "v1"},
                           {"kind", "ConfigMap"},
                           {"metadata", Object{{"name", "any"}, {"namespace", "default"}}}};
  writer_.Create(BuiltinKinds().FindByKind({"", "v1", "ConfigMap"}), map, {},
                 [](const Result<WriteOutcome>& outcome) { ASSERT_TRUE(outcome.ok()); });
  life_->RunUntilIdle();
  ASSERT_TRUE(end.stream->closed);
  EXPECT_EQ(end.stream->closed->reason(), StatusReason::kUnauthorized);
  const auto again = hub_->Accept({"system:node:a", {"system:nodes"}, "1"}, end.stream);
  EXPECT_EQ(again.status().reason(), StatusReason::kUnauthorized);
  EXPECT_GT(exclusions_, before);  // other doors are told
}

TEST_F(AgentHubTest, WhoseCertificateIsADroppedCasIsOut) {
  CreateNode("b");
  const End renewed = Connect("a");
  const End old = Connect("b");
  authority_ = NewAuthority(clock_);
  rotating_ = true;
  hub_->TellOfAuthority();
  life_->RunUntilIdle();
  v1::AgentMessage message;
  CertificateSubject subject;
  subject.common_name = "system:node:a";
  subject.organizations = {"system:nodes"};
  message.mutable_certificate_request()->set_csr_pem(
      Get(CreateSigningRequest(subject, Get(GenerateKey(KeySpec{})))));
  renewed.handler->OnMessage(message);
  life_->RunUntilIdle();
  EXPECT_FALSE(old.stream->closed);
  rotating_ = false;
  hub_->TellOfAuthority();
  life_->RunUntilIdle();
  EXPECT_FALSE(renewed.stream->closed);
  ASSERT_TRUE(old.stream->closed);
  EXPECT_EQ(old.stream->closed->reason(), StatusReason::kUnauthorized);
}

TEST_F(AgentHubTest, AnAgentIsWelcomedAndGetsItsTasks) {
  CreateTask("t");
  Bind("t", "a");
  const End end = Connect("a");
  EXPECT_EQ(end.stream->Take(v1::ServerMessage::kWelcome).size(), 1U);
  EXPECT_EQ(end.stream->TakeAssignments().size(), 1U);
}

TEST_F(AgentHubTest, OnlyNodesThatExistAreLetIn) {
  const auto stream = std::make_shared<FakeStream>();
  EXPECT_EQ(hub_->Accept({"admin", {"system:masters"}, "1"}, stream).status().reason(),
            StatusReason::kForbidden);
  const Status gone = hub_->Accept({"system:node:b", {"system:nodes"}, "1"}, stream).status();
  EXPECT_EQ(gone.reason(), StatusReason::kForbidden);
  EXPECT_NE(gone.message().find("was deleted"), std::string::npos);
}

TEST_F(AgentHubTest, ASecondSessionOfANodeReplacesTheFirst) {
  const End first = Connect("a");
  const End second = Connect("a");
  ASSERT_TRUE(first.stream->closed);
  EXPECT_EQ(first.stream->closed->reason(), StatusReason::kConflict);
  EXPECT_FALSE(second.stream->closed);
  first.handler->OnClosed();
  life_->RunUntilIdle();
  CreateTask("t");
  Bind("t", "a");
  life_->RunUntilIdle();
  EXPECT_EQ(second.stream->TakeAssignments().size(), 1U);
}

TEST_F(AgentHubTest, ADeletedNodesSessionIsClosed) {
  const End end = Connect("a");
  DeleteNode("a");
  life_->RunUntilIdle();
  ASSERT_TRUE(end.stream->closed);
  EXPECT_EQ(end.stream->closed->reason(), StatusReason::kForbidden);
  life_->Advance(seconds(10));  // no lease is left to end
  EXPECT_FALSE(grid_.ReadNode("a").ok());
}

TEST_F(AgentHubTest, ARestartedServerWaitsOneLeaseForItsNodes) {
  Connect("a");
  Restart();
  life_->Advance(seconds(4));
  EXPECT_EQ(ReadNode("a").status.lease->expired_time, "");
  life_->Advance(seconds(1));
  EXPECT_NE(ReadNode("a").status.lease->expired_time, "");
}

TEST_F(AgentHubTest, ANewLeaseDurationIsTakenFromTheSpec) {
  const End end = Connect("a");
  writer_.Update(
      BuiltinKinds().FindByKind({"noizy.dev", "v1", "Node"}), {"nodes.noizy.dev", "", "a"},
      Subresource::kNone,
      [](Value& node) -> Result<bool> {
        Set(node, {"spec", "leaseDurationSeconds"}, 60);
        return true;
      },
      {}, [](const Result<WriteOutcome>& outcome) { ASSERT_TRUE(outcome.ok()); });
  life_->RunUntilIdle();
  v1::AgentMessage heartbeat;
  heartbeat.mutable_heartbeat()->set_sequence(1);
  end.handler->OnMessage(heartbeat);
  life_->RunUntilIdle();
  EXPECT_EQ(end.stream->Take(v1::ServerMessage::kLease).at(0).lease().lease_duration_ms(), 60'000);
}

TEST_F(AgentHubTest, LogsGoWithTheirTask) {
  const Task task = CreateTask("t");
  const Task kept = CreateTask("kept");
  for (const Task* of : {&task, &kept})
    Get(hub_->logs().Append({of->metadata.uid, 1}, 0, "x\n", true));
  DeleteTask("t");
  RemoveFinalizer("t");
  life_->RunUntilIdle();
  EXPECT_EQ(hub_->logs().Uids(), std::vector<std::string>{kept.metadata.uid});
}

TEST_F(AgentHubTest, LogsOfTasksDeletedMeanwhileAreSweptAtTheStart) {
  const Task kept = CreateTask("kept");
  Get(hub_->logs().Append({kept.metadata.uid, 1}, 0, "x\n", true));
  Get(hub_->logs().Append({"11111111-2222-4333-8444-555555555555", 1}, 0, "x\n", true));
  Restart();
  EXPECT_EQ(hub_->logs().Uids(), std::vector<std::string>{kept.metadata.uid});
}

TEST_F(AgentHubTest, APayloadIsForNodesThatAreLetIn) {
  const Task task = CreatePayloadTask("t", "0123456789");
  Bind("t", "a");
  std::string piece;
  Get(OpenPayload("a", task))->Next([&](Result<std::string> read) { piece = Get(read); });
  life_->RunUntilIdle();
  EXPECT_EQ(piece, "23456789");
  CreateNode("b");
  EXPECT_EQ(OpenPayload("b", task).status().reason(), StatusReason::kForbidden);
  EXPECT_EQ(OpenPayload("nobody", task).status().reason(), StatusReason::kForbidden);
  revoked_ = "1";
  EXPECT_EQ(OpenPayload("a", task).status().reason(), StatusReason::kUnauthorized);
}

TEST_F(AgentHubTest, WhoIsShutOutMeanwhileGetsNoFurtherPieceOfAPayload) {
  const Task task = CreatePayloadTask("t", std::string(kPayloadPieceBytes * 2, 'x'));
  Bind("t", "a");
  const auto source = Get(OpenPayload("a", task));
  const auto next = [&] {
    Result<std::string> piece = Unavailable("nothing came");
    source->Next([&](Result<std::string> read) { piece = std::move(read); });
    life_->RunUntilIdle();
    return piece;
  };
  EXPECT_EQ(Get(next()).size(), kPayloadPieceBytes);
  revoked_ = "1";
  EXPECT_EQ(next().status().reason(), StatusReason::kUnauthorized);
  revoked_ = "none";
  ChangeTask("t", [&](TaskStatus& status) {
    status.attempts.back().finish_time = FormatMicroTime(clock_.Now());
  });
  EXPECT_EQ(next().status().reason(), StatusReason::kConflict);
}

TEST_F(AgentHubTest, APayloadGoesWithItsTask) {
  const Task task = CreatePayloadTask("t", "x");
  life_->RunUntilIdle();
  DeleteTask("t");
  RemoveFinalizer("t");
  life_->RunUntilIdle();
  EXPECT_FALSE(payloads_.Read(task.spec.payload_ref->sha256, 0, 1).ok());
}

TEST_F(AgentHubTest, FollowersOfALostAttemptAreReleased) {
  const Task task = CreateTask("t");
  Bind("t", "a");
  life_->RunUntilIdle();
  LogReader reader(hub_->logs(), {task.metadata.uid, 1}, {}, [] {});
  EXPECT_EQ(reader.Next(), "");
  EXPECT_FALSE(reader.ended());
  ChangeTask("t", [&](TaskStatus& status) {
    status.attempts.back().finish_time = FormatMicroTime(clock_.Now());
  });
  life_->Advance(seconds(6));
  EXPECT_EQ(reader.Next(), "");
  EXPECT_TRUE(reader.ended());
}

TEST_F(AgentHubTest, TokensAreMadeAndUsed) {
  v1::JoinRequest request;
  request.set_token(Get(hub_->CreateToken(std::chrono::hours(1), "")));
  request.set_node_name("new");
  request.set_csr_pem(Get(CreateSigningRequest({}, Get(GenerateKey(KeySpec{})))));
  EXPECT_TRUE(hub_->Join(request, "127.0.0.1:1").ok());
  const End end = Connect("new");
  EXPECT_EQ(end.stream->Take(v1::ServerMessage::kWelcome).size(), 1U);
}

}  // namespace
}  // namespace noizy::apiserver
