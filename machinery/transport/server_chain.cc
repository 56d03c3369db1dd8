#include "machinery/transport/server_chain.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cctype>

#include "machinery/base/clock.h"
#include "machinery/pki/openssl_handles.h"
#include "machinery/pki/pki.h"

namespace noizy {
namespace {

using SslContext = std::unique_ptr<SSL_CTX, openssl::Deleter<SSL_CTX_free>>;

// Between looks at a socket that is not ready yet.
constexpr unsigned int kPollMs = 10;

Result<SslContext> NewContext() {
  SslContext context(SSL_CTX_new(TLS_client_method()));
  static constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_alpn_protos(context.get(), kHttp2, sizeof kHttp2) != 0) {
    return openssl::ErrorFromQueue("could not set TLS up");
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);  // looked at afterwards, by its hash
  return context;
}

// The host, without the brackets of an IPv6 address.
std::string HostOf(std::string_view target) {
  std::string_view host = target.substr(0, target.rfind(':'));
  if (host.starts_with('[')) host.remove_prefix(1);
  if (host.ends_with(']')) host.remove_suffix(1);
  return std::string(host);
}

bool IsAddress(std::string_view host) {
  return host.find_first_not_of("0123456789.") == std::string_view::npos ||
         host.find(':') != std::string_view::npos;
}

Result<std::vector<std::string>> PeerChain(SSL* ssl) {
  std::vector<std::string> chain;
  STACK_OF(X509)* certificates = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; i < sk_X509_num(certificates); ++i) {
    NOIZY_ASSIGN_OR_RETURN(std::string pem,
                           openssl::CertificatePem(sk_X509_value(certificates, i)));
    chain.push_back(std::move(pem));
  }
  return chain;
}

// The digits behind "sha256:", in lower case; "" for another form.
std::string DigitsOf(std::string_view hash) {
  constexpr std::string_view kPrefix = "sha256:";
  constexpr std::size_t kDigits = 64;
  std::string digits;
  for (const char c : hash)
    digits += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (!digits.starts_with(kPrefix)) return {};
  digits.erase(0, kPrefix.size());
  const bool hexadecimal = digits.find_first_not_of("0123456789abcdef") == std::string::npos;
  return hexadecimal && digits.length() == kDigits ? digits : std::string();
}

}  // namespace

Result<std::vector<std::string>> FetchServerChain(const std::string& target,
                                                  std::chrono::milliseconds timeout) {
  NOIZY_ASSIGN_OR_RETURN(const SslContext context, NewContext());
  const openssl::Bio connection(BIO_new_ssl_connect(context.get()));
  SSL* ssl = nullptr;
  if (!connection || BIO_get_ssl(connection.get(), &ssl) != 1 ||
      BIO_set_conn_hostname(connection.get(), target.c_str()) != 1) {
    ERR_clear_error();
    return BadRequest("\"" + target + "\" is no host:port");
  }
  const std::string host = HostOf(target);
  if (!IsAddress(host)) SSL_set_tlsext_host_name(ssl, host.c_str());
  // Connects and shakes hands; the deadline covers both, so a server that never answers does not
  // hold us.
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(timeout).count();
  const int connected = BIO_do_connect_retry(connection.get(), static_cast<int>(seconds), kPollMs);
  if (connected != 1) {
    const Status why = openssl::ErrorFromQueue("no TLS 1.3 server answers at " + target);
    return Unavailable(why.message());
  }
  return PeerChain(ssl);
}

Result<std::string> TrustedRootOf(const std::vector<std::string>& chain, const std::string& hash) {
  const std::string wanted = DigitsOf(hash);
  if (wanted.empty()) {
    return BadRequest("the CA's hash must be sha256: and 64 hexadecimal digits, not \"" + hash +
                      "\"");
  }
  std::string chain_pem;
  for (const std::string& certificate : chain) chain_pem += certificate;
  Status fault =
      Unauthorized("no certificate of the server has the public key " + hash +
                   ": this is not the grid the hash was printed by, or somebody stands in between");
  for (const std::string& certificate : chain) {
    NOIZY_ASSIGN_OR_RETURN(const std::string found, PublicKeyHash(certificate));
    if (!ConstantTimeEqual(DigitsOf(found), wanted)) continue;
    const Status verified =
        VerifyCertificate(chain_pem, certificate, RealClock::Instance().Now(), "server auth");
    if (verified.ok()) return certificate;
    fault = verified;  // the same key signed by another CA, perhaps: the root comes behind it
  }
  return fault;
}

}  // namespace noizy
