#include "machinery/transport/grpc_adapter.h"

#include <absl/synchronization/mutex.h>
#include <grpc/support/log.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <future>
#include <mutex>

#include "machinery/base/log.h"
#include "machinery/pki/pki.h"

// Reads and keeps GRPC_SSL_CIPHER_SUITES. gRPC exports it, but not in a public header.
const char* grpc_get_ssl_cipher_suites();

namespace noizy {
namespace {

// gRPC's threads may still shake hands while main returns, so OpenSSL must not free what it holds
// at exit: that read freed memory now and then. Only OpenSSL's first call can say so, hence before
// main.
[[maybe_unused]] const bool openssl_outlives_main =
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr) == 1;

// gRPC 1.51 cannot be told a lowest TLS version. This list, which is for TLS 1.2 and below only,
// leaves those without a cipher that could be agreed on: pre-shared keys, of which there are none.
// The variable is taken back so that no child process inherits it.
void AllowOnlyTls13() {
  constexpr const char* kVariable = "GRPC_SSL_CIPHER_SUITES";
  setenv(kVariable, "PSK-AES256-GCM-SHA384", 1);
  grpc_get_ssl_cipher_suites();
  unsetenv(kVariable);
}

void LogOfGrpc(gpr_log_func_args* line) {
  if (line->severity == GPR_LOG_SEVERITY_DEBUG) return;
  LogDebug("gRPC said something", {{"text", line->message}});
}

// gRPC's callback threads end with the last channel or server that uses them, and end badly (1.51)
// when it is one of them that lets go of it, as happens when a session's end drops the session. So
// a channel to nowhere, on which one call was made, stays for the process's life.
void KeepCallbackThreads() {
  // Owned by the process and never freed, so that no static destructor ends the threads either.
  static const std::shared_ptr<grpc::Channel>& channel =
      *new std::shared_ptr<grpc::Channel>(grpc::CreateChannel("nowhere", nullptr));
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  const grpc::Slice nothing;
  const grpc::ByteBuffer request(&nothing, 1);
  grpc::ByteBuffer response;
  std::promise<void> done;
  stub.UnaryCall(&context, "/nowhere", grpc::StubOptions(), &request, &response,
                 [&done](const grpc::Status&) { done.set_value(); });
  done.get_future().wait();
}

void Replace(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), by);
  }
}

}  // namespace

void PrepareGrpc() {
  static std::once_flag once;
  std::call_once(once, [] {
    gpr_set_log_function(LogOfGrpc);
    // A distribution's build of gRPC's locks looks for deadlocks whenever one of them is taken,
    // with one lock for the whole process.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    AllowOnlyTls13();
    KeepCallbackThreads();
  });
}

grpc::Status ToGrpc(const Status& status) {
  return {static_cast<grpc::StatusCode>(GrpcCode(status.reason())), status.message()};
}

Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return Status::Ok();
  if (status.error_code() == grpc::StatusCode::CANCELLED) {
    return Unavailable("the call was cancelled: " + status.error_message());
  }
  return {ReasonFromGrpcCode(status.error_code()), status.error_message()};
}

Status CertificateNeeded() {
  return Unauthorized(
      "a client certificate of this grid is needed; a machine gets one by joining: noizy agent "
      "--join");
}

Result<PeerIdentity> PeerOf(const grpc::AuthContext& context) {
  const auto certificates = context.FindPropertyValues("x509_pem_cert");
  if (certificates.empty()) return CertificateNeeded();
  const grpc::string_ref pem = certificates.front();
  NOIZY_ASSIGN_OR_RETURN(ParsedCertificate certificate, ParseCertificate({pem.data(), pem.size()}));
  return PeerIdentity{std::move(certificate.subject.common_name),
                      std::move(certificate.subject.organizations), std::move(certificate.serial),
                      certificate.not_after};
}

std::string AddressOfPeer(std::string_view peer) {
  std::string address(peer);
  if (peer.starts_with("ipv4:") || peer.starts_with("ipv6:")) address.erase(0, 5);
  Replace(address, "%5B", "[");
  Replace(address, "%5D", "]");
  return address;
}

std::string JoinHostAndPort(std::string_view host, std::uint16_t port) {
  const bool bare_ipv6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
  const std::string text = bare_ipv6 ? "[" + std::string(host) + "]" : std::string(host);
  return text + ":" + std::to_string(port);
}

}  // namespace noizy
