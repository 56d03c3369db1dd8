#include "tests/unit/machinery/transport/http_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "machinery/base/clock.h"
#include "machinery/base/mutex.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;

X509* ReadX509(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return certificate;
}

void UseIdentity(SSL_CTX* context, const TlsIdentity& tls) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  X509* ca = ReadX509(tls.ca_pem);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca);
  X509_free(ca);
  if (tls.certificate_pem.empty()) return;
  X509* certificate = ReadX509(tls.certificate_pem);
  SSL_CTX_use_certificate(context, certificate);
  X509_free(certificate);
  BIO* bio =
      BIO_new_mem_buf(tls.private_key_pem.data(), static_cast<int>(tls.private_key_pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  SSL_CTX_use_PrivateKey(context, key);
  EVP_PKEY_free(key);
  BIO_free(bio);
}

CertificateProfile ProfileNow(std::string name, std::vector<std::string> usages) {
  CertificateProfile profile;
  profile.subject.common_name = std::move(name);
  profile.not_before = RealClock::Instance().Now() - std::chrono::hours(2);
  profile.not_after = RealClock::Instance().Now() + std::chrono::hours(24);
  profile.usages = std::move(usages);
  return profile;
}

RawClient::Options Trusting() {
  RawClient::Options options;
  options.tls.ca_pem = HttpTestAuthority::Instance().ca_pem();
  return options;
}

}  // namespace

bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kHttpPatience;
  Mutex mutex;
  CondVar never;
  const MutexLock lock(mutex);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    never.WaitFor(mutex, milliseconds(1));  // leaves the processor to what is waited for
  }
  return true;
}

HttpTestAuthority::HttpTestAuthority() {
  CertificateProfile profile = ProfileNow("http-test-ca", {"digital signature", "cert sign"});
  profile.is_ca = true;
  authority_ = *CreateAuthority(profile, KeySpec{});
}

const HttpTestAuthority& HttpTestAuthority::Instance() {
  static const HttpTestAuthority authority;
  return authority;
}

TlsIdentity HttpTestAuthority::Sign(CertificateProfile profile) const {
  TlsIdentity identity;
  identity.private_key_pem = *GenerateKey(KeySpec{});
  const std::string public_key = *PublicKeyOf(identity.private_key_pem);
  identity.certificate_pem = *SignCertificate(authority_, profile, public_key);
  identity.ca_pem = authority_.certificate_pem;
  return identity;
}

TlsIdentity HttpTestAuthority::Server(const std::string& dns_name) const {
  CertificateProfile profile = ProfileNow("server", {"digital signature", "server auth"});
  profile.subject.dns_names = {dns_name.empty() ? "localhost" : dns_name};
  if (dns_name.empty()) profile.subject.ip_addresses = {"127.0.0.1"};
  return Sign(std::move(profile));
}

TlsIdentity HttpTestAuthority::Client(const std::string& name,
                                      std::vector<std::string> organizations) const {
  CertificateProfile profile = ProfileNow(name, {"digital signature", "client auth"});
  profile.subject.organizations = std::move(organizations);
  return Sign(std::move(profile));
}

TlsIdentity HttpTestAuthority::ExpiredClient(const std::string& name) const {
  CertificateProfile profile = ProfileNow(name, {"digital signature", "client auth"});
  profile.not_after = RealClock::Instance().Now() - std::chrono::hours(1);
  return Sign(std::move(profile));
}

int ConnectTcp(std::uint16_t port, int receive_buffer) {
  std::signal(SIGPIPE, SIG_IGN);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (receive_buffer > 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

// Thousands of these share one context: it weighs more than a connection.
RawClient::RawClient(std::uint16_t port, SSL_SESSION* resume) : fd_(ConnectTcp(port)) {
  static SSL_CTX* const shared = [] {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    UseIdentity(context, Trusting().tls);
    return context;
  }();
  SSL_CTX_up_ref(shared);
  context_ = shared;
  Options options = Trusting();
  options.resume = resume;
  Secure(options);
}

RawClient::RawClient(std::uint16_t port, const Options& options)
    : fd_(ConnectTcp(port, options.receive_buffer)), context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX_set_security_level(context_, 0);
  SSL_CTX_set_min_proto_version(context_, options.lowest_tls);
  SSL_CTX_set_max_proto_version(context_, options.highest_tls);
  if (!options.ciphers12.empty()) SSL_CTX_set_cipher_list(context_, options.ciphers12.c_str());
  UseIdentity(context_, options.tls);
  Secure(options);
}

void RawClient::Secure(const Options& options) {
  SetPatience(kHttpPatience);
  ssl_ = SSL_new(context_);
  if (!options.protocols.empty()) {
    const std::string wire = static_cast<char>(options.protocols.size()) + options.protocols;
    SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(wire.data()),
                        static_cast<unsigned>(wire.size()));
  }
  if (options.resume != nullptr) SSL_set_session(ssl_, options.resume);
  SSL_set_fd(ssl_, fd_);
  secured_ = fd_ >= 0 && SSL_connect(ssl_) == 1;
}

RawClient::~RawClient() {
  CloseSocket();
  SSL_free(ssl_);
  SSL_CTX_free(context_);
}

void RawClient::SetPatience(milliseconds patience) {
  timeval time{};
  time.tv_sec = patience.count() / 1000;
  time.tv_usec = patience.count() % 1000 * 1000;
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t sent = 0;
    if (SSL_write_ex(ssl_, bytes.data(), bytes.size(), &sent) != 1) return false;
    bytes.remove_prefix(sent);
  }
  return true;
}

bool RawClient::Fill() {
  char bytes[16384];
  std::size_t count = 0;
  if (ended_ || SSL_read_ex(ssl_, bytes, sizeof bytes, &count) != 1) {
    ended_ = ended_ || errno != EAGAIN || SSL_get_shutdown(ssl_) != 0;
    return false;
  }
  buffer_.append(bytes, count);
  return true;
}

std::string RawClient::ReadLine() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!Fill()) return {};
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

std::string RawClient::ReadExactly(std::size_t size) {
  while (buffer_.size() < size && Fill()) {
  }
  std::string bytes = buffer_.substr(0, size);
  buffer_.erase(0, bytes.size());
  return bytes;
}

RawReply RawClient::ReadHead() {
  RawReply reply;
  const std::string status = ReadLine();
  if (status.size() < 12) return reply;
  reply.code = std::stoi(status.substr(9, 3));
  for (std::string line = ReadLine(); !line.empty(); line = ReadLine()) {
    const auto colon = line.find(": ");
    reply.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  return reply;
}

RawReply RawClient::ReadReply(bool body_follows) {
  RawReply reply = ReadHead();
  if (reply.code == 0 || !body_follows) return reply;
  const std::string_view length = FindHeader(reply.headers, "Content-Length");
  if (!length.empty()) {
    reply.body = ReadExactly(std::stoul(std::string(length)));
  } else if (FindHeader(reply.headers, "Transfer-Encoding") == "chunked") {
    for (std::string chunk = ReadChunk(); !chunk.empty(); chunk = ReadChunk()) reply.body += chunk;
  }
  return reply;
}

std::string RawClient::ReadChunk() {
  const std::string size = ReadLine();
  if (size.empty()) return {};
  std::string chunk = ReadExactly(std::stoul(size, nullptr, 16));
  EXPECT_EQ(ReadLine(), "");
  return chunk;
}

std::string RawClient::ReadUntilEnd() {
  while (Fill()) {
  }
  return std::exchange(buffer_, {});
}

void RawClient::SayGoodbye() {
  SSL_shutdown(ssl_);
}

void RawClient::CloseSocket() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

HttpServerOptions TestServerOptions() {
  HttpServerOptions options;
  options.tls = HttpTestAuthority::Instance().Server();
  return options;
}

std::unique_ptr<HttpServer> StartServer(HttpHandler handler, HttpServerOptions options) {
  auto server = HttpServer::Start(std::move(options), std::move(handler));
  EXPECT_TRUE(server.ok()) << server.status().ToString();
  return server.ok() ? *std::move(server) : nullptr;
}

void EchoHandler(const std::shared_ptr<HttpExchange>& exchange) {
  const HttpRequest& request = exchange->request();
  HttpReply reply;
  reply.headers = {{"Content-Type", "text/plain"}, {"X-Peer", request.peer.common_name}};
  reply.body.emplace_back(request.method + "\n" + request.path + "\n" + request.query + "\n");
  reply.body.emplace_back(request.body);
  exchange->Reply(std::move(reply));
}

}  // namespace noizy
