#include "machinery/transport/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>

#include <boost/asio/buffer.hpp>

namespace noizy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

tcp::socket& SocketOf(BIO* bio) {
  return *static_cast<tcp::socket*>(BIO_get_data(bio));
}

bool WouldBlock(const boost::system::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

int ReadSocket(BIO* bio, char* buffer, std::size_t size, std::size_t* count) {
  BIO_clear_retry_flags(bio);
  boost::system::error_code error;
  *count = SocketOf(bio).read_some(asio::buffer(buffer, size), error);
  if (!error) return 1;
  if (WouldBlock(error)) BIO_set_retry_read(bio);
  if (error == asio::error::eof) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return 0;
}

int WriteSocket(BIO* bio, const char* buffer, std::size_t size, std::size_t* count) {
  BIO_clear_retry_flags(bio);
  boost::system::error_code error;
  *count = SocketOf(bio).write_some(asio::buffer(buffer, size), error);
  if (!error) return 1;
  if (WouldBlock(error)) BIO_set_retry_write(bio);
  return 0;
}

// NOLINTNEXTLINE(google-runtime-int): OpenSSL's type
long ControlSocket(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

const BIO_METHOD* SocketMethod() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "asio socket");
    BIO_meth_set_read_ex(method, ReadSocket);
    BIO_meth_set_write_ex(method, WriteSocket);
    BIO_meth_set_ctrl(method, ControlSocket);
    return method;
  }();
  return kMethod;
}

}  // namespace

TlsStream::TlsStream(tcp::socket socket, TlsContext context)
    : socket_(std::move(socket)), context_(std::move(context)), ssl_(SSL_new(context_.get())) {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
  BIO* const bio = BIO_new(SocketMethod());
  if (!ssl_ || bio == nullptr) {  // out of memory; every step then fails
    BIO_free(bio);
    failed_ = true;
    return;
  }
  BIO_set_data(bio, &socket_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

TlsStep TlsStream::Handshake() {
  if (failed_) return TlsStep::kFailed;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) return TlsStep::kDone;
  const bool plain = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
  const TlsStep step = StepOf(result);
  return plain ? TlsStep::kPlainHttp : step;
}

TlsStep TlsStream::Read(char* buffer, std::size_t size, std::size_t& count) {
  count = 0;
  if (failed_) return TlsStep::kFailed;
  ERR_clear_error();
  return StepOf(SSL_read_ex(ssl_.get(), buffer, size, &count));
}

TlsStep TlsStream::Write(std::string_view bytes, std::size_t& count) {
  count = 0;
  if (failed_) return TlsStep::kFailed;
  ERR_clear_error();
  return StepOf(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count));
}

void TlsStream::CloseSending() {
  if (!failed_) {
    ERR_clear_error();
    // Its answer is not waited for; what it could not send, the peer learns from the closed socket.
    if (SSL_shutdown(ssl_.get()) < 0) ERR_clear_error();
  }
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

TlsStep TlsStream::StepOf(int result) {
  if (result == 1) return TlsStep::kDone;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return TlsStep::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return TlsStep::kWantWrite;
    case SSL_ERROR_ZERO_RETURN:
      return TlsStep::kClosed;
    default:
      // A peer that closes without TLS's goodbye ends here too. OpenSSL forbids any further use.
      failed_ = true;
      ERR_clear_error();
      return TlsStep::kFailed;
  }
}

}  // namespace noizy
