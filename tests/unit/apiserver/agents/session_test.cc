#include "apiserver/agents/session.h"

#include "tests/unit/apiserver/agents/agents_fixture.h"

namespace noizy::apiserver {
namespace {

using std::chrono::seconds;

class SessionTest : public AgentsTest {
 protected:
  SessionTest() {
    CreateNode("a");
    assignments_.Start();
    executor_.RunUntilIdle();
  }

  struct End {
    std::shared_ptr<FakeStream> stream = std::make_shared<FakeStream>();
    std::shared_ptr<NodeSession> session;
  };
  End Connect(const std::string& node = "a") {
    End end;
    end.session = std::make_shared<NodeSession>(context_, node, "2a", end.stream,
                                                [this](NodeSession*) { ++closed_; });
    return end;
  }
  void Send(const End& end, const v1::AgentMessage& message) {
    end.session->OnMessage(message);
    executor_.RunUntilIdle();
  }
  static v1::AgentMessage Hello(const std::vector<v1::AttemptRef>& running = {}) {
    v1::AgentMessage message;
    message.mutable_hello()->mutable_facts()->set_os("linux");
    (*message.mutable_hello()->mutable_facts()->mutable_capacity())["cpu"] = "4";
    for (const auto& ref : running) *message.mutable_hello()->add_running() = ref;
    return message;
  }
  static v1::AgentMessage Heartbeat(std::uint64_t sequence, double cpu_percent = -1) {
    v1::AgentMessage message;
    message.mutable_heartbeat()->set_sequence(sequence);
    message.mutable_heartbeat()->set_sent_monotonic_ns(static_cast<std::int64_t>(sequence) * 1000);
    if (cpu_percent >= 0)
      message.mutable_heartbeat()->mutable_usage()->set_cpu_percent(cpu_percent);
    return message;
  }
  v1::AgentMessage Started(const v1::AttemptRef& ref, std::uint64_t sequence) {
    v1::AgentMessage message;
    *message.mutable_report()->mutable_ref() = ref;
    message.mutable_report()->set_sequence(sequence);
    message.mutable_report()->mutable_started()->set_time_unix_ns(UnixNanos());
    return message;
  }
  v1::AgentMessage Finished(const v1::AttemptRef& ref, std::uint64_t sequence, int exit_code = 0) {
    v1::AgentMessage message;
    *message.mutable_report()->mutable_ref() = ref;
    message.mutable_report()->set_sequence(sequence);
    message.mutable_report()->mutable_finished()->set_time_unix_ns(UnixNanos());
    message.mutable_report()->mutable_finished()->set_exit_code(exit_code);
    message.mutable_report()->mutable_finished()->set_reason(exit_code == 0 ? "Completed"
                                                                            : "Error");
    return message;
  }
  static v1::AgentMessage Chunk(const v1::AttemptRef& ref, std::int64_t offset,
                                const std::string& data) {
    v1::AgentMessage message;
    *message.mutable_log()->mutable_ref() = ref;
    message.mutable_log()->set_offset(offset);
    message.mutable_log()->set_data(data);
    return message;
  }
  static v1::ReportAck AckOf(const End& end) {
    const auto acks = end.stream->Take(v1::ServerMessage::kReportAck);
    EXPECT_EQ(acks.size(), 1U);
    return acks.empty() ? v1::ReportAck() : acks.back().report_ack();
  }
  static v1::LogAck LogAckOf(const End& end) {
    const auto acks = end.stream->Take(v1::ServerMessage::kLogAck);
    EXPECT_EQ(acks.size(), 1U);
    return acks.empty() ? v1::LogAck() : acks.back().log_ack();
  }
  v1::AttemptRef BoundTask(const std::string& name, const std::string& node = "a") {
    CreateTask(name);
    Bind(name, node);
    executor_.RunUntilIdle();
    return Ref(ReadTask(name), 1);
  }

  ScratchFolder folder_;
  LogStore logs_{folder_.path()};
  LeaseTable leases_{grid_, executor_, clock_};
  Assignments assignments_{
      grid_,
      executor_,
      clock_,
      {[](const Task&) {}, [this](const std::string& node) { return leases_.EpochOf(node); },
       SignedName, [](const std::string&) {}, [](const auto&) {}}};
  const CertificateAuthority authority_ = NewAuthority(clock_);
  Joiner joiner_{grid_, clock_, random_, {[this] {
                   return NodeAuthority{authority_, authority_.certificate_pem};
                 }}};
  const SessionContext context_{grid_,     leases_, assignments_,
                                logs_,     joiner_, [this] { return rotating_; },
                                executor_, clock_};
  bool rotating_ = false;
  int closed_ = 0;
};

TEST_F(SessionTest, HelloIsWrittenAndWelcomed) {
  const End end = Connect();
  Send(end, Hello());
  const auto welcome = end.stream->Take(v1::ServerMessage::kWelcome).at(0).welcome();
  EXPECT_EQ(welcome.node_name(), "a");
  EXPECT_EQ(welcome.lease_epoch(), 1);
  EXPECT_EQ(welcome.lease_duration_ms(), 4000);
  EXPECT_EQ(welcome.heartbeat_interval_ms(), 1000);
  EXPECT_EQ(ReadNode("a").status.node_info->os, "linux");
  EXPECT_EQ(ReadNode("a").status.capacity.at("cpu"), "4");
  EXPECT_TRUE(leases_.IsHeld("a"));
}

TEST_F(SessionTest, ANodeRenewsItsCertificateAndNobodyElses) {
  const End end = Connect();
  Send(end, Hello());
  const auto ask = [&](const std::string& name) {
    CertificateSubject subject;
    subject.common_name = "system:node:" + name;
    subject.organizations = {"system:nodes"};
    v1::AgentMessage message;
    message.mutable_certificate_request()->set_csr_pem(
        Get(CreateSigningRequest(subject, Get(GenerateKey(KeySpec{})))));
    Send(end, message);
    return end.stream->Take(v1::ServerMessage::kCertificate).at(0).certificate();
  };
  const v1::CertificateAnswer own = ask("a");
  EXPECT_EQ(own.refused(), "");
  EXPECT_TRUE(
      VerifyCertificate(own.certificate_pem(), own.ca_pem(), clock_.Now(), "client auth").ok());
  const v1::CertificateAnswer other = ask("b");
  EXPECT_EQ(other.refused(), "node a may ask for its own name alone");
  EXPECT_EQ(other.certificate_pem(), "");
  EXPECT_FALSE(end.stream->closed);
}

TEST_F(SessionTest, WhomToTrustIsToldToWhoConnectsDuringARotation) {
  const End before = Connect();
  Send(before, Hello());
  EXPECT_TRUE(before.stream->Take(v1::ServerMessage::kCertificate).empty());
  rotating_ = true;
  const End end = Connect();
  Send(end, Hello());
  const auto told = end.stream->Take(v1::ServerMessage::kCertificate);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].certificate().ca_pem(), authority_.certificate_pem);
  EXPECT_EQ(told[0].certificate().certificate_pem(), "");
}

TEST_F(SessionTest, SomethingElseFirstEndsTheSession) {
  const End end = Connect();
  Send(end, Heartbeat(1));
  EXPECT_EQ(end.stream->closed->reason(), StatusReason::kBadRequest);
  Send(end, Hello());
  EXPECT_TRUE(end.stream->sent.empty());
}

TEST_F(SessionTest, ANodeThatIsGoneIsToldToJoinAgain) {
  const End end = Connect("gone");
  Send(end, Hello());
  EXPECT_EQ(end.stream->closed->reason(), StatusReason::kForbidden);
  EXPECT_NE(end.stream->closed->message().find("join"), std::string::npos);
}

TEST_F(SessionTest, FactsThatAreInvalidEndTheSessionWithTheField) {
  const End end = Connect();
  v1::AgentMessage hello = Hello();
  (*hello.mutable_hello()->mutable_facts()->mutable_capacity())["cpu"] = "many";
  Send(end, hello);
  ASSERT_TRUE(end.stream->closed);
  EXPECT_EQ(end.stream->closed->reason(), StatusReason::kInvalid);
  EXPECT_NE(end.stream->closed->message().find("capacity"), std::string::npos);
}

TEST_F(SessionTest, AMachineThatIsSuspendedIsAsleepUntilItIsHeardAgain) {
  const End end = Connect();
  Send(end, Hello());
  v1::AgentMessage suspending;
  suspending.mutable_suspending();
  Send(end, suspending);
  EXPECT_EQ(ReadNode("a").status.lease->asleep_time, FormatTime(clock_.Now()));
  Send(end, Heartbeat(1));
  EXPECT_EQ(ReadNode("a").status.lease->asleep_time, "") << "it was woken before it slept";
  Send(end, suspending);
  const End next = Connect();
  Send(next, Hello());
  EXPECT_EQ(ReadNode("a").status.lease->asleep_time, "");
}

TEST_F(SessionTest, AMachineThatSleptTellsHowLong) {
  v1::AgentMessage hello = Hello();
  hello.mutable_hello()->set_suspended_ns(5'000'000'000);
  Send(Connect(), hello);
  EXPECT_FALSE(ReadNode("a").status.lease->slept_seconds);
  hello.mutable_hello()->set_suspended_ns(65'500'000'000);
  Send(Connect(), hello);
  EXPECT_EQ(ReadNode("a").status.lease->slept_seconds, 60);
  Send(Connect(), hello);
  EXPECT_FALSE(ReadNode("a").status.lease->slept_seconds);
}

TEST_F(SessionTest, HeartbeatsAreAnsweredWithWhatTheySaid) {
  const End end = Connect();
  Send(end, Hello());
  Send(end, Heartbeat(7));
  const auto lease = end.stream->Take(v1::ServerMessage::kLease).at(0).lease();
  EXPECT_EQ(lease.sequence(), 7U);
  EXPECT_EQ(lease.sent_monotonic_ns(), 7000);
  EXPECT_EQ(lease.lease_duration_ms(), 4000);
  EXPECT_EQ(lease.lease_epoch(), 1);
}

TEST_F(SessionTest, WhatComesWhileGreetingWaits) {
  const End end = Connect();
  end.session->OnMessage(Hello());
  end.session->OnMessage(Heartbeat(1));
  end.session->OnMessage(Heartbeat(2));
  executor_.RunUntilIdle();
  ASSERT_EQ(end.stream->sent.size(), 3U);
  EXPECT_TRUE(end.stream->sent[0].has_welcome());
  EXPECT_EQ(end.stream->sent[2].lease().sequence(), 2U);
}

TEST_F(SessionTest, AnAgentThatDoesNotWaitForItsWelcomeIsCut) {
  const End end = Connect();
  store_.SetHealth(Unavailable("disk full"));
  end.session->OnMessage(Hello());
  for (std::uint64_t i = 0; i < 65; ++i) end.session->OnMessage(Heartbeat(i));
  executor_.RunUntilIdle();
  ASSERT_TRUE(end.stream->closed);
  EXPECT_EQ(end.stream->closed->reason(), StatusReason::kBadRequest);
}

TEST_F(SessionTest, WhatANodeOffersMayChange) {
  const End end = Connect();
  Send(end, Hello());
  v1::AgentMessage message;
  message.mutable_offer()->add_capabilities("model/llama3");
  message.mutable_offer()->add_capabilities("ai_inference");
  Send(end, message);
  EXPECT_EQ(ReadNode("a").status.capabilities,
            (std::vector<std::string>{"ai_inference", "model/llama3"}));
  const std::string version = ReadNode("a").metadata.resource_version;
  Send(end, message);
  EXPECT_EQ(ReadNode("a").metadata.resource_version, version);
}

TEST_F(SessionTest, UsageIsWrittenSeldomAndOnlyWhenItIsNews) {
  const End end = Connect();
  Send(end, Hello());
  Send(end, Heartbeat(1, 10));
  EXPECT_EQ(ReadNode("a").status.usage->cpu_percent, 10);
  Send(end, Heartbeat(2, 90));
  EXPECT_EQ(ReadNode("a").status.usage->cpu_percent, 10);  // too soon
  const auto revision = store_.Revision();
  for (int i = 3; i < 23; ++i) {
    executor_.Advance(seconds(1));
    Send(end, Heartbeat(static_cast<std::uint64_t>(i), 11));
  }
  EXPECT_EQ(store_.Revision(), revision);  // no news
  Send(end, Heartbeat(30, 90));
  EXPECT_EQ(ReadNode("a").status.usage->cpu_percent, 90);
  EXPECT_EQ(store_.Revision(), revision + 1);
}

TEST_F(SessionTest, ReportsAreWrittenAndAcknowledged) {
  const End end = Connect();
  Send(end, Hello());
  const v1::AttemptRef ref = BoundTask("t");
  EXPECT_EQ(end.stream->TakeAssignments().size(), 1U);
  Send(end, Started(ref, 1));
  EXPECT_EQ(AckOf(end).sequence(), 1U);
  EXPECT_EQ(ReadTask("t").status.phase, "Running");
  Send(end, Finished(ref, 2));
  const v1::ReportAck ack = AckOf(end);
  EXPECT_EQ(ack.sequence(), 2U);
  EXPECT_FALSE(ack.refused());
  EXPECT_EQ(ReadTask("t").status.phase, "Succeeded");
  EXPECT_TRUE(end.stream->TakeCancellations().empty());
}

TEST_F(SessionTest, AReportThatCameTwiceIsAcknowledgedTwiceAndWrittenOnce) {
  const End end = Connect();
  Send(end, Hello());
  const v1::AttemptRef ref = BoundTask("t");
  const v1::AgentMessage finished = Finished(ref, 2, 5);
  Send(end, finished);
  EXPECT_FALSE(AckOf(end).refused());
  const auto revision = store_.Revision();
  Send(end, finished);
  EXPECT_FALSE(AckOf(end).refused());
  EXPECT_EQ(store_.Revision(), revision);
}

TEST_F(SessionTest, ReportsOfFencedForeignAndUnknownAttemptsAreRefused) {
  const End end = Connect();
  Send(end, Hello());
  const v1::AttemptRef foreign = BoundTask("foreign", "b");
  Send(end, Finished(foreign, 1));
  EXPECT_TRUE(AckOf(end).refused());
  const v1::AttemptRef fenced = BoundTask("fenced");
  ChangeTask("fenced", [&](TaskStatus& status) {
    status.attempts.back().finish_time = FormatMicroTime(clock_.Now());
  });
  Bind("fenced", "b");
  executor_.RunUntilIdle();
  Send(end, Finished(fenced, 2));
  const v1::ReportAck ack = AckOf(end);
  EXPECT_TRUE(ack.refused());
  EXPECT_NE(ack.reason().find("fenced by attempt 2"), std::string::npos);
  v1::AttemptRef unknown = fenced;
  unknown.set_name("nothing");
  Send(end, Finished(unknown, 3));
  EXPECT_TRUE(AckOf(end).refused());
  EXPECT_EQ(ReadTask("foreign").status.phase, "Scheduled");
}

TEST_F(SessionTest, AReportIsNotAcknowledgedBeforeItIsDurable) {
  const End end = Connect();
  Send(end, Hello());
  const v1::AttemptRef ref = BoundTask("t");
  store_.SetHealth(Unavailable("disk full"));
  Send(end, Finished(ref, 1));
  EXPECT_TRUE(end.stream->Take(v1::ServerMessage::kReportAck).empty());
  executor_.Advance(seconds(3));
  store_.SetHealth(Status::Ok());
  executor_.Advance(seconds(1));
  EXPECT_FALSE(AckOf(end).refused());
  EXPECT_EQ(ReadTask("t").status.phase, "Succeeded");
}

TEST_F(SessionTest, LogsOfCurrentAttemptsAreKeptOthersRefused) {
  const End end = Connect();
  Send(end, Hello());
  const v1::AttemptRef ref = BoundTask("t");
  Send(end, Chunk(ref, 0, "one\n"));
  EXPECT_EQ(LogAckOf(end).offset(), 4);
  Send(end, Chunk(ref, 9, "gap\n"));
  EXPECT_EQ(LogAckOf(end).offset(), 4);
  EXPECT_EQ(logs_.Read({ref.uid(), 1}, 0, 100), "one\n");
  Send(end, Finished(ref, 1));
  Send(end, Chunk(ref, 4, "last words\n"));  // output may trail the end
  EXPECT_EQ(LogAckOf(end).offset(), 15);
  v1::AttemptRef other = ref;
  other.set_attempt(2);
  Send(end, Chunk(other, 0, "x"));
  EXPECT_TRUE(LogAckOf(end).refused());
  const v1::AttemptRef foreign = BoundTask("foreign", "b");
  Send(end, Chunk(foreign, 0, "x"));
  EXPECT_TRUE(LogAckOf(end).refused());
  EXPECT_EQ(logs_.Size({foreign.uid(), 1}), 0);
}

TEST_F(SessionTest, ANewSessionGoesOnWhereTheLogsStopped) {
  const End first = Connect();
  Send(first, Hello());
  const v1::AttemptRef ref = BoundTask("t");
  Send(first, Chunk(ref, 0, "one\n"));
  first.session->OnClosed();
  const End second = Connect();
  Send(second, Hello({ref}));
  EXPECT_EQ(LogAckOf(second).offset(), 4);
  EXPECT_TRUE(second.stream->TakeAssignments().empty());
  EXPECT_EQ(second.stream->Take(v1::ServerMessage::kWelcome).at(0).welcome().lease_epoch(), 2);
}

TEST_F(SessionTest, AnAgentThatFloodsIsCut) {
  const End end = Connect();
  Send(end, Hello());
  const v1::AttemptRef ref = BoundTask("t");
  const v1::AgentMessage chunk = Chunk(ref, 0, std::string(1 << 20, 'x'));
  for (int i = 0; i < 31; ++i) end.session->OnMessage(chunk);
  EXPECT_FALSE(end.stream->closed);
  for (int i = 0; i < 2; ++i) end.session->OnMessage(chunk);
  ASSERT_TRUE(end.stream->closed);
  EXPECT_EQ(end.stream->closed->reason(), StatusReason::kTooManyRequests);
}

TEST_F(SessionTest, TheEndIsTold) {
  const End end = Connect();
  Send(end, Hello());
  end.session->OnClosed();
  executor_.RunUntilIdle();
  EXPECT_EQ(closed_, 1);
  BoundTask("t");
  EXPECT_TRUE(end.stream->TakeAssignments().empty());
  EXPECT_TRUE(leases_.IsHeld("a"));  // the lease outlives the connection
}

}  // namespace
}  // namespace noizy::apiserver
