#include "nodeagent/identity.h"

#include "machinery/os/files.h"
#include "machinery/pki/pki.h"
#include "machinery/value/json.h"

namespace noizy::nodeagent {
namespace {

constexpr char kKeyFile[] = "/node.key";
constexpr char kCertificateFile[] = "/node.crt";
constexpr char kCaFile[] = "/ca.crt";
constexpr char kNodeFile[] = "/node.json";
constexpr char kUsage[] = "client auth";

std::string FolderIn(const std::string& data_dir) {
  return data_dir + "/identity";
}

Result<NodeIdentity> ReadIdentity(const std::string& folder) {
  NodeIdentity identity;
  NOIZY_ASSIGN_OR_RETURN(const std::string text, ReadFile(folder + kNodeFile));
  NOIZY_ASSIGN_OR_RETURN(const Value node, ParseJson(text));
  identity.node_name = StringAt(node, {"name"});
  identity.server = StringAt(node, {"server"});
  NOIZY_RETURN_IF_ERROR(RequirePrivate(folder + kKeyFile));
  NOIZY_ASSIGN_OR_RETURN(identity.tls.private_key_pem, ReadFile(folder + kKeyFile));
  NOIZY_ASSIGN_OR_RETURN(identity.tls.certificate_pem, ReadFile(folder + kCertificateFile));
  NOIZY_ASSIGN_OR_RETURN(identity.tls.ca_pem, ReadFile(folder + kCaFile));
  return identity;
}

// That the certificate is for our key is shown by the session's handshake; here only what a wrong
// server could send.
Status CheckAnswer(const v1::JoinResponse& response, const EnrolRequest& request,
                   const Clock& clock) {
  NOIZY_ASSIGN_OR_RETURN(const auto roots, SplitCertificates(response.ca_pem()));
  bool found = false;  // one of several, while a CA is replaced
  for (const std::string& root : roots) {
    NOIZY_ASSIGN_OR_RETURN(const std::string hash, PublicKeyHash(root));
    found = found || ConstantTimeEqual(hash, request.ca_hash);
  }
  if (!found) return Unauthorized("the server sent a CA other than the one asked for");
  return VerifyCertificate(response.certificate_pem(), response.ca_pem(), clock.Now(), kUsage);
}

}  // namespace

Result<NodeIdentity> LoadIdentity(const std::string& data_dir, const Clock& clock) {
  const std::string folder = FolderIn(data_dir);
  if (!FileExists(folder + kNodeFile)) {
    return Status(StatusReason::kNotFound,
                  "this machine has not joined a grid: there is no " + folder + kNodeFile);
  }
  NOIZY_ASSIGN_OR_RETURN(NodeIdentity identity, ReadIdentity(folder));
  NOIZY_ASSIGN_OR_RETURN(const ParsedCertificate certificate,
                         ParseCertificate(identity.tls.certificate_pem));
  if (clock.Now() >= certificate.not_after) {
    return Unauthorized("the certificate of node " + identity.node_name +
                        " has run out; join again with a new token (noizy token create)");
  }
  return identity;
}

Status SaveIdentity(const std::string& data_dir, const NodeIdentity& identity) {
  const std::string folder = FolderIn(data_dir);
  NOIZY_RETURN_IF_ERROR(MakeFolders(folder));
  // Should the writes stop halfway, no mixture of an old and a new identity is taken for one.
  NOIZY_RETURN_IF_ERROR(RemoveTree(folder + kNodeFile));
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(folder + kKeyFile, identity.tls.private_key_pem));
  NOIZY_RETURN_IF_ERROR(
      WriteFileAtomically(folder + kCertificateFile, identity.tls.certificate_pem));
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(folder + kCaFile, identity.tls.ca_pem));
  const Object node = {{"name", identity.node_name}, {"server", identity.server}};
  return WriteFileAtomically(folder + kNodeFile, ToJson(node));
}

Result<NodeIdentity> Enrol(const EnrolRequest& request, const JoinCall& join, const Clock& clock) {
  NodeIdentity identity;
  identity.node_name = request.node_name;
  identity.server = request.server;
  NOIZY_ASSIGN_OR_RETURN(identity.tls.private_key_pem, GenerateKey({KeyAlgorithm::kEcdsa, 256}));
  CertificateSubject subject;
  subject.common_name = "system:node:" + request.node_name;
  subject.organizations = {"system:nodes"};
  v1::JoinRequest message;
  message.set_token(request.token);
  message.set_node_name(request.node_name);
  message.set_agent_version(request.agent_version);
  NOIZY_ASSIGN_OR_RETURN(*message.mutable_csr_pem(),
                         CreateSigningRequest(subject, identity.tls.private_key_pem));
  JoinOptions options;
  options.target = request.server;
  options.ca_hash = request.ca_hash;
  auto response = join(options, message);
  if (!response.ok())
    return response.status().WithContext("cannot join the grid at " + request.server);
  NOIZY_RETURN_IF_ERROR(CheckAnswer(*response, request, clock));
  identity.tls.certificate_pem = response->certificate_pem();
  identity.tls.ca_pem = response->ca_pem();
  return identity;
}

}  // namespace noizy::nodeagent
