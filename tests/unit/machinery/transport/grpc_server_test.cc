#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <array>

#include "tests/unit/machinery/transport/grpc_fixture.h"

namespace noizy {
namespace {

class GrpcServerTest : public testing::Test {
 protected:
  TestGrid grid_;
  EchoService service_;
  std::unique_ptr<GrpcServer> server_ = StartServer(service_, grid_.ServerIdentity());
};

// What a shell command printed, stderr included.
std::string Shell(const std::string& command) {
  std::string output;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");  // NOLINT(cert-env33-c)
  std::array<char, 4096> buffer{};
  while (const size_t size = fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), size);
  }
  pclose(pipe);
  return output;
}

std::shared_ptr<grpc::Channel> RawChannel(std::uint16_t port, const TlsIdentity& tls) {
  return grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(port),
      grpc::SslCredentials({tls.ca_pem, tls.private_key_pem, tls.certificate_pem}));
}

grpc::ByteBuffer Bytes(std::string_view text) {
  grpc::Slice slice(text.data(), text.size());
  return {&slice, 1};
}

std::string TextOf(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.Valid() || !buffer.DumpToSingleSlice(&slice).ok()) return {};
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

// The code, or the answer's bytes, of a unary call made without generated code.
std::string RawCall(std::uint16_t port, const TlsIdentity& tls, const std::string& method,
                    std::string_view request) {
  grpc::GenericStub stub(RawChannel(port, tls));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  grpc::ByteBuffer answer;
  const grpc::ByteBuffer body = Bytes(request);
  Inbox<grpc::Status> done;
  stub.UnaryCall(&context, method, grpc::StubOptions(), &body, &answer,
                 [&](grpc::Status status) { done.Put(std::move(status)); });
  const grpc::Status status = done.Take();
  return status.ok() ? TextOf(answer) : "code " + std::to_string(status.error_code());
}

constexpr const char* kHealthCheck = "/grpc.health.v1.Health/Check";

TEST_F(GrpcServerTest, HealthIsWhatWasSetForTheServerAndItsService) {
  const TlsIdentity tls = grid_.NodeIdentity("probe");
  const std::string ours("\x0a\x12noizy.v1.NodeAgent");
  EXPECT_EQ(RawCall(server_->port(), tls, kHealthCheck, ""), "\x08\x01");  // SERVING
  EXPECT_EQ(RawCall(server_->port(), tls, kHealthCheck, ours), "\x08\x01");
  server_->SetServing(false);
  EXPECT_EQ(RawCall(server_->port(), tls, kHealthCheck, ""), "\x08\x02");
  EXPECT_EQ(RawCall(server_->port(), tls, kHealthCheck, ours), "\x08\x02");
  server_->SetServing(true);
  EXPECT_EQ(RawCall(server_->port(), tls, kHealthCheck, ours), "\x08\x01");
  EXPECT_EQ(RawCall(server_->port(), tls, kHealthCheck, "\x0a\x01x"), "code 5");  // NOT_FOUND
}

TEST_F(GrpcServerTest, ReflectionListsTheServices) {
  grpc::GenericStub stub(RawChannel(server_->port(), grid_.NodeIdentity("probe")));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  grpc::CompletionQueue queue;
  const auto next = [&] {
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return ok;
  };
  const auto stream = stub.PrepareCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  stream->StartCall(nullptr);
  ASSERT_TRUE(next());
  stream->Write(Bytes("\x3a\x01*"), nullptr);  // list_services
  ASSERT_TRUE(next());
  grpc::ByteBuffer answer;
  stream->Read(&answer, nullptr);
  ASSERT_TRUE(next());
  for (const char* service : {"noizy.v1.NodeAgent", "grpc.health.v1.Health",
                              "grpc.reflection.v1alpha.ServerReflection"}) {
    EXPECT_NE(TextOf(answer).find(service), std::string::npos) << service;
  }
  context.TryCancel();
}

TEST_F(GrpcServerTest, EverythingButJoinNeedsACertificate) {
  TlsIdentity anonymous;
  anonymous.ca_pem = grid_.ca_pem();
  for (const char* method :
       {kHealthCheck, "/noizy.v1.NodeAgent/Session", "/noizy.v1.NodeAgent/JoinX"}) {
    EXPECT_EQ(RawCall(server_->port(), anonymous, method, ""), "code 16") << method;
  }
  EXPECT_EQ(RawCall(server_->port(), anonymous, "/noizy.v1.NodeAgent/Join", ""),
            "\x0a\x10"
            "certificate for ");
  EXPECT_EQ(service_.sessions.size(), 0U);
}

TEST_F(GrpcServerTest, OnlyTls13IsSpoken) {
  const std::string connect =
      "openssl s_client -alpn h2 -connect 127.0.0.1:" + std::to_string(server_->port()) +
      " </dev/null";
  EXPECT_NE(Shell(connect + " -tls1_3").find("New, TLSv1.3"), std::string::npos);
  const std::string old = Shell(connect + " -tls1_2");
  EXPECT_NE(old.find("Cipher is (NONE)"), std::string::npos) << old;
}

TEST_F(GrpcServerTest, TheChainEndsInTheCa) {
  const std::string text = Shell("openssl s_client -showcerts -alpn h2 -connect 127.0.0.1:" +
                                 std::to_string(server_->port()) + " </dev/null");
  const auto chain = Get(SplitCertificates(text));
  ASSERT_GE(chain.size(), 2U);
  EXPECT_EQ(chain[1], grid_.ca_pem());
}

TEST_F(GrpcServerTest, AMessageAboveTheLimitEndsTheSession) {
  AgentEnd agent = OpenSession(server_->port(), grid_.NodeIdentity("a"),
                               [](auto& options) { options.max_message_bytes = 64 << 20; });
  agent.session->Send(Chunk(std::string(5 << 20, 'x')));
  EXPECT_EQ(agent.closed->Take().reason(), StatusReason::kTooManyRequests);
  EXPECT_EQ(service_.sessions.Take()->closed.Take(), 1);
}

TEST_F(GrpcServerTest, TheRefusalOfASessionIsPassedOn) {
  server_->Stop(std::chrono::milliseconds(0));
  service_.refusal = Forbidden("the Node \"a\" was deleted");
  server_ = StartServer(service_, grid_.ServerIdentity());
  const AgentEnd agent = OpenSession(server_->port(), grid_.NodeIdentity("a"));
  const Status status = agent.closed->Take();
  EXPECT_EQ(status.reason(), StatusReason::kForbidden);
  EXPECT_EQ(status.message(), "the Node \"a\" was deleted");
}

TEST_F(GrpcServerTest, StoppingTellsEverySessionWhy) {
  std::vector<AgentEnd> agents;
  std::vector<std::shared_ptr<ServerSession>> seen;
  for (int i = 0; i < 5; ++i) {
    agents.push_back(OpenSession(server_->port(), grid_.NodeIdentity("n" + std::to_string(i))));
    seen.push_back(service_.sessions.Take());
  }
  server_->Stop(kPatience);
  for (const auto& session : seen) EXPECT_EQ(session->closed.size(), 1U);
  for (const auto& agent : agents) {
    const Status status = agent.closed->Take();
    EXPECT_EQ(status.reason(), StatusReason::kServiceUnavailable);
    EXPECT_NE(status.message().find("stopping"), std::string::npos) << status.message();
  }
  server_->Stop(kPatience);
}

TEST_F(GrpcServerTest, AHundredSessionsLiveBesideEachOther) {
  constexpr int kSessions = 100;
  const TlsIdentity tls = grid_.NodeIdentity("many");
  std::vector<AgentEnd> agents;
  for (int i = 0; i < kSessions; ++i) agents.push_back(OpenSession(server_->port(), tls));
  for (int i = 0; i < kSessions; ++i)
    agents[static_cast<std::size_t>(i)].session->Send(Chunk(std::to_string(i)));
  for (int i = 0; i < kSessions; ++i) {
    EXPECT_EQ(agents[static_cast<std::size_t>(i)].messages->Take().assignment().payload(),
              std::to_string(i));
  }
  for (auto& agent : agents) agent.session->Close();
  for (int i = 0; i < kSessions; ++i) EXPECT_EQ(service_.sessions.Take()->closed.Take(), 1);
}

TEST_F(GrpcServerTest, ATakenPortIsAnErrorThatNamesIt) {
  GrpcServerOptions options;
  options.tls = grid_.ServerIdentity();
  options.port = server_->port();
  const auto second = GrpcServer::Start(options, service_);
  EXPECT_EQ(second.status().reason(), StatusReason::kServiceUnavailable);
  EXPECT_NE(second.status().message().find("127.0.0.1:" + std::to_string(server_->port())),
            std::string::npos);
}

TEST_F(GrpcServerTest, CertificatesThatAreNoneAreRefusedAtTheStart) {
  GrpcServerOptions options;
  EXPECT_EQ(GrpcServer::Start(options, service_).status().reason(), StatusReason::kBadRequest);
  options.tls = grid_.ServerIdentity();
  options.tls.private_key_pem = Get(GenerateKey(KeySpec{}));
  EXPECT_FALSE(GrpcServer::Start(options, service_).ok());
}

TEST_F(GrpcServerTest, AVanishedAgentIsNoticedAtOnce) {
  Wire wire(server_->port());
  AgentEnd agent = OpenSession(wire.port(), grid_.NodeIdentity("a"));
  const auto seen = service_.sessions.Take();
  wire.Cut();
  EXPECT_EQ(seen->closed.Take(), 1);
  EXPECT_EQ(agent.closed->Take().reason(), StatusReason::kServiceUnavailable);
}

TEST(GrpcServer, ASilentWireIsNoticedByBothSidesKeepalive) {
  const TestGrid grid;
  EchoService service;
  const auto fast = [](auto& options) {
    options.keepalive_interval = std::chrono::milliseconds(200);
    options.keepalive_timeout = std::chrono::milliseconds(200);
  };
  const auto server = StartServer(service, grid.ServerIdentity(), fast);
  Wire wire(server->port());
  AgentEnd agent = OpenSession(wire.port(), grid.NodeIdentity("a"), fast);
  const auto seen = service.sessions.Take();
  // Many pings long the idle session stays: neither side takes the other's pings for abuse.
  EXPECT_EQ(agent.closed->size(), 0U);
  agent.session->Send(Chunk("still here"));
  EXPECT_EQ(agent.messages->Take().assignment().payload(), "still here");
  wire.Freeze();
  EXPECT_EQ(seen->closed.Take(), 1);
  EXPECT_EQ(agent.closed->Take().reason(), StatusReason::kServiceUnavailable);
}

}  // namespace
}  // namespace noizy
