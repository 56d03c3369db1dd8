#include "apiserver/agents/join.h"

#include <future>

#include "apiserver/resources/encode.h"
#include "machinery/base/log.h"

namespace noizy::apiserver {
namespace {

constexpr std::chrono::minutes kLimitWindow{1};
constexpr std::string_view kUserPrefix = "system:node:";
// X.509 allows 64 characters for a common name.
constexpr std::size_t kMaxNodeName = 64 - kUserPrefix.size();

// Waits for the one call of `done`.
Status Await(const std::function<void(GridState::Done)>& start) {
  std::promise<Status> promise;
  start([&promise](Status status) { promise.set_value(std::move(status)); });
  return promise.get_future().get();
}

std::string HostOf(const std::string& remote_address) {
  return remote_address.substr(0, remote_address.rfind(':'));
}

Status CheckNodeName(const std::string& name) {
  if (const std::string fault = CheckDnsSubdomain(name); !fault.empty()) {
    return BadRequest("the node name \"" + name + "\" is invalid: " + fault);
  }
  if (name.size() <= kMaxNodeName) return Status::Ok();
  return BadRequest("the node name \"" + name + "\" is longer than " +
                    std::to_string(kMaxNodeName) +
                    " characters, which do not fit into a certificate");
}

CertificateSubject NodeSubject(const std::string& name) {
  CertificateSubject subject;
  subject.common_name = std::string(kUserPrefix) + name;
  subject.organizations = {"system:nodes"};
  return subject;
}

}  // namespace

Status JoinLimiter::Admit(const std::string& host) {
  const MonotonicTime now = clock_.Monotonic();
  MutexLock lock(mutex_);
  DropOld(now);
  const auto known = failures_.find(host);
  const bool often = known != failures_.end() && known->second.size() >= kFailuresPerMinute;
  if (often || (known == failures_.end() && failures_.size() >= kMaxHosts)) {
    const MonotonicTime oldest = often ? known->second.front() : now;
    StatusDetails details;
    details.retry_after_seconds = static_cast<int>(
        std::chrono::ceil<std::chrono::seconds>(oldest + kLimitWindow - now).count());
    return {StatusReason::kTooManyRequests,
            "too many failed joins from " + host + "; try again in " +
                std::to_string(*details.retry_after_seconds) + " s",
            details};
  }
  failures_[host].push_back(now);
  return Status::Ok();
}

void JoinLimiter::Forgive(const std::string& host) {
  MutexLock lock(mutex_);
  const auto known = failures_.find(host);
  if (known == failures_.end()) return;
  known->second.pop_back();
  if (known->second.empty()) failures_.erase(known);
}

void JoinLimiter::DropOld(MonotonicTime now) {
  for (auto entry = failures_.begin(); entry != failures_.end();) {
    auto& times = entry->second;
    while (!times.empty() && times.front() + kLimitWindow <= now) times.pop_front();
    entry = times.empty() ? failures_.erase(entry) : std::next(entry);
  }
}

Result<std::string> Joiner::CreateToken(Duration ttl, const std::string& node_name) {
  if (ttl <= Duration::zero()) return BadRequest("a join token's time to live must be positive");
  if (!node_name.empty()) NOIZY_RETURN_IF_ERROR(CheckNodeName(node_name));
  SweepTokens();
  const JoinToken token = NewJoinToken(random_);
  const Secret secret = SecretOf(token, clock_.Now() + ttl, node_name);
  const auto create = [&](GridState::Done done) { grid_.CreateSecret(secret, std::move(done)); };
  Status created = Await(create);
  if (created.reason() == StatusReason::kNotFound) {  // the first token of a new grid
    const Status made = Await([&](GridState::Done done) {
      grid_.CreateNamespace(std::string(kTokenNamespace), std::move(done));
    });
    if (!made.ok() && made.reason() != StatusReason::kAlreadyExists) return made;
    created = Await(create);
  }
  NOIZY_RETURN_IF_ERROR(created);
  LogInfo("Created a join token", {{"id", token.id}, {"node", node_name}});
  return token.Text();
}

Result<v1::JoinResponse> Joiner::Join(const v1::JoinRequest& request,
                                      const std::string& remote_address) {
  const std::string host = HostOf(remote_address);
  NOIZY_RETURN_IF_ERROR(limiter_.Admit(host));
  auto response = JoinAdmitted(request);
  if (response.ok()) {
    limiter_.Forgive(host);
    LogInfo("A machine joined", {{"object", "Node " + request.node_name()}, {"address", host}});
  } else {
    LogWarning("Refused a machine", {{"object", "Node " + request.node_name()},
                                     {"address", host},
                                     {"reason", response.status().message()}});
  }
  return response;
}

Result<v1::JoinResponse> Joiner::JoinAdmitted(const v1::JoinRequest& request) {
  NOIZY_ASSIGN_OR_RETURN(const JoinToken token, ParseJoinToken(request.token()));
  const Result<Secret> secret =
      grid_.ReadSecret({std::string(kTokenNamespace), token.SecretName()});
  NOIZY_RETURN_IF_ERROR(
      CheckToken(token, secret.ok() ? &*secret : nullptr, request.node_name(), clock_.Now()));
  // Everything that can be refused is, before the token is used up.
  NOIZY_RETURN_IF_ERROR(CheckNodeName(request.node_name()));
  NOIZY_RETURN_IF_ERROR(CheckNameIsFree(request.node_name()));
  NOIZY_ASSIGN_OR_RETURN(const SigningRequest csr, ParseSigningRequest(request.csr_pem()));
  v1::JoinResponse response;
  NOIZY_ASSIGN_OR_RETURN(*response.mutable_certificate_pem(), Sign(request.node_name(), csr));
  response.set_ca_pem(TrustedNow());
  NOIZY_RETURN_IF_ERROR(UseToken(*secret));
  NOIZY_RETURN_IF_ERROR(EnsureNode(request.node_name()));
  return response;
}

Status Joiner::CheckNameIsFree(const std::string& name) const {
  const Result<Node> node = grid_.ReadNode(name);
  if (!node.ok())
    return node.status().reason() == StatusReason::kNotFound ? Status::Ok() : node.status();
  const auto& lease = node->status.lease;
  if (!lease || lease->epoch == 0 || !lease->expired_time.empty()) return Status::Ok();
  return {StatusReason::kAlreadyExists, "a node named \"" + name +
                                            "\" is in the grid and alive; choose another name, or "
                                            "remove it first: noizy delete node " +
                                            name};
}

// The guarded deletion is the use: it succeeds for one caller only.
Status Joiner::UseToken(const Secret& secret) {
  const Status deleted =
      Await([&](GridState::Done done) { grid_.DeleteSecret(secret, std::move(done)); });
  const bool lost =
      deleted.reason() == StatusReason::kNotFound || deleted.reason() == StatusReason::kConflict;
  return lost ? UnknownToken() : deleted;
}

Status Joiner::EnsureNode(const std::string& name) {
  Node node;
  node.metadata.name = name;
  const Status created =
      Await([&](GridState::Done done) { grid_.CreateNode(node, std::move(done)); });
  return created.reason() == StatusReason::kAlreadyExists ? Status::Ok() : created;
}

Result<v1::CertificateAnswer> Joiner::Renew(const std::string& node,
                                            const std::string& csr_pem) const {
  NOIZY_ASSIGN_OR_RETURN(const SigningRequest csr, ParseSigningRequest(csr_pem));
  const bool own = csr.subject == NodeSubject(node) && csr.role == CertificateRole::kLeaf &&
                   !csr.has_other_names;
  if (!own) return Forbidden("node " + node + " may ask for its own name alone");
  v1::CertificateAnswer answer;
  NOIZY_ASSIGN_OR_RETURN(*answer.mutable_certificate_pem(), Sign(node, csr));
  answer.set_ca_pem(TrustedNow());
  LogInfo("Renewed a node's certificate", {{"object", "Node " + node}});
  return answer;
}

Result<std::string> Joiner::Sign(const std::string& name, const SigningRequest& request) const {
  CertificateProfile profile;
  profile.subject = NodeSubject(name);
  profile.not_before = clock_.Now() - options_.backdating;
  profile.not_after = clock_.Now() + options_.certificate_validity;
  profile.usages = {"digital signature", "client auth"};
  const CertificateAuthority signer = options_.authority().signer;
  auto certificate = SignCertificate(signer, profile, request.public_key_der);
  if (certificate.ok()) {
    MutexLock lock(mutex_);
    signed_by_[name] = signer.certificate_pem;
  }
  return certificate;
}

bool Joiner::IsUpToDate(const std::string& node) const {
  const std::string signer = options_.authority().signer.certificate_pem;
  MutexLock lock(mutex_);
  const auto known = signed_by_.find(node);
  return known != signed_by_.end() && known->second == signer;
}

void Joiner::SweepTokens() {
  const auto listing = grid_.store().List({"secrets", std::string(kTokenNamespace), ""}, {});
  if (!listing.ok()) return;
  for (const StoredObjectPtr& object : listing->items) {
    if (FieldOf(*object, "type") != kTokenType) continue;
    const auto secret = grid_.ReadSecret({object->key.ns, object->key.name});
    if (secret.ok() && HasExpired(*secret, clock_.Now()))
      grid_.DeleteSecret(*secret, [](const Status&) {});
  }
}

}  // namespace noizy::apiserver
