// The agents' room behind the real gRPC server, with a real thread: from the token to the end of a
// Task.
#include <thread>

#include "apiserver/agents/agent_hub.h"
#include "tests/unit/apiserver/agents/agents_fixture.h"

namespace noizy::apiserver {
namespace {

using std::chrono::hours;

constexpr std::chrono::seconds kPatience{20};

CertificateProfile ProfileNow(std::string name, std::vector<std::string> usages) {
  CertificateProfile profile;
  profile.subject.common_name = std::move(name);
  profile.not_before = RealClock::Instance().Now() - hours(1);
  profile.not_after = RealClock::Instance().Now() + hours(1000);
  profile.usages = std::move(usages);
  return profile;
}

class AgentGrpcTest : public AgentsTest {
 protected:
  AgentGrpcTest() {
    CertificateProfile ca = ProfileNow("noizy-ca", {"cert sign"});
    ca.is_ca = true;
    authority_ = Get(CreateAuthority(ca, KeySpec{}));
    CertificateProfile server = ProfileNow("noizy", {"digital signature", "server auth"});
    server.subject.ip_addresses = {"127.0.0.1"};
    TlsIdentity tls;
    tls.private_key_pem = Get(GenerateKey(KeySpec{}));
    tls.certificate_pem =
        Get(SignCertificate(authority_, server, Get(PublicKeyOf(tls.private_key_pem))));
    tls.ca_pem = authority_.certificate_pem;
    hub_ = std::make_unique<AgentHub>(
        AgentHubOptions{store_,
                        real_writer_,
                        thread_,
                        RealClock::Instance(),
                        SystemRandom::Instance(),
                        {[this] {
                          return NodeAuthority{authority_, authority_.certificate_pem};
                        }},
                        folder_.path(),
                        payloads_,
                        thread_,
                        SignedName});
    hub_->Start();
    GrpcServerOptions options;
    options.tls = tls;
    server_ = Get(GrpcServer::Start(options, *hub_));
    target_ = "127.0.0.1:" + std::to_string(server_->port());
  }
  ~AgentGrpcTest() override {
    server_->Stop(kPatience);
    thread_.Stop();
  }

  Result<TlsIdentity> Join(const std::string& token, const std::string& node) {
    TlsIdentity identity;
    identity.private_key_pem = Get(GenerateKey(KeySpec{}));
    v1::JoinRequest request;
    request.set_token(token);
    request.set_node_name(node);
    request.set_csr_pem(Get(CreateSigningRequest({}, identity.private_key_pem)));
    NOIZY_ASSIGN_OR_RETURN(
        const auto response,
        JoinGrid({target_, Get(PublicKeyHash(authority_.certificate_pem))}, request));
    identity.certificate_pem = response.certificate_pem();
    identity.ca_pem = response.ca_pem();
    return identity;
  }

  /// The next message of that kind, others skipped; fails the test when none comes.
  v1::ServerMessage Await(v1::ServerMessage::MessageCase kind) {
    const auto deadline = RealClock::Instance().Monotonic() + kPatience;
    MutexLock lock(mutex_);
    while (RealClock::Instance().Monotonic() < deadline) {
      while (!messages_.empty()) {
        v1::ServerMessage message = std::move(messages_.front());
        messages_.pop_front();
        if (message.message_case() == kind) return message;
      }
      came_.WaitFor(mutex_, std::chrono::milliseconds(100));
    }
    ADD_FAILURE() << "no message of kind " << kind;
    return {};
  }
  AgentSessionEvents Events() {
    return {[this](v1::ServerMessage message) {
              MutexLock lock(mutex_);
              messages_.push_back(std::move(message));
              came_.NotifyAll();
            },
            [](const Status&) {}};
  }

  ObjectWriter real_writer_{store_, RealClock::Instance(), SystemRandom::Instance()};
  ScratchFolder folder_;
  CertificateAuthority authority_;
  ThreadExecutor thread_;
  PayloadStore payloads_{folder_.path() + "/payloads", 1, [](const std::string&) {}};
  std::unique_ptr<AgentHub> hub_;
  std::unique_ptr<GrpcServer> server_;
  std::string target_;
  Mutex mutex_;
  CondVar came_;
  std::deque<v1::ServerMessage> messages_ NOIZY_GUARDED_BY(mutex_);
};

TEST_F(AgentGrpcTest, AMachineJoinsRunsATaskAndReportsItsEnd) {
  const std::string token = Get(hub_->CreateToken(hours(1), ""));
  const TlsIdentity identity = Get(Join(token, "hp-omen"));
  EXPECT_EQ(Join(token, "second").status().reason(), StatusReason::kUnauthorized);
  CreateTask("t");
  Bind("t", "hp-omen");

  const auto channel = Get(AgentChannel::Connect({target_, "", identity}));
  const auto session = channel->OpenSession(Events());
  v1::AgentMessage hello;
  hello.mutable_hello()->mutable_facts()->set_os("linux");
  session->Send(hello);
  EXPECT_EQ(Await(v1::ServerMessage::kWelcome).welcome().node_name(), "hp-omen");
  const v1::AttemptRef ref = Await(v1::ServerMessage::kAssignment).assignment().ref();
  EXPECT_EQ(ref.name(), "t");

  v1::AgentMessage heartbeat;
  heartbeat.mutable_heartbeat()->set_sequence(1);
  session->Send(heartbeat);
  EXPECT_EQ(Await(v1::ServerMessage::kLease).lease().sequence(), 1U);

  v1::AgentMessage log;
  *log.mutable_log()->mutable_ref() = ref;
  log.mutable_log()->set_data("2026-01-01T00:00:00.000000000Z stdout F hello\n");
  log.mutable_log()->set_end(true);
  session->Send(log);
  EXPECT_GT(Await(v1::ServerMessage::kLogAck).log_ack().offset(), 0);

  v1::AgentMessage report;
  *report.mutable_report()->mutable_ref() = ref;
  report.mutable_report()->set_sequence(9);
  report.mutable_report()->mutable_finished()->set_time_unix_ns(1'767'225'600'000'000'000);
  report.mutable_report()->mutable_finished()->set_reason("Completed");
  session->Send(report);
  const auto ack = Await(v1::ServerMessage::kReportAck).report_ack();
  EXPECT_EQ(ack.sequence(), 9U);
  EXPECT_FALSE(ack.refused());
  EXPECT_EQ(ReadTask("t").status.phase, "Succeeded");
}

TEST_F(AgentGrpcTest, WhatAnOldAttemptSaysLateLeavesNoTrace) {
  const auto connect = [this](const std::string& node) {
    const TlsIdentity identity = Get(Join(Get(hub_->CreateToken(hours(1), "")), node));
    auto channel = Get(AgentChannel::Connect({target_, "", identity}));
    auto session = channel->OpenSession(Events());
    v1::AgentMessage hello;
    hello.mutable_hello()->mutable_facts()->set_os("linux");
    session->Send(hello);
    Await(v1::ServerMessage::kWelcome);
    return std::pair(std::move(channel), std::move(session));
  };
  const auto old_node = connect("old-node");
  CreateTask("t");
  Bind("t", "old-node");
  const v1::AttemptRef old_attempt = Await(v1::ServerMessage::kAssignment).assignment().ref();
  const auto new_node = connect("new-node");
  ChangeTask("t", [](TaskStatus& status) {
    status.attempts.back().finish_time = FormatMicroTime(RealClock::Instance().Now());
  });
  Bind("t", "new-node");
  EXPECT_EQ(Await(v1::ServerMessage::kAssignment).assignment().ref().attempt(), 2);
  const Task before = ReadTask("t");

  const auto report = [&](const auto& session, const v1::AttemptRef& ref, std::uint64_t sequence) {
    v1::AgentMessage message;
    *message.mutable_report()->mutable_ref() = ref;
    message.mutable_report()->set_sequence(sequence);
    message.mutable_report()->mutable_finished()->set_reason("Completed");
    session->Send(message);
    return Await(v1::ServerMessage::kReportAck).report_ack();
  };
  const v1::ReportAck late = report(old_node.second, old_attempt, 1);
  EXPECT_TRUE(late.refused());
  EXPECT_NE(late.reason().find("fenced by attempt 2"), std::string::npos) << late.reason();
  // With the number of the attempt of now, which is another node's.
  v1::AttemptRef forged = old_attempt;
  forged.set_attempt(2);
  EXPECT_TRUE(report(old_node.second, forged, 2).refused());
  v1::AgentMessage log;
  *log.mutable_log()->mutable_ref() = forged;
  log.mutable_log()->set_data("forged\n");
  old_node.second->Send(log);
  EXPECT_TRUE(Await(v1::ServerMessage::kLogAck).log_ack().refused());
  EXPECT_EQ(hub_->logs().Size({forged.uid(), 2}), 0);
  EXPECT_EQ(ReadTask("t").metadata.resource_version, before.metadata.resource_version);
}

}  // namespace
}  // namespace noizy::apiserver
