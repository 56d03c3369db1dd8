#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "machinery/pki/pki.h"
#include "machinery/transport/agent_transport.h"
#include "machinery/transport/grpc_adapter.h"
#include "machinery/transport/server_chain.h"
#include "noizy/v1/agent.grpc.pb.h"

namespace noizy {
namespace {

// A name the server's certificate carries. A joining machine may know the server by an address the
// certificate does not list (behind NAT, by a local alias); that it is the right server was shown
// by the CA's hash.
Result<std::string> ANameOf(const std::string& certificate_pem) {
  NOIZY_ASSIGN_OR_RETURN(const ParsedCertificate certificate, ParseCertificate(certificate_pem));
  const CertificateSubject& subject = certificate.subject;
  if (!subject.dns_names.empty()) return subject.dns_names.front();
  if (!subject.ip_addresses.empty()) return subject.ip_addresses.front();
  return Unauthorized("the server's certificate names no host");
}

}  // namespace

Result<v1::JoinResponse> JoinGrid(const JoinOptions& options, const v1::JoinRequest& request) {
  PrepareGrpc();
  const auto deadline = std::chrono::system_clock::now() + options.timeout;
  NOIZY_ASSIGN_OR_RETURN(const auto chain, FetchServerChain(options.target, options.timeout));
  NOIZY_ASSIGN_OR_RETURN(const std::string root, TrustedRootOf(chain, options.ca_hash));
  NOIZY_ASSIGN_OR_RETURN(const std::string name, ANameOf(chain.front()));

  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(name);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  const auto stub = v1::NodeAgent::NewStub(
      grpc::CreateCustomChannel(options.target, grpc::SslCredentials({root, "", ""}), arguments));
  grpc::ClientContext context;
  context.set_deadline(deadline);
  v1::JoinResponse response;
  NOIZY_RETURN_IF_ERROR(FromGrpc(stub->Join(&context, request, &response)));
  return response;
}

}  // namespace noizy
