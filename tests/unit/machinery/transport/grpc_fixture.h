// A grid's certificates, a service that records and echoes, and a wire that can be cut: what the
// gRPC tests share.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/mutex.h"
#include "machinery/pki/pki.h"
#include "machinery/transport/agent_transport.h"

namespace noizy {

/// How long a test waits for what must happen: far beyond what it takes, far below ctest's
/// patience.
inline constexpr std::chrono::seconds kPatience{20};

template <typename T>
T Get(Result<T> result) {
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return result.ok() ? *std::move(result) : T{};
}

/// A CA and what it signs. Valid now.
class TestGrid {
 public:
  explicit TestGrid(std::string name = "noizy-ca");
  const std::string& ca_pem() const { return authority_.certificate_pem; }
  std::string ca_hash() const { return Get(PublicKeyHash(ca_pem())); }
  /// For localhost, 127.0.0.1 and ::1, or for `dns_name` alone.
  TlsIdentity ServerIdentity(const std::string& dns_name = "") const;
  TlsIdentity NodeIdentity(const std::string& node) const;
  /// A node's identity that ended an hour ago.
  TlsIdentity ExpiredIdentity(const std::string& node) const;
  TlsIdentity Sign(CertificateProfile profile) const;

 private:
  CertificateAuthority authority_;
};

/// A validity around now, `usages`, and the node's names.
CertificateProfile ProfileNow(std::string common_name, std::vector<std::string> usages);

/// A queue that a test waits on.
template <typename T>
class Inbox {
 public:
  void Put(T item) NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    items_.push_back(std::move(item));
    changed_.NotifyAll();
  }
  /// The next item; fails the test when none comes.
  T Take(std::chrono::nanoseconds patience = kPatience) NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    const auto deadline = RealClock::Instance().Monotonic() + patience;
    while (items_.empty()) {
      const Duration left = deadline - RealClock::Instance().Monotonic();
      if (left <= Duration::zero()) {
        ADD_FAILURE() << "nothing came";
        return T{};
      }
      changed_.WaitFor(mutex_, left);
    }
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }
  std::size_t size() const NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return items_.size();
  }

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<T> items_ NOIZY_GUARDED_BY(mutex_);
};

/// One session as the server saw it.
struct ServerSession {
  PeerIdentity peer;
  std::shared_ptr<AgentStream> stream;
  Inbox<v1::AgentMessage> messages;
  Inbox<int> closed;  // one item for each OnClosed
};

/// Echoes each log chunk as an assignment whose payload is the chunk's data; records everything.
class EchoService final : public AgentService {
 public:
  Result<v1::JoinResponse> Join(const v1::JoinRequest& request,
                                const std::string& remote_address) override;
  Result<std::shared_ptr<AgentSessionHandler>> Accept(const PeerIdentity& peer,
                                                      std::shared_ptr<AgentStream> stream) override;
  Result<std::shared_ptr<PayloadSource>> OpenPayload(const PeerIdentity& peer,
                                                     const v1::PayloadRequest& request) override;

  /// What OpenPayload hands out, in pieces of two bytes.
  std::string payload;
  Inbox<std::shared_ptr<ServerSession>> sessions;
  Inbox<std::pair<v1::JoinRequest, std::string>> joins;
  std::atomic<bool> echo = true;
  Status refusal;  // what Accept and Join answer unless Ok; set before the server starts
};

/// One session as the agent saw it.
struct AgentEnd {
  std::shared_ptr<Inbox<v1::ServerMessage>> messages = std::make_shared<Inbox<v1::ServerMessage>>();
  std::shared_ptr<Inbox<Status>> closed = std::make_shared<Inbox<Status>>();
  std::shared_ptr<AgentChannel> channel;
  std::shared_ptr<AgentSession> session;
};

/// A server on a free loopback port.
std::unique_ptr<GrpcServer> StartServer(AgentService& service, const TlsIdentity& tls,
                                        std::function<void(GrpcServerOptions&)> change = nullptr);
/// A channel to `port` and a session on it.
AgentEnd OpenSession(std::uint16_t port, const TlsIdentity& tls,
                     std::function<void(AgentChannelOptions&)> change = nullptr);

/// A log chunk carrying `data` at `offset`, and the data of the assignment that echoes it.
v1::AgentMessage Chunk(std::string data, std::int64_t offset = 0);

/// A TCP wire to `port` that can be frozen (bytes are no longer passed on) or cut.
class Wire {
 public:
  explicit Wire(std::uint16_t port);
  ~Wire();
  std::uint16_t port() const { return port_; }
  void Freeze() { frozen_ = true; }
  void Cut() { cut_ = true; }

 private:
  void Run();
  void Accept();
  bool PassOn(int from, int to);

  const std::uint16_t target_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::vector<std::pair<int, int>> pairs_;  // the thread's own
  std::atomic<bool> frozen_ = false;
  std::atomic<bool> cut_ = false;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

}  // namespace noizy
