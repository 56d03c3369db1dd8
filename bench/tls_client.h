// The cheapest HTTPS client there is: one blocking connection, requests made up beforehand, replies
// read to their Content-Length. A load generator on the same two cores as the server must cost
// little.
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "machinery/pki/tls_identity.h"

namespace noizy::bench {

/// One connection to 127.0.0.1. Not thread-safe.
class TlsClient {
 public:
  TlsClient(std::uint16_t port, const TlsIdentity& identity)
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    UseIdentity(identity);
    SSL_CTX_set_read_ahead(context_.get(), 1);
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return;
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), fd_);
    if (SSL_connect(ssl_.get()) != 1) ssl_.reset();
  }
  ~TlsClient() {
    ssl_.reset();
    close(fd_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// Sends a request and reads its reply; the reply's code, 0 when the connection failed. The body
  /// is in body() until the next call.
  int Call(std::string_view method, std::string_view path, std::string_view body = {},
           std::string_view content_type = "application/json") {
    std::string request = std::string(method) + " " + std::string(path) +
                          " HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n";
    if (!body.empty()) {
      request += "Content-Type: " + std::string(content_type) +
                 "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    }
    request += "\r\n";
    request += body;
    if (!ssl_ || SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size())) <= 0)
      return 0;
    return ReadReply();
  }
  const std::string& body() const { return body_; }

  /// Reads what has come, blocking for at least a byte; empty at the end. For watches, after a Call
  /// whose reply has no length.
  std::string_view ReadSome() {
    const int got = SSL_read(ssl_.get(), buffer_, sizeof buffer_);
    return got > 0 ? std::string_view(buffer_, static_cast<std::size_t>(got)) : std::string_view();
  }
  /// ReadSome has more without waiting.
  bool HasBuffered() const { return SSL_has_pending(ssl_.get()) == 1; }
  int fd() const { return fd_; }

 private:
  void UseIdentity(const TlsIdentity& identity) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> pem(
        BIO_new_mem_buf(identity.certificate_pem.data(), -1), BIO_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> key(
        BIO_new_mem_buf(identity.private_key_pem.data(), -1), BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr), X509_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> private_key(
        PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    SSL_CTX_use_certificate(context_.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), private_key.get());
  }

  int ReadReply() {
    std::string head;
    std::size_t end = std::string::npos;
    while ((end = head.find("\r\n\r\n")) == std::string::npos) {
      const std::string_view piece = ReadSome();
      if (piece.empty()) return 0;
      head += piece;
    }
    body_ = head.substr(end + 4);
    head.resize(end);
    int code = 0;
    std::from_chars(head.data() + 9, head.data() + 12, code);
    const auto at = head.find("Content-Length: ");
    if (at == std::string::npos) return code;
    std::size_t length = 0;
    std::from_chars(head.data() + at + 16, head.data() + head.size(), length);
    body_.reserve(length);
    while (body_.size() < length) {
      const std::string_view piece = ReadSome();
      if (piece.empty()) return 0;
      body_ += piece;
    }
    return code;
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  int fd_ = -1;
  std::string body_;
  char buffer_[64 * 1024];
};

}  // namespace noizy::bench
