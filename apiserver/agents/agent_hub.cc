#include "apiserver/agents/agent_hub.h"

#include "apiserver/agents/node_facts.h"
#include "apiserver/agents/payload_reading.h"
#include "apiserver/agents/reports.h"
#include "apiserver/resources/encode.h"
#include "machinery/base/metrics.h"
#include "machinery/meta/meta.h"

namespace noizy::apiserver {
namespace {

// What an agent still sends of an attempt's output after its end; then readers are told that
// nothing more comes.
constexpr std::chrono::seconds kLogTrailing{5};

Status Deleted(const std::string& node) {
  return Forbidden("the Node \"" + node + "\" was deleted: join the grid again with a new token");
}

Status CaDropped(const std::string& node) {
  return Unauthorized("the CA of the certificate of the Node \"" + node +
                      "\" was dropped: join the grid again with a new token");
}

Gauge& OpenSessions() {
  static Gauge gauge("noizy_agent_sessions", "Agents connected now");
  return gauge;
}

}  // namespace

AgentHub::AgentHub(const AgentHubOptions& options)
    : executor_(options.executor),
      clock_(options.clock),
      grid_(options.store, options.writer),
      joiner_(grid_, options.clock, options.random, options.joiner),
      logs_(options.log_folder),
      leases_(grid_, options.executor, options.clock, options.cut_off),
      assignments_(grid_, options.executor, options.clock, TaskEvents(options)),
      payloads_(options.payloads),
      disk_(options.disk),
      payload_keeper_(options.store, options.executor, options.payloads),
      nodes_(options.store, options.executor, std::string(Node::kResource), NodeFeed()),
      check_certificate_(options.check_certificate),
      on_excluded_(options.on_excluded),
      revocations_(options.store, options.executor, "configmaps", RevocationFeed()),
      context_{grid_, leases_, assignments_, logs_, joiner_, options.rotating, executor_, clock_} {}

void AgentHub::Start() {
  executor_.Post([this] {
    nodes_.Start();
    revocations_.Start();
    assignments_.Start();
    payload_keeper_.Start();
  });
}

Result<v1::JoinResponse> AgentHub::Join(const v1::JoinRequest& request,
                                        const std::string& remote_address) {
  return joiner_.Join(request, remote_address);
}

// The Node's name, for a certificate that still counts, of a Node that is still there.
Result<std::string> AgentHub::AdmitNode(const PeerIdentity& peer) const {
  NOIZY_ASSIGN_OR_RETURN(std::string node, NodeNameOf(peer));
  NOIZY_RETURN_IF_ERROR(CheckCertificate(peer.certificate_serial));
  if (!grid_.ReadNode(node).ok()) return Deleted(node);
  return node;
}

Result<std::shared_ptr<PayloadSource>> AgentHub::OpenPayload(const PeerIdentity& peer,
                                                             const v1::PayloadRequest& request) {
  const auto find = [this, peer, ref = request.ref()]() -> Result<PayloadName> {
    NOIZY_ASSIGN_OR_RETURN(const std::string node, AdmitNode(peer));
    return PayloadFor(grid_, node, ref);
  };
  NOIZY_ASSIGN_OR_RETURN(PayloadName payload, find());
  return ReadPayload(payloads_, disk_, std::move(payload), request.offset(),
                     [find] { return find().status(); });
}

Result<std::shared_ptr<AgentSessionHandler>> AgentHub::Accept(const PeerIdentity& peer,
                                                              std::shared_ptr<AgentStream> stream) {
  NOIZY_ASSIGN_OR_RETURN(const std::string node, AdmitNode(peer));
  const auto session = std::make_shared<NodeSession>(
      context_, node, peer.certificate_serial, std::move(stream), [this](NodeSession* closed) {
        const auto current = sessions_.find(closed->node());
        if (current != sessions_.end() && current->second.get() == closed) sessions_.erase(current);
        OpenSessions().Set(static_cast<double>(sessions_.size()));
      });
  executor_.Post([this, session] { Register(session); });
  return std::shared_ptr<AgentSessionHandler>(session);
}

void AgentHub::Register(const std::shared_ptr<NodeSession>& session) {
  std::shared_ptr<NodeSession>& current = sessions_[session->node()];
  if (current)
    current->Close(
        Conflict(Node::kResource, session->node(), "another session of this node took over"));
  current = session;
  OpenSessions().Set(static_cast<double>(sessions_.size()));
}

FeedEvents AgentHub::NodeFeed() {
  FeedEvents feed;
  feed.on_reset = [] {};
  feed.on_put = [this](const StoredObjectPtr& object) { OnNode(*object); };
  feed.on_delete = [this](const StoredObjectPtr& object) { OnNodeGone(object->key.name); };
  feed.on_synced = [this] {
    std::vector<std::string> gone;
    for (const auto& [node, session] : sessions_) {
      if (!grid_.ReadNode(node).ok()) gone.push_back(node);
    }
    for (const std::string& node : gone) OnNodeGone(node);
  };
  return feed;
}

Status AgentHub::CheckCertificate(const std::string& serial) const {
  return check_certificate_ ? check_certificate_(serial) : Status::Ok();
}

// The list of revoked certificates is one of few ConfigMaps, and a look at each session is cheap.
FeedEvents AgentHub::RevocationFeed() {
  FeedEvents feed;
  feed.on_reset = [] {};
  feed.on_put = [this](const StoredObjectPtr&) { EndRevoked(); };
  feed.on_delete = [](const StoredObjectPtr&) {};
  feed.on_synced = [this] { EndRevoked(); };
  return feed;
}

void AgentHub::TellOfAuthority() {
  executor_.Post([this] {
    const bool old_is_trusted = context_.rotating();
    for (const auto& session : Sessions()) {
      if (old_is_trusted || joiner_.IsUpToDate(session->node())) {
        session->TellOfAuthority();
      } else {
        session->Close(CaDropped(session->node()));
      }
    }
  });
}

// A copy: closing one takes it out.
std::vector<std::shared_ptr<NodeSession>> AgentHub::Sessions() const {
  std::vector<std::shared_ptr<NodeSession>> sessions;
  for (const auto& [node, session] : sessions_) sessions.push_back(session);
  return sessions;
}

void AgentHub::EndRevoked() {
  for (const auto& session : Sessions()) {
    const Status status = CheckCertificate(session->certificate_serial());
    if (!status.ok()) session->Close(status);
  }
  on_excluded_();
}

void AgentHub::OnNode(const StoredObject& object) {
  const auto value = DecodeObject(object);
  if (!value.ok()) return;
  const auto node = Node::FromValue(*value);
  if (!node.ok()) return;
  leases_.Adopt(*node);
  leases_.SetDuration(node->metadata.name, LeaseDurationOf(*node));
  assignments_.OnLease(node->metadata.name);
}

void AgentHub::OnNodeGone(const std::string& node) {
  leases_.Forget(node);
  if (const auto session = sessions_.find(node); session != sessions_.end()) {
    session->second->Close(Deleted(node));
  }
  on_excluded_();
}

Assignments::Events AgentHub::TaskEvents(const AgentHubOptions& options) {
  Assignments::Events events;
  events.lease_epoch = [this](const std::string& node) { return leases_.EpochOf(node); };
  events.fence_token = options.fence_token;
  events.on_task = [this](const Task& task) { OnTask(task); };
  events.on_gone = [this](const std::string& uid) { logs_.Remove(uid); };
  events.on_synced = [this](const std::set<std::string>& uids) { SweepLogs(uids); };
  return events;
}

void AgentHub::OnTask(const Task& task) {
  const TaskAttempt* attempt = CurrentAttempt(task.status);
  if (attempt == nullptr || attempt->finish_time.empty()) return;
  const LogKey key{task.metadata.uid, attempt->number};
  if (!logs_.IsFollowed(key)) return;
  executor_.PostAfter(kLogTrailing, [this, key] { logs_.Conclude(key); });
}

// Logs of Tasks that were deleted while we were not there.
void AgentHub::SweepLogs(const std::set<std::string>& uids) {
  for (const std::string& uid : logs_.Uids()) {
    if (!uids.contains(uid)) logs_.Remove(uid);
  }
}

}  // namespace noizy::apiserver
