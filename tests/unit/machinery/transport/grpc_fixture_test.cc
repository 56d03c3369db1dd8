// The bodies of grpc_fixture.h, which every test of this program may use.
#include "tests/unit/machinery/transport/grpc_fixture.h"

#include <arpa/inet.h>
#include <gtest/gtest-spi.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace noizy {
namespace {

class EchoHandler final : public AgentSessionHandler {
 public:
  EchoHandler(EchoService& service, std::shared_ptr<ServerSession> session)
      : service_(service), session_(std::move(session)) {}

  void OnMessage(v1::AgentMessage message) override {
    if (service_.echo && message.has_log()) {
      v1::ServerMessage answer;
      answer.mutable_assignment()->set_payload(message.log().data());
      session_->stream->Send(std::move(answer));
    }
    session_->messages.Put(std::move(message));
  }
  void OnClosed() override { session_->closed.Put(1); }

 private:
  EchoService& service_;
  std::shared_ptr<ServerSession> session_;
};

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

}  // namespace

CertificateProfile ProfileNow(std::string common_name, std::vector<std::string> usages) {
  CertificateProfile profile;
  profile.subject.common_name = std::move(common_name);
  profile.not_before = RealClock::Instance().Now() - std::chrono::minutes(5);
  profile.not_after = profile.not_before + std::chrono::hours(24);
  profile.usages = std::move(usages);
  return profile;
}

TestGrid::TestGrid(std::string name) {
  CertificateProfile profile = ProfileNow(std::move(name), {"cert sign", "crl sign"});
  profile.is_ca = true;
  profile.not_before -= std::chrono::hours(48);
  authority_ = Get(CreateAuthority(profile, KeySpec{}));
}

TlsIdentity TestGrid::Sign(CertificateProfile profile) const {
  TlsIdentity identity;
  identity.private_key_pem = Get(GenerateKey(KeySpec{}));
  identity.certificate_pem =
      Get(SignCertificate(authority_, profile, Get(PublicKeyOf(identity.private_key_pem))));
  identity.ca_pem = ca_pem();
  return identity;
}

TlsIdentity TestGrid::ServerIdentity(const std::string& dns_name) const {
  CertificateProfile profile = ProfileNow("noizy", {"digital signature", "server auth"});
  if (dns_name.empty()) {
    profile.subject.dns_names = {"localhost"};
    profile.subject.ip_addresses = {"127.0.0.1", "::1"};
  } else {
    profile.subject.dns_names = {dns_name};
  }
  return Sign(profile);
}

TlsIdentity TestGrid::NodeIdentity(const std::string& node) const {
  CertificateProfile profile =
      ProfileNow("system:node:" + node, {"digital signature", "client auth"});
  profile.subject.organizations = {"system:nodes"};
  return Sign(profile);
}

TlsIdentity TestGrid::ExpiredIdentity(const std::string& node) const {
  CertificateProfile profile =
      ProfileNow("system:node:" + node, {"digital signature", "client auth"});
  profile.not_before -= std::chrono::hours(25);
  profile.not_after -= std::chrono::hours(25);
  return Sign(profile);
}

Result<v1::JoinResponse> EchoService::Join(const v1::JoinRequest& request,
                                           const std::string& remote_address) {
  joins.Put({request, remote_address});
  if (!refusal.ok()) return refusal;
  v1::JoinResponse response;
  response.set_certificate_pem("certificate for " + request.node_name());
  return response;
}

Result<std::shared_ptr<AgentSessionHandler>> EchoService::Accept(
    const PeerIdentity& peer, std::shared_ptr<AgentStream> stream) {
  if (!refusal.ok()) return refusal;
  auto session = std::make_shared<ServerSession>();
  session->peer = peer;
  session->stream = std::move(stream);
  sessions.Put(session);
  return std::shared_ptr<AgentSessionHandler>(std::make_shared<EchoHandler>(*this, session));
}

namespace {

class EchoPayload final : public PayloadSource {
 public:
  explicit EchoPayload(std::string left) : left_(std::move(left)) {}
  void Next(std::function<void(Result<std::string>)> read) override {
    if (left_ == "lost") return read(NotFound("payloads", left_));
    const std::string piece = left_.substr(0, 2);
    left_.erase(0, 2);
    read(piece);
  }

 private:
  std::string left_;
};

}  // namespace

Result<std::shared_ptr<PayloadSource>> EchoService::OpenPayload(const PeerIdentity& peer,
                                                                const v1::PayloadRequest& request) {
  if (!refusal.ok()) return refusal;
  if (peer.common_name != "system:node:" + request.ref().name()) return Forbidden("not yours");
  return std::shared_ptr<PayloadSource>(
      std::make_shared<EchoPayload>(payload.substr(static_cast<std::size_t>(request.offset()))));
}

std::unique_ptr<GrpcServer> StartServer(AgentService& service, const TlsIdentity& tls,
                                        std::function<void(GrpcServerOptions&)> change) {
  GrpcServerOptions options;
  options.tls = tls;
  if (change) change(options);
  return Get(GrpcServer::Start(options, service));
}

AgentEnd OpenSession(std::uint16_t port, const TlsIdentity& tls,
                     std::function<void(AgentChannelOptions&)> change) {
  AgentChannelOptions options;
  options.target = "127.0.0.1:" + std::to_string(port);
  options.tls = tls;
  if (change) change(options);
  AgentEnd end;
  end.channel = Get(AgentChannel::Connect(options));
  end.session = end.channel->OpenSession(
      {[messages = end.messages](v1::ServerMessage message) { messages->Put(std::move(message)); },
       [closed = end.closed](Status status) { closed->Put(std::move(status)); }});
  return end;
}

v1::AgentMessage Chunk(std::string data, std::int64_t offset) {
  v1::AgentMessage message;
  message.mutable_log()->set_data(std::move(data));
  message.mutable_log()->set_offset(offset);
  return message;
}

Wire::Wire(std::uint16_t port) : target_(port), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(listener_, 8), 0);
  EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

Wire::~Wire() {
  stopped_ = true;
  thread_.join();
  close(listener_);
}

void Wire::Run() {
  while (!stopped_ && !cut_) {
    std::vector<pollfd> polled = {{listener_, POLLIN, 0}};
    for (const auto& [a, b] : pairs_) {
      polled.push_back({a, POLLIN, 0});
      polled.push_back({b, POLLIN, 0});
    }
    poll(polled.data(), frozen_ ? 0 : polled.size(), 10);
    if (frozen_) continue;
    if ((polled[0].revents & POLLIN) != 0) Accept();
    for (std::size_t i = 1; i < polled.size(); ++i) {
      if (polled[i].revents == 0) continue;
      const auto& [a, b] = pairs_[(i - 1) / 2];
      if (!PassOn(polled[i].fd, polled[i].fd == a ? b : a)) cut_ = true;
    }
  }
  for (const auto& [a, b] : pairs_) {
    close(a);
    close(b);
  }
}

void Wire::Accept() {
  const int near = accept(listener_, nullptr, nullptr);
  const int far = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = Loopback(target_);
  if (connect(far, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    pairs_.emplace_back(near, far);
  }
}

TEST(GrpcFixture, TheInboxFailsTheTestWhenNothingComes) {
  Inbox<int> inbox;
  EXPECT_NONFATAL_FAILURE(inbox.Take(std::chrono::milliseconds(1)), "nothing came");
}

bool Wire::PassOn(int from, int to) {
  std::array<char, 65536> buffer{};
  const ssize_t size = recv(from, buffer.data(), buffer.size(), 0);
  return size > 0 && send(to, buffer.data(), static_cast<size_t>(size), MSG_NOSIGNAL) == size;
}

}  // namespace noizy
