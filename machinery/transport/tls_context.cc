#include "machinery/transport/tls_context.h"

#include <openssl/err.h>

#include <array>

#include "machinery/pki/openssl_handles.h"
#include "machinery/pki/times.h"

namespace noizy {
namespace {

using openssl::InputErrorFromQueue;

// TLS 1.2 only with forward secrecy and authenticated encryption; 1.3 has nothing else.
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kGroups = "X25519:P-256:P-384";
// Leaf, two intermediates, root.
constexpr int kChainDepth = 3;

// In order of preference; "h2" joins when a codec for it stands beside the HTTP/1.1 connection.
constexpr std::array<std::string_view, 1> kProtocols = {"http/1.1"};

int ChooseProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* offered, unsigned offered_size, void*) {
  for (const std::string_view protocol : kProtocols) {
    for (unsigned i = 0; i < offered_size && i + offered[i] < offered_size; i += offered[i] + 1U) {
      const std::string_view name(reinterpret_cast<const char*>(offered + i + 1), offered[i]);
      if (name != protocol) continue;
      *out = offered + i + 1;
      *out_size = offered[i];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

Status UseCertificate(const TlsIdentity& identity, SSL_CTX* context) {
  NOIZY_ASSIGN_OR_RETURN(const auto chain, openssl::ReadCertificates(identity.certificate_pem));
  NOIZY_ASSIGN_OR_RETURN(const auto key, openssl::ReadPrivateKey(identity.private_key_pem));
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) {
    return InputErrorFromQueue("cannot use the TLS certificate");
  }
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) {
      return InputErrorFromQueue("cannot use the TLS certificate's chain");
    }
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return InputErrorFromQueue("the private key does not belong to the TLS certificate");
  }
  return {};
}

Status Trust(const std::string& ca_pem, SSL_CTX* context) {
  NOIZY_ASSIGN_OR_RETURN(const auto roots, openssl::ReadCertificates(ca_pem));
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  for (const auto& root : roots) {
    if (X509_STORE_add_cert(store, root.get()) != 1) {
      return InputErrorFromQueue("cannot use a trusted CA certificate");
    }
  }
  SSL_CTX_set_verify_depth(context, kChainDepth);
  return {};
}

// Named in the certificate request, so that a client with several certificates picks the right one.
Status NameTheRoots(const std::string& ca_pem, SSL_CTX* context) {
  NOIZY_ASSIGN_OR_RETURN(const auto roots, openssl::ReadCertificates(ca_pem));
  for (const auto& root : roots) {
    if (SSL_CTX_add_client_CA(context, root.get()) != 1) {
      return InputErrorFromQueue("cannot name a trusted CA");
    }
  }
  return {};
}

void SetCommonOptions(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, kTls12Ciphers);
  SSL_CTX_set1_groups_list(context, kGroups);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
}

std::string NameEntry(const X509_NAME* name, int index) {
  unsigned char* utf8 = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
  if (size < 0) return {};
  const openssl::Memory owner(reinterpret_cast<char*>(utf8));
  return {owner.get(), static_cast<std::size_t>(size)};
}

std::string SerialOf(const X509* certificate) {
  const openssl::NumberHandle number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  const openssl::Memory text(BN_bn2hex(number.get()));
  std::string serial = text ? text.get() : "";
  for (char& c : serial) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  return serial;
}

}  // namespace

Result<TlsContext> MakeServerTls(const TlsIdentity& identity) {
  const TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return openssl::ErrorFromQueue("cannot make a TLS context");
  SSL_CTX* const raw = context.get();
  SetCommonOptions(raw);
  SSL_CTX_set_options(raw, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // A thousand idle watches hold no record buffers; a slow reader gets its record again from a
  // buffer that may have moved.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(raw, 1);
  // Tickets are kept by clients; nothing is kept here. One is enough for a client that reconnects.
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(raw, 1);
  constexpr unsigned char kSessionScope[] = "noizy";
  SSL_CTX_set_session_id_context(raw, kSessionScope, sizeof kSessionScope - 1);
  SSL_CTX_set_alpn_select_cb(raw, ChooseProtocol, nullptr);
  NOIZY_RETURN_IF_ERROR(UseCertificate(identity, raw));
  if (!identity.ca_pem.empty()) {
    NOIZY_RETURN_IF_ERROR(Trust(identity.ca_pem, raw));
    NOIZY_RETURN_IF_ERROR(NameTheRoots(identity.ca_pem, raw));
    // Who is who is said by the trusted CAs themselves: what an intermediate of theirs signs, a
    // Certificate say, is nobody's identity here.
    SSL_CTX_set_verify_depth(raw, 0);
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(raw), X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  }
  return context;
}

Result<TlsContext> MakeClientTls(const TlsIdentity& identity) {
  TlsContext context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context) return openssl::ErrorFromQueue("cannot make a TLS context");
  SetCommonOptions(context.get());
  if (!identity.certificate_pem.empty()) {
    NOIZY_RETURN_IF_ERROR(UseCertificate(identity, context.get()));
  }
  if (!identity.ca_pem.empty()) {
    NOIZY_RETURN_IF_ERROR(Trust(identity.ca_pem, context.get()));
  } else {
    SSL_CTX_set_default_verify_paths(context.get());
  }
  return context;
}

void CopyClientTls(SSL_CTX* from, SSL_CTX* to) {
  SetCommonOptions(to);
  SSL_CTX_set1_cert_store(to, SSL_CTX_get_cert_store(from));
  SSL_CTX_set1_param(to, SSL_CTX_get0_param(from));
  SSL_CTX_set_verify_depth(to, SSL_CTX_get_verify_depth(from));
  X509* const certificate = SSL_CTX_get0_certificate(from);
  if (certificate == nullptr) return;
  SSL_CTX_use_certificate(to, certificate);
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(from, &chain);
  SSL_CTX_set1_chain(to, chain);
  SSL_CTX_use_PrivateKey(to, SSL_CTX_get0_privatekey(from));
}

Result<PeerIdentity> PeerOf(const SSL* tls) {
  PeerIdentity peer;
  const X509* const certificate = SSL_get0_peer_certificate(tls);
  if (certificate == nullptr) return peer;
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0) {
    return Unauthorized("the client certificate has expired");
  }
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  for (int i = X509_NAME_get_index_by_NID(subject, NID_commonName, -1); i >= 0;
       i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) {
    peer.common_name = NameEntry(subject, i);
  }
  for (int i = X509_NAME_get_index_by_NID(subject, NID_organizationName, -1); i >= 0;
       i = X509_NAME_get_index_by_NID(subject, NID_organizationName, i)) {
    peer.organizations.push_back(NameEntry(subject, i));
  }
  peer.certificate_serial = SerialOf(certificate);
  NOIZY_ASSIGN_OR_RETURN(peer.not_after, TimeOf(X509_get0_notAfter(certificate)));
  return peer;
}

bool IsTrustedBy(const SSL* tls, SSL_CTX* context) {
  X509* const certificate = SSL_get0_peer_certificate(tls);
  if (certificate == nullptr) return true;
  const openssl::StoreContext verification(X509_STORE_CTX_new());
  X509_STORE* const roots = SSL_CTX_get_cert_store(context);
  if (X509_STORE_CTX_init(verification.get(), roots, certificate, nullptr) != 1) return false;
  // As OpenSSL does in a handshake.
  X509_STORE_CTX_set_default(verification.get(), "ssl_client");
  X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(verification.get()),
                         SSL_CTX_get0_param(context));
  const bool trusted = X509_verify_cert(verification.get()) == 1;
  ERR_clear_error();
  return trusted;
}

}  // namespace noizy
