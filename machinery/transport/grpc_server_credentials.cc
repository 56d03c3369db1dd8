#include "machinery/transport/grpc_server_credentials.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpcpp/support/slice.h>

#include <algorithm>

#include "machinery/base/clock.h"
#include "machinery/pki/pki.h"
#include "machinery/transport/grpc_adapter.h"
#include "machinery/transport/tls_context.h"

namespace noizy {
namespace {

// The chain with the trusted roots at its end: a joining machine knows nothing but a root's hash,
// and must find it there.
Result<std::string> ChainWithRoots(const TlsIdentity& tls) {
  NOIZY_ASSIGN_OR_RETURN(std::vector<std::string> chain, SplitCertificates(tls.certificate_pem));
  NOIZY_ASSIGN_OR_RETURN(const std::vector<std::string> roots, SplitCertificates(tls.ca_pem));
  for (const std::string& root : roots) {
    if (std::find(chain.begin(), chain.end(), root) == chain.end()) chain.push_back(root);
  }
  std::string pem;
  for (const std::string& certificate : chain) pem += certificate;
  return pem;
}

// gRPC keeps the last configuration when one is no use, and says so in its log alone: what is
// given to it is checked before.
Result<TlsIdentity> Checked(TlsIdentity tls) {
  NOIZY_RETURN_IF_ERROR(MakeServerTls(tls).status());
  NOIZY_ASSIGN_OR_RETURN(tls.certificate_pem, ChainWithRoots(tls));
  return tls;
}

// gRPC asks before each handshake. Its C++ interface has no way to say this in memory; its C
// interface, which that one stands on, does.
grpc_ssl_certificate_config_reload_status Fetch(void* state,
                                                grpc_ssl_server_certificate_config** config) {
  TlsIdentity tls;
  if (!static_cast<GrpcServerTls*>(state)->TakeNews(tls))
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
  const grpc_ssl_pem_key_cert_pair pair{tls.private_key_pem.c_str(), tls.certificate_pem.c_str()};
  *config = grpc_ssl_server_certificate_config_create(tls.ca_pem.c_str(), &pair, 1);
  return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

std::string PathOf(const grpc_metadata* metadata, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (grpc_slice_str_cmp(metadata[i].key, ":path") != 0) continue;
    const grpc_slice& path = metadata[i].value;
    return {reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(path)), GRPC_SLICE_LENGTH(path)};
  }
  return {};
}

Status CheckCall(const GrpcServerTls& tls, grpc_auth_context* context, const std::string& path) {
  if (path == "/noizy.v1.NodeAgent/Join") return Status::Ok();
  grpc_auth_property_iterator properties =
      grpc_auth_context_find_properties_by_name(context, GRPC_X509_PEM_CERT_PROPERTY_NAME);
  const grpc_auth_property* const certificate = grpc_auth_property_iterator_next(&properties);
  if (certificate == nullptr) return CertificateNeeded();
  return tls.CheckClient(std::string(certificate->value, certificate->value_length));
}

using TlsOwner = std::shared_ptr<GrpcServerTls>;

void CheckCallOf(void* state, grpc_auth_context* context, const grpc_metadata* metadata,
                 std::size_t count, grpc_process_auth_metadata_done_cb done, void* call) {
  const Status status =
      CheckCall(**static_cast<TlsOwner*>(state), context, PathOf(metadata, count));
  const grpc::Status answer = ToGrpc(status);
  done(call, nullptr, 0, nullptr, 0, static_cast<grpc_status_code>(answer.error_code()),
       answer.ok() ? nullptr : answer.error_message().c_str());
}

void DropOwner(void* state) {
  delete static_cast<TlsOwner*>(state);  // NOLINT(cppcoreguidelines-owning-memory)
}

class ReloadableCredentials final : public grpc::ServerCredentials {
 public:
  // gRPC may keep the credentials longer than this object: with them it keeps the checks, and with
  // those what both callbacks look at.
  explicit ReloadableCredentials(TlsOwner tls)
      : credentials_(grpc_ssl_server_credentials_create_with_options(
            grpc_ssl_server_credentials_create_options_using_config_fetcher(
                GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY, Fetch, tls.get()))) {
    auto owner = std::make_unique<TlsOwner>(std::move(tls));
    grpc_server_credentials_set_auth_metadata_processor(credentials_,
                                                        {CheckCallOf, DropOwner, owner.release()});
  }
  ~ReloadableCredentials() override { grpc_server_credentials_release(credentials_); }
  ReloadableCredentials(const ReloadableCredentials&) = delete;
  ReloadableCredentials& operator=(const ReloadableCredentials&) = delete;

  // The checks of calls are our own.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  grpc_server_credentials* const credentials_;
};

}  // namespace

Result<std::shared_ptr<GrpcServerTls>> GrpcServerTls::Make(TlsIdentity tls) {
  auto made = std::make_shared<GrpcServerTls>();
  NOIZY_RETURN_IF_ERROR(made->Replace(std::move(tls)));
  return made;
}

Status GrpcServerTls::Replace(TlsIdentity tls) {
  NOIZY_ASSIGN_OR_RETURN(TlsIdentity checked, Checked(std::move(tls)));
  MutexLock lock(mutex_);
  tls_ = std::move(checked);
  is_news_ = true;
  return Status::Ok();
}

// gRPC took a chain of any length. Who is who is said by the trusted CAs themselves: what an
// intermediate of theirs signs, a Certificate say, is nobody's identity here.
Status GrpcServerTls::CheckClient(const std::string& certificate_pem) const {
  std::string ca_pem;
  {
    MutexLock lock(mutex_);
    ca_pem = tls_.ca_pem;
  }
  return VerifyCertificate(certificate_pem, ca_pem, RealClock::Instance().Now(), "client auth");
}

bool GrpcServerTls::TakeNews(TlsIdentity& tls) {
  MutexLock lock(mutex_);
  if (!is_news_) return false;
  is_news_ = false;
  tls = tls_;
  return true;
}

std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(std::shared_ptr<GrpcServerTls> tls) {
  return std::make_shared<ReloadableCredentials>(std::move(tls));
}

}  // namespace noizy
