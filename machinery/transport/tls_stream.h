// The server's end of one TLS connection on a non-blocking socket. For this folder only.
//
// OpenSSL reads and writes the socket itself, through a BIO over Asio's calls (which never raise
// SIGPIPE), instead of through asio::ssl::stream: that one keeps two buffers of 17 KiB per
// connection for ever, this one none while the connection is idle.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "machinery/base/status.h"
#include "machinery/transport/http.h"
#include "machinery/transport/tls_context.h"

namespace noizy {

/// What a step came to. After kWantRead and kWantWrite the same step is tried again once the socket
/// is ready for that.
enum class TlsStep : std::uint8_t {
  kDone,
  kWantRead,
  kWantWrite,
  kClosed,     // the peer said goodbye, or only closed
  kFailed,     // nothing more can be sent or received
  kPlainHttp,  // Handshake only: the peer speaks HTTP without TLS
};

/// For one thread at a time.
class TlsStream {
 public:
  /// Takes over a connected socket and makes it non-blocking.
  TlsStream(boost::asio::ip::tcp::socket socket, TlsContext context);
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  boost::asio::ip::tcp::socket& socket() { return socket_; }

  TlsStep Handshake();
  /// The peer of a finished handshake; as PeerOf.
  Result<PeerIdentity> Peer() const { return PeerOf(ssl_.get()); }
  /// Whether `context` would take the peer's certificate now; true without one.
  bool PeerIsTrustedBy(SSL_CTX* context) const { return IsTrustedBy(ssl_.get(), context); }
  /// Reads up to `size` bytes into `buffer`; `count` says how many.
  TlsStep Read(char* buffer, std::size_t size, std::size_t& count);
  /// More can be read without waiting for the socket.
  bool HasBuffered() const { return SSL_has_pending(ssl_.get()) == 1; }
  /// Writes a prefix of `bytes`; `count` says how much. After kWantWrite the next call must offer
  /// the same bytes, or more after them.
  TlsStep Write(std::string_view bytes, std::size_t& count);
  /// Says goodbye, unless the connection has failed, and ends sending.
  void CloseSending();

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  TlsStep StepOf(int result);

  boost::asio::ip::tcp::socket socket_;
  TlsContext context_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  bool failed_ = false;
};

}  // namespace noizy
