// HttpExchange and HttpStream over one connection's outbox.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "machinery/transport/http.h"
#include "machinery/transport/http_outbox.h"
#include "machinery/transport/http_server_loop.h"

namespace noizy {

/// The connection, as its exchanges see it. Thread-safe.
class HttpReplyChannel {
 public:
  virtual ~HttpReplyChannel() = default;
  virtual HttpOutbox& outbox() = 0;
  /// There is mail.
  virtual void Wake(HttpHaste haste) = 0;
  /// Runs `work` on the connection's thread after what is ready there now.
  virtual void Post(std::function<void()> work) = 0;
  /// No request will be served after this one, so the reply says so.
  virtual bool closing() const = 0;
};

/// What the request's own head says about its reply.
struct ReplyTerms {
  bool head = false;           // HEAD: no body, whatever the handler gives
  bool chunks_allowed = true;  // HTTP/1.1
  bool keep_alive = true;
};

/// Sends a 500 when it is destroyed unanswered.
std::shared_ptr<HttpExchange> MakeServerExchange(std::shared_ptr<HttpReplyChannel> channel,
                                                 ExchangeNumber number, HttpRequest request,
                                                 ReplyTerms terms);

/// A reply as bytes to send: its head and, unless `terms` forbid it, its body.
std::vector<SharedBytes> SerializeReply(HttpReply reply, const ReplyTerms& terms);

}  // namespace noizy
