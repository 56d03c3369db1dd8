// The agent's program against a real gRPC server on loopback.
#include "nodeagent/program.h"

#include <unistd.h>

#include <csignal>

#include "machinery/transport/agent_transport.h"
#include "tests/unit/nodeagent/drivers/task_bench.h"
#include "tests/unit/nodeagent/inference/loopback_models.h"
#include "tests/unit/nodeagent/test_authority.h"

namespace noizy::nodeagent {
namespace {

TEST(DefaultNodeNameTest, MakesAnRfc1123Name) {
  EXPECT_EQ(DefaultNodeName("HP-Omen.local"), "hp-omen.local");
  EXPECT_EQ(DefaultNodeName("my_host"), "my-host");
  EXPECT_EQ(DefaultNodeName("--a..b--"), "a.b");
  EXPECT_EQ(DefaultNodeName("日本"), "node");
  EXPECT_EQ(DefaultNodeName(""), "node");
  EXPECT_EQ(DefaultNodeName(std::string(100, 'x')), std::string(52, 'x'));
}

class ResolveIdentityTest : public testing::Test {
 protected:
  Result<NodeIdentity> Resolve() {
    return ResolveIdentity(
        options_,
        [this](const JoinOptions&, const v1::JoinRequest& request) -> Result<v1::JoinResponse> {
          ++joins_;
          return authority_.Answer(request);
        },
        clock_);
  }
  // Options of a start after the join.
  void ForgetJoin() {
    options_ = {};
    options_.data_dir = scratch_.path();
  }
  void SetUp() override {
    options_.data_dir = scratch_.path();
    options_.node_name = "node-1";
    options_.server = "host:1";
    options_.token = "token";
    options_.ca_hash = authority_.hash();
  }

  FakeClock clock_;
  TestAuthority authority_{clock_};
  ScratchFolder scratch_;
  AgentProgramOptions options_;
  int joins_ = 0;
};

TEST_F(ResolveIdentityTest, JoinsOnceAndRemembers) {
  ASSERT_TRUE(Resolve().ok());
  ForgetJoin();
  const auto again = Resolve();
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(again->node_name, "node-1");
  EXPECT_EQ(again->server, "host:1");
  EXPECT_EQ(joins_, 1);
}

TEST_F(ResolveIdentityTest, SaysWhatTheFirstStartNeeds) {
  ForgetJoin();
  EXPECT_NE(Resolve().status().message().find("--join"), std::string::npos);
  options_.server = "host:1";
  EXPECT_NE(Resolve().status().message().find("--token"), std::string::npos);
  options_.token = "t";
  EXPECT_NE(Resolve().status().message().find("--ca-hash"), std::string::npos);
  EXPECT_EQ(joins_, 0);
}

TEST_F(ResolveIdentityTest, NewAddressIsRememberedAndOtherNamesAreRefused) {
  ASSERT_TRUE(Resolve().ok());
  options_.server = "host:2";
  EXPECT_EQ(Resolve()->server, "host:2");
  ForgetJoin();
  EXPECT_EQ(Resolve()->server, "host:2");
  options_.node_name = "other";
  EXPECT_EQ(Resolve().status().reason(), StatusReason::kBadRequest);
}

TEST_F(ResolveIdentityTest, AnotherGridsCaIsRefused) {
  ASSERT_TRUE(Resolve().ok());
  options_.ca_hash = "sha256:" + std::string(64, '0');
  EXPECT_EQ(Resolve().status().reason(), StatusReason::kUnauthorized);
}

TEST_F(ResolveIdentityTest, CertificateThatRanOutWantsANewToken) {
  ASSERT_TRUE(Resolve().ok());
  clock_.Advance(std::chrono::hours(25));
  const AgentProgramOptions with_token = options_;
  ForgetJoin();
  EXPECT_EQ(Resolve().status().reason(), StatusReason::kUnauthorized);
  options_ = with_token;
  EXPECT_TRUE(Resolve().ok());
  EXPECT_EQ(joins_, 2);
}

// A control plane that takes everything and gives the first session one Task.
class OneTaskPlane final : public AgentService {
 public:
  OneTaskPlane(const TestAuthority& authority, v1::Assignment task)
      : authority_(authority), task_(std::move(task)) {}

  Result<v1::JoinResponse> Join(const v1::JoinRequest& request, const std::string&) override {
    if (request.token() != "right") return Unauthorized("no such token");
    return authority_.Answer(request);
  }
  Result<std::shared_ptr<AgentSessionHandler>> Accept(
      const PeerIdentity& peer, std::shared_ptr<AgentStream> stream) override {
    MutexLock lock(mutex_);
    peer_ = peer.common_name;
    return std::shared_ptr<AgentSessionHandler>(
        std::make_shared<Handler>(*this, std::move(stream)));
  }
  Result<std::shared_ptr<PayloadSource>> OpenPayload(const PeerIdentity&,
                                                     const v1::PayloadRequest&) override {
    return Forbidden("it has none");
  }
  // The end of the task; waits up to a minute.
  std::optional<v1::Finished> AwaitEnd() {
    MutexLock lock(mutex_);
    while (!end_ && changed_.WaitFor(mutex_, std::chrono::minutes(1))) {
    }
    return end_;
  }
  // The model servers' requests as heartbeats tell them, once they are not 0; waits up to a minute.
  int AwaitModelRequests() {
    MutexLock lock(mutex_);
    while (model_requests_ == 0 && changed_.WaitFor(mutex_, std::chrono::minutes(1))) {
    }
    return model_requests_;
  }
  std::string peer() {
    MutexLock lock(mutex_);
    return peer_;
  }

 private:
  class Handler final : public AgentSessionHandler {
   public:
    Handler(OneTaskPlane& plane, std::shared_ptr<AgentStream> stream)
        : plane_(plane), stream_(std::move(stream)) {}
    void OnMessage(v1::AgentMessage message) override {
      v1::ServerMessage answer;
      if (message.has_hello()) {
        answer.mutable_welcome()->set_heartbeat_interval_ms(1000);
        stream_->Send(answer);
        v1::ServerMessage assignment;
        *assignment.mutable_assignment() = plane_.task_;
        stream_->Send(assignment);
      } else if (message.has_report()) {
        answer.mutable_report_ack()->set_sequence(message.report().sequence());
        stream_->Send(answer);
        plane_.OnReport(message.report());
      } else if (message.has_heartbeat()) {
        plane_.OnHeartbeat(message.heartbeat());
      }
    }
    void OnClosed() override {}

   private:
    OneTaskPlane& plane_;
    const std::shared_ptr<AgentStream> stream_;
  };

  void OnHeartbeat(const v1::Heartbeat& heartbeat) {
    MutexLock lock(mutex_);
    model_requests_ = heartbeat.usage().model_requests();
    if (model_requests_ != 0) changed_.NotifyAll();
  }

  void OnReport(const v1::TaskReport& report) {
    MutexLock lock(mutex_);
    if (report.has_finished()) end_ = report.finished();
    changed_.NotifyAll();
  }

  const TestAuthority& authority_;
  const v1::Assignment task_;
  Mutex mutex_;
  CondVar changed_;
  std::string peer_ NOIZY_GUARDED_BY(mutex_);
  std::optional<v1::Finished> end_ NOIZY_GUARDED_BY(mutex_);
  int model_requests_ NOIZY_GUARDED_BY(mutex_) = 0;
};

class AgentProgramTest : public testing::Test {
 protected:
  AgentProgramTest() {
    GrpcServerOptions server;
    server.tls = authority_.Server();
    server_ = *GrpcServer::Start(std::move(server), plane_);
    options_.data_dir = scratch_ / "agent";
    options_.node_name = "node-1";
    options_.server = "127.0.0.1:" + std::to_string(server_->port());
    options_.token = "right";
    options_.ca_hash = authority_.hash();
    options_.supervisor_command = TestSupervisorCommand();
  }
  ~AgentProgramTest() override { server_->Stop(std::chrono::milliseconds(100)); }

  TestAuthority authority_{RealClock::Instance()};
  OneTaskPlane plane_{authority_, ShellTask("echo \"$NOIZY_NODE_NAME\"; exit 7")};
  std::unique_ptr<GrpcServer> server_;
  ScratchFolder scratch_;
  AgentProgramOptions options_;
};

TEST_F(AgentProgramTest, JoinsRunsATaskAndStartsAgainWithoutAToken) {
  EXPECT_FALSE(HasIdentity(options_.data_dir));
  auto program = AgentProgram::Start(options_);
  ASSERT_TRUE(program.ok()) << program.status().ToString();
  const auto end = plane_.AwaitEnd();
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->result(), "node-1\n");
  EXPECT_EQ(end->exit_code(), 7);
  EXPECT_EQ(plane_.peer(), "system:node:node-1");
  (*program)->Stop();
  (*program)->Stop();

  EXPECT_TRUE(HasIdentity(options_.data_dir));
  AgentProgramOptions bare;
  bare.data_dir = options_.data_dir;
  bare.supervisor_command = options_.supervisor_command;
  const auto again = AgentProgram::Start(bare);
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ((*again)->node_name(), "node-1");
}

TEST_F(AgentProgramTest, HeartbeatsTellWhatTheModelServerHasToDo) {
  LoopbackModels models;
  models.SetPage("/metrics", "vllm:num_requests_running 2\nvllm:num_requests_waiting 1\n");
  options_.model_server = models.url();
  const auto program = AgentProgram::Start(options_);
  ASSERT_TRUE(program.ok()) << program.status().ToString();
  EXPECT_EQ(plane_.AwaitModelRequests(), 3);
}

TEST_F(AgentProgramTest, WrongTokenIsSaid) {
  options_.token = "wrong";
  const Status refused = AgentProgram::Start(options_).status();
  EXPECT_NE(refused.message().find("no such token"), std::string::npos) << refused.ToString();
  EXPECT_FALSE(HasIdentity(options_.data_dir));
}

TEST_F(AgentProgramTest, TwoAgentsDoNotShareAFolder) {
  const auto first = AgentProgram::Start(options_);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(AgentProgram::Start(options_).status().reason(), StatusReason::kConflict);
}

// RunAgent owns a process's signals, so it gets a process: this very test program again (see main
// in agent_tasks_test.cc).
TEST_F(AgentProgramTest, RunsUntilSigterm) {
  { ASSERT_TRUE(AgentProgram::Start(options_).ok()); }
  ProcessSpec spec;
  spec.argv = {SelfExecutable(), "run-agent", options_.data_dir};
  spec.env = {"PATH=/usr/bin:/bin"};
  const auto process = Process::Spawn(spec);
  ASSERT_TRUE(process.ok()) << process.status().ToString();
  // Its lock on the folder shows that it is up.
  for (int i = 0; i < 30'000 && FileLock::TryAcquire(options_.data_dir + "/lock").ok(); ++i) {
    AwaitReadable({}, std::chrono::milliseconds(1));
  }
  ASSERT_TRUE(process->Signal(SIGTERM).ok());
  ASSERT_TRUE(AwaitReadable(std::array{process->exit_fd()}, std::chrono::seconds(60))[0]);
  EXPECT_EQ(process->TryWait().ValueOr({}), ExitStatus{});
}

}  // namespace
}  // namespace noizy::nodeagent
