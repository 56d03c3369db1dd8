#include "cmd/noizy/rotation_endpoint.h"

#include "controllers/certificate_signer/rules.h"
#include "kinds/certificate.h"
#include "kinds/certificatesigningrequest.h"
#include "kinds/node.h"
#include "kinds/secret.h"
#include "machinery/base/log.h"
#include "machinery/client/typed.h"
#include "machinery/meta/time.h"
#include "machinery/value/base64.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

using certificate_signer::kClientSigner;

// A node's certificate lives a day: after that, none of the old CA is left.
constexpr Duration kNodesLongest = std::chrono::hours(25);

std::string Joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out.append(out.empty() ? "" : ", ").append(text);
  return out;
}

}  // namespace

// A node that is away keeps its certificate of the old CA, and comes back with it, until it ends.
Status RotationEndpoint::AddNodes(std::vector<std::string>& waiting) const {
  const auto started = options_.identity.Now()->authorities.rotation_started;
  if (options_.clock.Now() - started > kNodesLongest) return Status::Ok();
  NOIZY_ASSIGN_OR_RETURN(const auto nodes, TypedClient<Node>(*options_.client).List());
  for (const Node& node : nodes.items) {
    if (!options_.node_is_up_to_date(node.metadata.name))
      waiting.push_back("Node " + node.metadata.name);
  }
  return Status::Ok();
}

Status RotationEndpoint::AddCertificates(std::vector<std::string>& waiting) const {
  const auto identity = options_.identity.Now();
  NOIZY_ASSIGN_OR_RETURN(const auto list, TypedClient<Certificate>(*options_.client).List());
  const TypedClient<Secret> secrets(*options_.client);
  for (const Certificate& certificate : list.items) {
    if (certificate.spec.issuer_ref.kind != "GridCA" || certificate.spec.revoked) continue;
    const auto secret = secrets.Get({certificate.metadata.ns, certificate.spec.secret_name});
    const auto chain = secret.ok() ? secret->data.find("tls.crt") : decltype(secret->data.end()){};
    if (!secret.ok() || chain == secret->data.end()) continue;  // nobody depends on what is not
    const std::string pem = DecodeBase64(chain->second).ValueOr("");
    if (!CheckIssuedBy(pem, identity->issuer.certificate_pem).ok())
      waiting.push_back("Certificate " + certificate.metadata.ns + "/" + certificate.metadata.name);
  }
  return Status::Ok();
}

// People and programs whom nobody can tell of the new CA: only a new certificate keeps them in.
Status RotationEndpoint::AddIdentities(std::vector<std::string>& waiting) const {
  const std::string current = options_.identity.Now()->authorities.current.certificate_pem;
  NOIZY_ASSIGN_OR_RETURN(const auto list,
                         TypedClient<CertificateSigningRequest>(*options_.client).List());
  for (const CertificateSigningRequest& request : list.items) {
    if (request.spec.signer_name != kClientSigner) continue;
    const std::string pem = DecodeBase64(request.status.certificate).ValueOr("");
    const auto issued = ParseCertificate(pem);  // fails where none was issued
    if (!issued.ok() || issued->not_after <= options_.clock.Now()) continue;
    if (options_.is_revoked(issued->serial) || CheckIssuedBy(pem, current).ok()) continue;
    waiting.push_back("CertificateSigningRequest " + request.metadata.name + " (the user " +
                      issued->subject.common_name + ", until " + FormatTime(issued->not_after) +
                      ")");
  }
  return Status::Ok();
}

Result<std::vector<std::string>> RotationEndpoint::WaitingFor() const {
  std::vector<std::string> waiting;
  NOIZY_RETURN_IF_ERROR(AddNodes(waiting));
  NOIZY_RETURN_IF_ERROR(AddCertificates(waiting));
  NOIZY_RETURN_IF_ERROR(AddIdentities(waiting));
  return waiting;
}

Result<Value> RotationEndpoint::Describe() const {
  const auto identity = options_.identity.Now();
  const GridAuthorities& authorities = identity->authorities;
  NOIZY_ASSIGN_OR_RETURN(const std::string hash,
                         PublicKeyHash(authorities.current.certificate_pem));
  Object answer{{"state", authorities.previous ? "Rotating" : "Settled"}, {"caHash", hash}};
  if (!authorities.previous) return Value(std::move(answer));
  NOIZY_ASSIGN_OR_RETURN(const std::string previous,
                         PublicKeyHash(authorities.previous->certificate_pem));
  NOIZY_ASSIGN_OR_RETURN(const auto waiting, WaitingFor());
  Array names;
  for (const std::string& name : waiting) names.emplace_back(name);
  answer["previousCaHash"] = previous;
  answer["waitingFor"] = std::move(names);
  return Value(std::move(answer));
}

Status RotationEndpoint::Start(const Value& body) {
  std::optional<CertificateAuthority> next;
  if (const std::string_view pem = StringAt(body, {"certificate"}); !pem.empty()) {
    NOIZY_ASSIGN_OR_RETURN(next, ReadRoot(pem, StringAt(body, {"key"}), "", options_.clock.Now()));
  }
  NOIZY_RETURN_IF_ERROR(
      StartRotation(options_.pki_folder, std::move(next), options_.passphrase, options_.clock));
  LogInfo("Began to rotate the CA");
  return options_.reload();
}

Status RotationEndpoint::Finish(const Value& body) {
  if (!options_.identity.Now()->authorities.previous)
    return {StatusReason::kConflict, "the CA is not being rotated"};
  NOIZY_ASSIGN_OR_RETURN(const auto waiting, WaitingFor());
  if (!waiting.empty() && !BoolAt(body, {"force"}))
    return {StatusReason::kConflict, "still in need of the old CA: " + Joined(waiting) +
                                         " (nodes and Certificates get there by themselves; a "
                                         "user makes a new CertificateSigningRequest, and the old "
                                         "one is deleted when the new certificate is in use; "
                                         "noizy ca rotate --finish --force drops the CA all the "
                                         "same: what needs it has to join or be issued anew)"};
  NOIZY_RETURN_IF_ERROR(FinishRotation(options_.pki_folder));
  LogInfo("Dropped the old CA");
  return options_.reload();
}

Result<Value> RotationEndpoint::Act(const Value& body) {
  const std::string_view action = StringAt(body, {"action"});
  if (action != "Start" && action != "Finish")
    return BadRequest("action: \"" + std::string(action) + "\" is neither Start nor Finish");
  NOIZY_RETURN_IF_ERROR(action == "Start" ? Start(body) : Finish(body));
  return Describe();
}

void RotationEndpoint::Handle(const apiserver::RequestPtr& request) {
  const bool reads = request->request().method == "GET";
  if (!reads && request->request().method != "POST")
    return ReplyStatus(*request,
                       Status(StatusReason::kMethodNotAllowed, "a rotation is read or posted"));
  const Result<Value> body = reads ? Value(Object()) : ParseJson(request->request().body);
  if (!body.ok()) return ReplyStatus(*request, body.status());
  options_.executor.Post([this, request, reads, body = *body] {
    const Result<Value> answer = reads ? Describe() : Act(body);
    if (!answer.ok()) return ReplyStatus(*request, answer.status());
    ReplyJson(*request, 200, *answer);
  });
}

}  // namespace noizy
