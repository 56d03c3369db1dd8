// HTTP as noizy's rooms see it: requests, replies, streams. The server (Boost.Asio) and the client
// (cpp-httplib) stand behind these types, and so does the in-process path, which carries the same
// requests without a socket.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy {

/// Immutable bytes kept alive by an owner: an object's serialised form is sent to every reader
/// without a copy.
struct SharedBytes {
  std::shared_ptr<const void> owner;
  std::string_view view;

  SharedBytes() = default;
  SharedBytes(std::shared_ptr<const void> keeper, std::string_view bytes)
      : owner(std::move(keeper)), view(bytes) {}
  /// Takes ownership of `text`.
  explicit SharedBytes(std::string text);
  /// Bytes that live for ever, such as literals.
  static SharedBytes Static(std::string_view literal) { return {nullptr, literal}; }
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// ASCII letters compare without case, everything else exactly.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);
/// The first value of a header, by case-insensitive name; "" when it is absent.
std::string_view FindHeader(const HttpHeaders& headers, std::string_view name);

/// Who is at the other end of the connection, as its verified client certificate says; empty
/// without one.
struct PeerIdentity {
  std::string common_name;
  std::vector<std::string> organizations;
  std::string certificate_serial;        // lower-case hex
  WallTime not_after = WallTime::max();  // the certificate's end
};

struct HttpRequest {
  std::string method;  // upper case
  std::string path;    // percent-decoded once by nobody: raw, without the query
  std::string query;   // raw, without '?'
  HttpHeaders headers;
  std::string body;
  PeerIdentity peer;
  std::string remote_address;  // "127.0.0.1:54321"; "in-process" without a socket
};

struct HttpReply {
  int code = 200;
  HttpHeaders headers;  // Content-Length and Date are the server's to add
  std::vector<SharedBytes> body;

  /// All of the body in one string.
  std::string BodyText() const;
};

/// An error as the API's Status object in JSON, for what is answered before a request reaches the
/// API itself.
HttpReply StatusReply(const Status& status);
/// The same for HTTP codes that have no StatusReason, such as 408 and 431.
HttpReply StatusReply(int code, std::string_view reason, std::string_view message);

/// A reply whose body is sent in pieces for as long as it takes (a watch, a log). Thread-safe.
/// Letting go of it is Close.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  /// Queues `pieces` and sends them at once. Dropped silently after the peer is gone.
  virtual void Write(std::vector<SharedBytes> pieces) = 0;
  /// Bytes queued and not yet given to the kernel.
  virtual std::size_t QueuedBytes() const = 0;
  /// Ends the body properly after what is queued. No event comes after it, but for one already on
  /// its way on another thread.
  virtual void Close() = 0;
};

/// What a stream's owner is told. Both come on a server thread, must not block, and never after
/// on_closed.
struct HttpStreamEvents {
  /// The queue has been emptied into the kernel: write more.
  std::function<void()> on_drained;
  /// The peer went away or the server stops; the owner lets go of the stream.
  std::function<void()> on_closed;
};

/// One request and the right to answer it once. Any thread may answer; dropping it unanswered
/// answers 500.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  virtual const HttpRequest& request() const = 0;
  virtual void Reply(HttpReply reply) = 0;
  /// Sends the headers at once, before any body, and hands out the stream. When the peer is gone
  /// already, on_closed comes as soon as this call has returned, or within it.
  virtual std::shared_ptr<HttpStream> Stream(int code, HttpHeaders headers,
                                             HttpStreamEvents events) = 0;
};

/// Called on a server thread; must not block.
using HttpHandler = std::function<void(std::shared_ptr<HttpExchange>)>;

/// A client's way to a server: over HTTPS (http_client.h) or in-process (in_process.h). Calls
/// block; thread-safe.
class HttpTransport {
 public:
  /// What a streamed reply is fed to. Returning false from either ends the stream.
  struct StreamSink {
    std::function<bool(int code, const HttpHeaders& headers)> on_headers;
    std::function<bool(std::string_view piece)> on_piece;
    /// Polled at least every 100 ms: true ends the stream.
    std::function<bool()> cancelled;
  };

  virtual ~HttpTransport() = default;
  /// One request and its whole reply, whatever its code. An error Status means that no reply came:
  /// ServiceUnavailable (refused, reset), Timeout (past `timeout`), Unauthorized (TLS: the server
  /// is not who it should be).
  virtual Result<HttpReply> Do(const HttpRequest& request, std::chrono::milliseconds timeout) = 0;
  /// Requests that do not depend on each other, their replies in the same order. Sent side by side
  /// where that helps: a server that gathers writes then makes them durable together.
  virtual std::vector<Result<HttpReply>> DoAll(const std::vector<HttpRequest>& requests,
                                               std::chrono::milliseconds timeout);
  /// One request whose reply is consumed as it comes. Ok when the server ended the body, or the
  /// sink ended it.
  virtual Status Stream(const HttpRequest& request, const StreamSink& sink) = 0;
};

}  // namespace noizy
