// The NodeAgent service (proto/noizy/v1/agent.proto) without gRPC's headers: what the API server's
// agents/ room and the node agent see. grpc_server.cc and grpc_client.cc stand behind it; tests and
// simulations put a fake in between.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "machinery/base/status.h"
#include "machinery/pki/tls_identity.h"
#include "machinery/transport/http.h"
#include "machinery/transport/peer_check.h"
#include "noizy/v1/agent.pb.h"

namespace noizy {

/// The server's side of one Session stream. Thread-safe.
class AgentStream {
 public:
  virtual ~AgentStream() = default;
  /// Queues a message. Dropped silently once the stream is closed. A peer that lets 64 MiB wait is
  /// not reading: its stream is cut.
  virtual void Send(v1::ServerMessage message) = 0;
  /// Messages queued and not yet written.
  virtual std::size_t Queued() const = 0;
  /// Ends the stream with `status` after what is queued. The first Close counts.
  virtual void Close(Status status) = 0;
};

/// What the server does with one Session. Calls come one at a time, on gRPC threads; they must not
/// block.
class AgentSessionHandler {
 public:
  virtual ~AgentSessionHandler() = default;
  virtual void OnMessage(v1::AgentMessage message) = 0;
  /// The last call: the peer is gone or the stream was closed.
  virtual void OnClosed() = 0;
};

/// A payload as the server reads it for a node. One Next at a time; letting go of it ends it.
class PayloadSource {
 public:
  virtual ~PayloadSource() = default;
  /// The next piece, on any thread; an empty one is the end. Must not block.
  virtual void Next(std::function<void(Result<std::string>)> read) = 0;
};

/// The server's side of the service. Thread-safe.
class AgentService {
 public:
  virtual ~AgentService() = default;
  /// May block for a durable write. `peer` is empty: nobody joins with a certificate.
  virtual Result<v1::JoinResponse> Join(const v1::JoinRequest& request,
                                        const std::string& remote_address) = 0;
  /// A new Session of a verified client. An error ends the stream.
  virtual Result<std::shared_ptr<AgentSessionHandler>> Accept(
      const PeerIdentity& peer, std::shared_ptr<AgentStream> stream) = 0;
  /// A FetchPayload of a verified client. An error ends the call.
  virtual Result<std::shared_ptr<PayloadSource>> OpenPayload(const PeerIdentity& peer,
                                                             const v1::PayloadRequest& request) = 0;
};

class GridService;

struct GrpcServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: a free one
  /// Client certificates are asked for; everything but Join requires one. The server's chain is
  /// sent with `tls.ca_pem` at its end, so that a joining machine finds the CA whose hash it was
  /// given. The certificate's names must cover how agents reach the server.
  TlsIdentity tls;
  std::size_t max_message_bytes = 4 * 1024 * 1024;
  std::chrono::milliseconds keepalive_interval{10'000};
  std::chrono::milliseconds keepalive_timeout{5'000};
  /// What serves programs (grid_transport.h); outlives the server. Null: their calls are refused.
  GridService* grid = nullptr;
  /// What RecheckPeers asks, beyond the certificate's own validity; null: nothing.
  PeerCheck check_peer = nullptr;
};

/// NodeAgent, Grid, grpc.health.v1 and server reflection over TLS 1.3. Thread-safe.
class GrpcServer {
 public:
  static Result<std::unique_ptr<GrpcServer>> Start(GrpcServerOptions options,
                                                   AgentService& service);
  virtual ~GrpcServer() = default;
  virtual std::uint16_t port() const = 0;
  /// Replaces the certificate and the trusted CAs for new connections. Connections go on; calls
  /// that begin on them are checked by the new CAs, and programs' calls under way as RecheckPeers
  /// says. Sessions are the AgentService's: their certificates may have been renewed meanwhile.
  /// BadRequest when they are no use: nothing changes.
  virtual Status SetTls(const TlsIdentity& tls) = 0;
  /// Ends programs' calls of peers who are trusted no longer.
  virtual void RecheckPeers() = 0;
  /// What grpc.health.v1 answers; true from the start.
  virtual void SetServing(bool serving) = 0;
  /// Ends streams with ServiceUnavailable, waits up to `grace`, then cuts what is left; after it no
  /// handler is called. Idempotent. Not from a gRPC thread.
  virtual void Stop(std::chrono::milliseconds grace) = 0;
};

/// The agent's side of one Session. Thread-safe.
class AgentSession {
 public:
  virtual ~AgentSession() = default;
  /// Queues a message. Dropped silently once the session is closed.
  virtual void Send(v1::AgentMessage message) = 0;
  virtual std::size_t Queued() const = 0;
  /// Ends the session at once, what is queued is lost; on_closed comes with Ok.
  virtual void Close() = 0;
};

/// What the agent does with a Session. Calls come one at a time, on gRPC threads; they must not
/// block.
struct AgentSessionEvents {
  std::function<void(v1::ServerMessage)> on_message;
  /// The last call, with why the session ended.
  std::function<void(Status)> on_closed;
};

/// A FetchPayload under way. Thread-safe. Letting go of it does not end it.
class PayloadFetch {
 public:
  virtual ~PayloadFetch() = default;
  /// Asks for the next piece; once after each on_piece, so that no more comes than is taken.
  virtual void Next() = 0;
  /// on_end comes after the next Next, with whatever status.
  virtual void Cancel() = 0;
};

/// What the node does with a FetchPayload. Calls come one at a time, on gRPC threads; they must not
/// block.
struct PayloadEvents {
  /// `fetch` stays at least until its next Next.
  std::function<void(PayloadFetch& fetch, std::string piece)> on_piece;
  /// The last call, after a Next that finds no piece. Ok: that was all of it.
  std::function<void(Status)> on_end;
};

struct AgentChannelOptions {
  std::string target;  // "host:port"
  /// The name the server's certificate must carry; "": the target's host.
  std::string server_name;
  TlsIdentity tls;
  std::size_t max_message_bytes = 4 * 1024 * 1024;
  std::chrono::milliseconds keepalive_interval{10'000};
  std::chrono::milliseconds keepalive_timeout{5'000};
};

/// The agent's way to a control plane. Thread-safe.
class AgentChannel {
 public:
  /// Connects lazily, over mTLS. BadRequest for texts that are no certificate or key.
  static Result<std::shared_ptr<AgentChannel>> Connect(AgentChannelOptions options);
  virtual ~AgentChannel() = default;
  /// Opens the stream; a connection that cannot be made comes as on_closed.
  virtual std::shared_ptr<AgentSession> OpenSession(AgentSessionEvents events) = 0;
  /// Begins to fetch; the first piece comes unasked.
  virtual std::shared_ptr<PayloadFetch> FetchPayload(const v1::PayloadRequest& request,
                                                     PayloadEvents events) = 0;
};

struct JoinOptions {
  std::string target;  // "host:port"
  /// "sha256:<hex>" over the CA's SubjectPublicKeyInfo (kubeadm's convention). The server's chain
  /// must end in that CA.
  std::string ca_hash;
  std::chrono::milliseconds timeout{15'000};
};

/// One Join call to a server known only by its CA's hash; whatever name it is reached by. Blocks.
/// Unauthorized when the hash does not match or the server's certificate does not chain to that CA:
/// nothing was sent. Otherwise the server's Status.
Result<v1::JoinResponse> JoinGrid(const JoinOptions& options, const v1::JoinRequest& request);

}  // namespace noizy
