#include "machinery/transport/http_server_exchange.h"

#include "machinery/transport/deferring_exchange.h"
#include "machinery/transport/http_reply_head.h"

namespace noizy {
namespace {

class ServerStream final : public HttpStream {
 public:
  ServerStream(std::shared_ptr<HttpReplyChannel> channel, ExchangeNumber number)
      : channel_(std::move(channel)), number_(number) {}
  ~ServerStream() override { ServerStream::Close(); }
  ServerStream(const ServerStream&) = delete;
  ServerStream& operator=(const ServerStream&) = delete;

  void Write(std::vector<SharedBytes> pieces) override {
    if (channel_->outbox().Write(number_, std::move(pieces))) channel_->Wake(HttpHaste::kStream);
  }
  std::size_t QueuedBytes() const override { return channel_->outbox().queued_bytes(); }
  void Close() override {
    if (channel_->outbox().Close(number_)) channel_->Wake(HttpHaste::kStream);
  }

 private:
  const std::shared_ptr<HttpReplyChannel> channel_;
  const ExchangeNumber number_;
};

class ServerExchange final : public DeferringExchange {
 public:
  ServerExchange(std::shared_ptr<HttpReplyChannel> channel, ExchangeNumber number,
                 HttpRequest request, ReplyTerms terms)
      : channel_(std::move(channel)),
        number_(number),
        request_(std::move(request)),
        terms_(terms) {}

  ~ServerExchange() override {
    if (answered_) return;
    ServerExchange::Reply(StatusReply(Internal("the request was dropped without an answer")));
  }
  ServerExchange(const ServerExchange&) = delete;
  ServerExchange& operator=(const ServerExchange&) = delete;

  const HttpRequest& request() const override { return request_; }

  void Defer(std::function<void()> work) override { channel_->Post(std::move(work)); }

  void Reply(HttpReply reply) override {
    answered_ = true;
    if (channel_->outbox().Reply(number_, SerializeReply(std::move(reply), Terms()))) {
      channel_->Wake(HttpHaste::kAnswer);
    }
  }

  std::shared_ptr<HttpStream> Stream(int code, HttpHeaders headers,
                                     HttpStreamEvents events) override {
    answered_ = true;
    const ReplyTerms terms = Terms();
    const bool has_body = CodeHasBody(code) && !terms.head;
    ReplyFraming framing;
    framing.chunked = terms.chunks_allowed && CodeHasBody(code);
    framing.close = !terms.keep_alive;
    SharedBytes head(ReplyHead(code, headers, framing));
    const auto listener = std::make_shared<HttpStreamEvents>(std::move(events));
    HttpOutbox& outbox = channel_->outbox();
    const bool accepted = has_body ? outbox.Open(number_, std::move(head),
                                                 terms.chunks_allowed ? StreamFraming::kChunked
                                                                      : StreamFraming::kUntilClose,
                                                 listener)
                                   : outbox.Reply(number_, {std::move(head)});
    if (accepted) channel_->Wake(HttpHaste::kAnswer);
    if ((!accepted || !has_body) && listener->on_closed) listener->on_closed();
    return std::make_shared<ServerStream>(channel_, number_);
  }

 private:
  ReplyTerms Terms() const {
    ReplyTerms terms = terms_;
    terms.keep_alive = terms.keep_alive && !channel_->closing();
    return terms;
  }

  const std::shared_ptr<HttpReplyChannel> channel_;
  const ExchangeNumber number_;
  const HttpRequest request_;
  const ReplyTerms terms_;
  std::atomic<bool> answered_ = false;
};

}  // namespace

std::shared_ptr<HttpExchange> MakeServerExchange(std::shared_ptr<HttpReplyChannel> channel,
                                                 ExchangeNumber number, HttpRequest request,
                                                 ReplyTerms terms) {
  return std::make_shared<ServerExchange>(std::move(channel), number, std::move(request), terms);
}

std::vector<SharedBytes> SerializeReply(HttpReply reply, const ReplyTerms& terms) {
  std::size_t size = 0;
  for (const SharedBytes& piece : reply.body) size += piece.view.size();
  const bool has_body = CodeHasBody(reply.code);
  ReplyFraming framing;
  framing.close = !terms.keep_alive;
  if (has_body) framing.content_length = size;
  std::vector<SharedBytes> pieces;
  pieces.reserve(1 + reply.body.size());
  pieces.emplace_back(ReplyHead(reply.code, reply.headers, framing));
  if (!has_body || terms.head) return pieces;
  for (SharedBytes& piece : reply.body) pieces.push_back(std::move(piece));
  return pieces;
}

}  // namespace noizy
