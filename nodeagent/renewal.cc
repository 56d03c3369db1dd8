#include "nodeagent/renewal.h"

#include <algorithm>

#include "machinery/base/log.h"
#include "machinery/pki/pki.h"

namespace noizy::nodeagent {
namespace {

// After a refusal, or no answer at all.
constexpr Duration kAskAgain = std::chrono::minutes(5);

CertificateSubject SubjectOf(const NodeIdentity& identity) {
  CertificateSubject subject;
  subject.common_name = "system:node:" + identity.node_name;
  subject.organizations = {"system:nodes"};
  return subject;
}

}  // namespace

CertificateRenewal::CertificateRenewal(RenewalOptions options,
                                       std::function<void(v1::AgentMessage)> send,
                                       Executor& executor, const Clock& clock)
    : options_(std::move(options)), send_(std::move(send)), executor_(executor), clock_(clock) {}

CertificateRenewal::~CertificateRenewal() {
  OnDisconnected();
}

void CertificateRenewal::OnConnected() {
  const auto own = ParseCertificate(options_.identity.tls.certificate_pem);
  if (!own.ok()) return;
  const WallTime due = own->not_before + (own->not_after - own->not_before) / 3 * 2;
  Arm(std::max(due - clock_.Now(), Duration::zero()));
}

void CertificateRenewal::OnDisconnected() {
  executor_.Cancel(timer_);
  next_key_pem_.clear();
}

void CertificateRenewal::Arm(Duration delay) {
  executor_.Cancel(timer_);
  timer_ = executor_.PostAfter(delay, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Ask();
  });
}

void CertificateRenewal::Ask() {
  Arm(kAskAgain);  // until an answer comes
  Result<std::string> key = GenerateKey({KeyAlgorithm::kEcdsa, 256});
  const Result<std::string> request =
      key.ok() ? CreateSigningRequest(SubjectOf(options_.identity), *key) : key;
  if (!request.ok()) {
    LogWarning("Could not ask for a certificate", {{"error", request.status().message()}});
    return;
  }
  next_key_pem_ = *std::move(key);
  v1::AgentMessage message;
  message.mutable_certificate_request()->set_csr_pem(*request);
  send_(std::move(message));
}

void CertificateRenewal::OnAnswer(const v1::CertificateAnswer& answer) {
  if (answer.certificate_pem().empty() && answer.refused().empty()) {
    const Status trusted = Trust(answer.ca_pem());
    if (trusted.ok()) return Ask();
    return LogWarning("The grid's new CAs were not taken", {{"error", trusted.message()}});
  }
  if (next_key_pem_.empty()) return;  // nobody asked
  const Status taken = Take(answer);
  next_key_pem_.clear();
  if (!taken.ok()) {
    LogWarning("The node's certificate was not renewed", {{"error", taken.message()}});
    return;
  }
  LogInfo("Renewed the node's certificate", {{"node", options_.identity.node_name}});
  OnConnected();
}

Status CertificateRenewal::Trust(const std::string& ca_pem) {
  NOIZY_RETURN_IF_ERROR(SplitCertificates(ca_pem).status());
  if (ca_pem == options_.identity.tls.ca_pem) return Status::Ok();
  NodeIdentity next = options_.identity;
  next.tls.ca_pem = ca_pem;
  NOIZY_RETURN_IF_ERROR(SaveIdentity(options_.data_dir, next));
  options_.identity = std::move(next);
  LogInfo("Trusts the grid's new CAs", {{"node", options_.identity.node_name}});
  return options_.use(options_.identity);
}

Status CertificateRenewal::Take(const v1::CertificateAnswer& answer) {
  if (!answer.refused().empty()) return Forbidden(answer.refused());
  NodeIdentity next = options_.identity;
  next.tls.certificate_pem = answer.certificate_pem();
  next.tls.private_key_pem = next_key_pem_;
  if (!answer.ca_pem().empty()) next.tls.ca_pem = answer.ca_pem();
  NOIZY_ASSIGN_OR_RETURN(const ParsedCertificate parsed,
                         ParseCertificate(next.tls.certificate_pem));
  NOIZY_ASSIGN_OR_RETURN(const std::string public_key, PublicKeyOf(next_key_pem_));
  if (parsed.public_key_der != public_key || parsed.subject != SubjectOf(next))
    return Unauthorized("the certificate that came is for another key or name");
  NOIZY_RETURN_IF_ERROR(
      VerifyCertificate(next.tls.certificate_pem, next.tls.ca_pem, clock_.Now(), "client auth"));
  NOIZY_RETURN_IF_ERROR(SaveIdentity(options_.data_dir, next));
  options_.identity = std::move(next);
  return options_.use(options_.identity);
}

}  // namespace noizy::nodeagent
