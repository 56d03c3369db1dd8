// What the tests of the HTTP server and client share: certificates, a client that sends what it is
// told to byte by byte, and a server under test.
#pragma once

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/pki/pki.h"
#include "machinery/transport/http_server.h"

namespace noizy {

/// Far beyond what anything here takes, far below ctest's patience.
inline constexpr std::chrono::seconds kHttpPatience{20};

/// Waits until `condition` holds; false when it never did.
bool Eventually(const std::function<bool()>& condition);

/// A CA and what it signs, valid now.
class HttpTestAuthority {
 public:
  HttpTestAuthority();
  const std::string& ca_pem() const { return authority_.certificate_pem; }
  /// For 127.0.0.1 and localhost, or for `dns_name` alone; trusts this CA.
  TlsIdentity Server(const std::string& dns_name = "") const;
  TlsIdentity Client(const std::string& name, std::vector<std::string> organizations) const;
  /// A client's identity that ended an hour ago.
  TlsIdentity ExpiredClient(const std::string& name) const;
  /// This CA for all tests of the program.
  static const HttpTestAuthority& Instance();

 private:
  TlsIdentity Sign(CertificateProfile profile) const;
  CertificateAuthority authority_;
};

struct RawReply {
  int code = 0;  // 0: no reply came
  HttpHeaders headers;
  std::string body;
};

/// A TLS client without opinions on HTTP. For one thread.
class RawClient {
 public:
  struct Options {
    TlsIdentity tls;  // ca_pem is trusted; a certificate is sent when there is one
    int highest_tls = TLS1_3_VERSION;
    int lowest_tls = TLS1_VERSION;
    std::string ciphers12;               // of TLS 1.2, when not empty
    std::string protocols = "http/1.1";  // one ALPN name, or none
    int receive_buffer = 0;              // SO_RCVBUF, when not 0
    SSL_SESSION* resume = nullptr;
  };

  /// Connects and shakes hands.
  explicit RawClient(std::uint16_t port, SSL_SESSION* resume = nullptr);
  RawClient(std::uint16_t port, const Options& options);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool secured() const { return secured_; }
  SSL* ssl() { return ssl_; }
  int fd() const { return fd_; }

  /// False when the server has gone.
  bool Send(std::string_view bytes);
  /// One reply with its whole body; code 0 when the connection ended first.
  RawReply ReadReply(bool body_follows = true);
  RawReply ReadHead();
  /// One chunk of a chunked body; "" at its end.
  std::string ReadChunk();
  std::string ReadUntilEnd();
  /// The server closes, within the patience, having sent nothing more.
  bool SeesEnd() { return ReadUntilEnd().empty() && ended_; }
  /// TLS's goodbye, without closing the socket.
  void SayGoodbye();
  void CloseSocket();
  void SetPatience(std::chrono::milliseconds patience);

 private:
  void Secure(const Options& options);
  bool Fill();  // reads more; false at the end
  std::string ReadLine();
  std::string ReadExactly(std::size_t size);

  int fd_ = -1;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  bool secured_ = false;
  bool ended_ = false;
  std::string buffer_;
};

/// A connected TCP socket without TLS; -1 when refused.
int ConnectTcp(std::uint16_t port, int receive_buffer = 0);

HttpServerOptions TestServerOptions();
/// Starts a server, which must succeed.
std::unique_ptr<HttpServer> StartServer(HttpHandler handler,
                                        HttpServerOptions options = TestServerOptions());
/// Answers with method, path, query and body, one a line, and who asked.
void EchoHandler(const std::shared_ptr<HttpExchange>& exchange);

}  // namespace noizy
