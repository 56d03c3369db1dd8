// The agents' room put together: what stands behind the NodeAgent service.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "apiserver/agents/assignments.h"
#include "apiserver/agents/grid_state.h"
#include "apiserver/agents/join.h"
#include "apiserver/agents/leases.h"
#include "apiserver/agents/logs.h"
#include "apiserver/agents/payload_keeper.h"
#include "apiserver/agents/session.h"
#include "apiserver/storage/object_feed.h"
#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/base/random.h"
#include "machinery/transport/agent_transport.h"

namespace noizy::apiserver {

struct AgentHubOptions {
  Store& store;
  ObjectWriter& writer;
  /// Everything but Join runs here.
  Executor& executor;
  const Clock& clock;
  Random& random;
  JoinerOptions joiner;
  /// DIR/logs.
  std::string log_folder;
  PayloadStore& payloads;
  /// Where payloads are read for nodes: it may block.
  Executor& disk;
  /// Signs NOIZY_FENCE_TOKEN.
  std::function<Result<std::string>(const Task& task)> fence_token;
  /// Unauthorized for the serial number of a certificate that was taken back; null: none ever is.
  std::function<Status(const std::string& serial)> check_certificate = nullptr;
  /// Whether agents that connect are to be told of the authority, too: it is being replaced.
  std::function<bool()> rotating = [] { return false; };
  /// A certificate may have been taken back, or a Node was deleted: for the other doors.
  std::function<void()> on_excluded = [] {};
  /// Whether this machine has no network of its own.
  std::function<bool()> cut_off = [] { return false; };
};

/// Thread-safe. Destroyed after the gRPC server was stopped and the executor runs nothing any more,
/// and before the store.
class AgentHub final : public AgentService {
 public:
  explicit AgentHub(const AgentHubOptions& options);

  /// Takes over the leases and Tasks there are. Called once, before agents are let in.
  void Start();

  Result<v1::JoinResponse> Join(const v1::JoinRequest& request,
                                const std::string& remote_address) override;
  Result<std::shared_ptr<AgentSessionHandler>> Accept(const PeerIdentity& peer,
                                                      std::shared_ptr<AgentStream> stream) override;
  Result<std::shared_ptr<PayloadSource>> OpenPayload(const PeerIdentity& peer,
                                                     const v1::PayloadRequest& request) override;

  /// Blocks for a durable write: not for the executor's thread.
  Result<std::string> CreateToken(Duration ttl, const std::string& node_name) {
    return joiner_.CreateToken(ttl, node_name);
  }
  /// Who signs for nodes, or whom they trust, has changed: connected agents are told, and ask for
  /// their next certificate at once. Outside of a rotation, those whose certificate is not known to
  /// be by who signs now are let in no longer: their sessions end.
  void TellOfAuthority();
  /// Whether the node's newest certificate is known to be by who signs now.
  bool IsUpToDate(const std::string& node) const { return joiner_.IsUpToDate(node); }
  /// For readers of Tasks' output (log_reader.h).
  LogStore& logs() { return logs_; }

 private:
  FeedEvents NodeFeed();
  FeedEvents RevocationFeed();
  Status CheckCertificate(const std::string& serial) const;
  Result<std::string> AdmitNode(const PeerIdentity& peer) const;
  void EndRevoked();
  std::vector<std::shared_ptr<NodeSession>> Sessions() const;
  Assignments::Events TaskEvents(const AgentHubOptions& options);
  void Register(const std::shared_ptr<NodeSession>& session);
  void OnNode(const StoredObject& object);
  void OnNodeGone(const std::string& node);
  void OnTask(const Task& task);
  void SweepLogs(const std::set<std::string>& uids);

  Executor& executor_;
  const Clock& clock_;
  GridState grid_;
  Joiner joiner_;
  LogStore logs_;
  LeaseTable leases_;
  Assignments assignments_;
  PayloadStore& payloads_;
  Executor& disk_;
  PayloadKeeper payload_keeper_;
  ObjectFeed nodes_;
  const std::function<Status(const std::string& serial)> check_certificate_;
  const std::function<void()> on_excluded_;
  ObjectFeed revocations_;
  const SessionContext context_;
  std::map<std::string, std::shared_ptr<NodeSession>> sessions_;  // by node; the executor's
};

}  // namespace noizy::apiserver
