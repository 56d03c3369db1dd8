#include "machinery/transport/in_process.h"

#include <atomic>
#include <optional>
#include <utility>

#include "machinery/base/mutex.h"
#include "machinery/transport/pipelined.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How often a silent stream asks its sink whether it is still wanted; http.h promises 100 ms.
constexpr milliseconds kCancelPoll{50};

// What one call shares with whoever answers it. The caller waits on it; any thread fills it.
class Call {
 public:
  enum class Phase { kUnanswered, kReplied, kStreaming, kEnded };

  // What the caller finds after a wait.
  struct Progress {
    Phase phase = Phase::kUnanswered;
    std::vector<SharedBytes> pieces;
  };

  void Reply(HttpReply reply) {
    const MutexLock lock(mutex_);
    if (phase_ != Phase::kUnanswered || abandoned_) return;
    phase_ = Phase::kReplied;
    head_ = std::move(reply);
    changed_.NotifyAll();
  }

  // False when the call was answered before, or nobody waits for it any more.
  bool BeginStream(int code, HttpHeaders headers, HttpStreamEvents events) {
    const MutexLock lock(mutex_);
    if (phase_ != Phase::kUnanswered || abandoned_) return false;
    phase_ = Phase::kStreaming;
    head_.code = code;
    head_.headers = std::move(headers);
    events_ = std::move(events);
    changed_.NotifyAll();
    return true;
  }

  void Write(std::vector<SharedBytes> pieces) {
    const MutexLock lock(mutex_);
    if (phase_ != Phase::kStreaming || abandoned_) return;
    for (SharedBytes& piece : pieces) {
      if (piece.view.empty()) continue;
      queued_bytes_ += piece.view.size();
      pieces_.push_back(std::move(piece));
    }
    changed_.NotifyAll();
  }

  std::size_t QueuedBytes() const {
    const MutexLock lock(mutex_);
    return queued_bytes_;
  }

  // The owner's Close: it wants no more events.
  void End() {
    HttpStreamEvents released;
    const MutexLock lock(mutex_);
    if (phase_ != Phase::kStreaming) return;
    phase_ = Phase::kEnded;
    std::swap(released, events_);
    changed_.NotifyAll();
  }

  // Returns what has changed since the last call, after waiting at most `longest`.
  Progress Await(milliseconds longest) {
    const MutexLock lock(mutex_);
    if (!Changed()) changed_.WaitFor(mutex_, longest);
    Progress progress;
    progress.phase = phase_;
    progress.pieces.swap(pieces_);
    return progress;
  }

  // For the caller once the phase is not kUnanswered: nobody changes the head after that.
  HttpReply TakeHead() {
    const MutexLock lock(mutex_);
    head_taken_ = true;
    return std::move(head_);
  }

  // `bytes` reached the sink; tells the owner when that was all.
  void Delivered(std::size_t bytes) {
    std::function<void()> drained;
    {
      const MutexLock lock(mutex_);
      queued_bytes_ -= bytes;
      if (queued_bytes_ == 0 && bytes > 0) drained = events_.on_drained;
    }
    if (drained) drained();
  }

  // The caller goes away; the owner of a stream is told.
  void Abandon() {
    HttpStreamEvents events;
    {
      const MutexLock lock(mutex_);
      abandoned_ = true;
      pieces_.clear();
      queued_bytes_ = 0;
      std::swap(events, events_);
    }
    if (events.on_closed) events.on_closed();
  }

 private:
  bool Changed() const NOIZY_REQUIRES(mutex_) {
    if (!pieces_.empty() || phase_ == Phase::kEnded) return true;
    return phase_ != Phase::kUnanswered && !head_taken_;
  }

  mutable Mutex mutex_;
  CondVar changed_;
  Phase phase_ NOIZY_GUARDED_BY(mutex_) = Phase::kUnanswered;
  HttpReply head_ NOIZY_GUARDED_BY(mutex_);
  bool head_taken_ NOIZY_GUARDED_BY(mutex_) = false;
  std::vector<SharedBytes> pieces_ NOIZY_GUARDED_BY(mutex_);
  std::size_t queued_bytes_ NOIZY_GUARDED_BY(mutex_) = 0;
  HttpStreamEvents events_ NOIZY_GUARDED_BY(mutex_);
  bool abandoned_ NOIZY_GUARDED_BY(mutex_) = false;
};

class InProcessStream final : public HttpStream {
 public:
  explicit InProcessStream(std::shared_ptr<Call> call) : call_(std::move(call)) {}
  ~InProcessStream() override { call_->End(); }
  void Write(std::vector<SharedBytes> pieces) override { call_->Write(std::move(pieces)); }
  std::size_t QueuedBytes() const override { return call_->QueuedBytes(); }
  void Close() override { call_->End(); }

 private:
  const std::shared_ptr<Call> call_;
};

class InProcessExchange final : public HttpExchange {
 public:
  InProcessExchange(HttpRequest request, std::shared_ptr<Call> call)
      : request_(std::move(request)), call_(std::move(call)) {}
  ~InProcessExchange() override {
    call_->Reply(StatusReply(Internal("the request was dropped without an answer")));
  }
  const HttpRequest& request() const override { return request_; }
  void Reply(HttpReply reply) override { call_->Reply(std::move(reply)); }
  std::shared_ptr<HttpStream> Stream(int code, HttpHeaders headers,
                                     HttpStreamEvents events) override {
    const auto closed = events.on_closed;
    if (!call_->BeginStream(code, std::move(headers), std::move(events)) && closed) closed();
    return std::make_shared<InProcessStream>(call_);
  }

 private:
  const HttpRequest request_;
  const std::shared_ptr<Call> call_;
};

// Tells the call, on every way out, that nobody waits any more.
class Caller {
 public:
  Caller() : call_(std::make_shared<Call>()) {}
  ~Caller() { call_->Abandon(); }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  const std::shared_ptr<Call>& call() const { return call_; }

 private:
  const std::shared_ptr<Call> call_;
};

// The replies of requests that were sent together. Nobody waits: the last reply hands over all.
class Batch {
 public:
  Batch(std::size_t size, PipelinedTransport::Done done)
      : replies_(size, Internal("the request was dropped without an answer")),
        left_(size),
        done_(std::move(done)) {}

  // Once a request, each from its own thread; without a reply for one that was dropped.
  void Set(std::size_t index, std::optional<HttpReply> reply) {
    if (reply) replies_[index] = *std::move(reply);
    if (left_.fetch_sub(1) == 1) done_(std::move(replies_));
  }

 private:
  std::vector<Result<HttpReply>> replies_;
  std::atomic<std::size_t> left_;
  const PipelinedTransport::Done done_;
};

// A stream that nobody reads.
class NoStream final : public HttpStream {
 public:
  void Write(std::vector<SharedBytes> /*pieces*/) override {}
  std::size_t QueuedBytes() const override { return 0; }
  void Close() override {}
};

class BatchExchange final : public HttpExchange {
 public:
  BatchExchange(HttpRequest request, std::size_t index, std::shared_ptr<Batch> batch)
      : request_(std::move(request)), index_(index), batch_(std::move(batch)) {}
  ~BatchExchange() override {
    if (!answered_) batch_->Set(index_, std::nullopt);
  }
  BatchExchange(const BatchExchange&) = delete;
  BatchExchange& operator=(const BatchExchange&) = delete;

  const HttpRequest& request() const override { return request_; }
  void Reply(HttpReply reply) override {
    if (!answered_.exchange(true)) batch_->Set(index_, std::move(reply));
  }
  std::shared_ptr<HttpStream> Stream(int /*code*/, HttpHeaders /*headers*/,
                                     HttpStreamEvents /*events*/) override {
    Reply(StatusReply(BadRequest("the reply is a stream, which cannot be gathered")));
    return std::make_shared<NoStream>();
  }

 private:
  const HttpRequest request_;
  const std::size_t index_;
  const std::shared_ptr<Batch> batch_;
  std::atomic<bool> answered_ = false;
};

class InProcessTransport final : public HttpTransport, public PipelinedTransport {
 public:
  InProcessTransport(HttpHandler handler, PeerIdentity identity)
      : handler_(std::move(handler)), identity_(std::move(identity)) {}

  Result<HttpReply> Do(const HttpRequest& request, milliseconds timeout) override {
    const Caller caller;
    Send(request, caller.call());
    return Receive(request, *caller.call(), steady_clock::now() + timeout);
  }

  // All are on their way before the first is waited for, so that one commit may carry them.
  std::vector<Result<HttpReply>> DoAll(const std::vector<HttpRequest>& requests,
                                       milliseconds timeout) override {
    const auto deadline = steady_clock::now() + timeout;
    const std::vector<Caller> callers(requests.size());
    std::vector<Result<HttpReply>> replies;
    for (std::size_t i = 0; i < requests.size(); ++i) Send(requests[i], callers[i].call());
    for (std::size_t i = 0; i < requests.size(); ++i)
      replies.push_back(Receive(requests[i], *callers[i].call(), deadline));
    return replies;
  }

  void DoAllLater(std::vector<HttpRequest> requests, Done done) override {
    if (requests.empty()) return done({});
    const auto batch = std::make_shared<Batch>(requests.size(), std::move(done));
    for (std::size_t i = 0; i < requests.size(); ++i)
      handler_(std::make_shared<BatchExchange>(Own(std::move(requests[i])), i, batch));
  }

  Status Stream(const HttpRequest& request, const StreamSink& sink) override {
    const Caller caller;
    Send(request, caller.call());
    bool answered = false;
    while (!(sink.cancelled && sink.cancelled())) {
      Call::Progress progress = caller.call()->Await(kCancelPoll);
      if (progress.phase == Call::Phase::kUnanswered) continue;
      if (!answered) {
        HttpReply head = caller.call()->TakeHead();
        answered = true;
        if (sink.on_headers && !sink.on_headers(head.code, head.headers)) return {};
        if (!Deliver(head.body, sink)) return {};
      }
      if (!Deliver(progress.pieces, sink)) return {};
      caller.call()->Delivered(SizeOf(progress.pieces));
      if (progress.phase != Call::Phase::kStreaming) return {};
    }
    return {};
  }

 private:
  static Result<HttpReply> Receive(const HttpRequest& request, Call& call,
                                   steady_clock::time_point deadline) {
    HttpReply reply;
    bool answered = false;
    while (true) {
      const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
      Call::Progress progress = call.Await(std::max(left, milliseconds(0)));
      if (progress.phase != Call::Phase::kUnanswered && !answered) {
        reply = call.TakeHead();
        answered = true;
      }
      Append(progress.pieces, reply, call);
      if (progress.phase == Call::Phase::kReplied) return reply;
      if (progress.phase == Call::Phase::kEnded) return reply;
      if (steady_clock::now() >= deadline)
        return Timeout("no answer to " + request.method + " " + request.path + " in time");
    }
  }

  void Send(const HttpRequest& request, const std::shared_ptr<Call>& call) const {
    handler_(std::make_shared<InProcessExchange>(Own(request), call));
  }

  HttpRequest Own(HttpRequest request) const {
    request.peer = identity_;
    request.remote_address = "in-process";
    return request;
  }

  static std::size_t SizeOf(const std::vector<SharedBytes>& pieces) {
    std::size_t size = 0;
    for (const SharedBytes& piece : pieces) size += piece.view.size();
    return size;
  }

  static void Append(std::vector<SharedBytes>& pieces, HttpReply& reply, Call& call) {
    const std::size_t size = SizeOf(pieces);
    for (SharedBytes& piece : pieces) reply.body.push_back(std::move(piece));
    call.Delivered(size);
  }

  static bool Deliver(const std::vector<SharedBytes>& pieces, const StreamSink& sink) {
    return std::all_of(pieces.begin(), pieces.end(), [&](const SharedBytes& piece) {
      return piece.view.empty() || !sink.on_piece || sink.on_piece(piece.view);
    });
  }

  const HttpHandler handler_;
  const PeerIdentity identity_;
};

}  // namespace

std::unique_ptr<HttpTransport> MakeInProcessTransport(HttpHandler handler, PeerIdentity identity) {
  return std::make_unique<InProcessTransport>(std::move(handler), std::move(identity));
}

}  // namespace noizy
