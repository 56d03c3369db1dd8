#include "apiserver/grid/local_api.h"

#include <atomic>

#include "machinery/base/mutex.h"

namespace noizy::apiserver {
namespace {

std::size_t SizeOf(const std::vector<SharedBytes>& pieces) {
  std::size_t size = 0;
  for (const SharedBytes& piece : pieces) size += piece.view.size();
  return size;
}

// What the caller and whoever answers share.
class Call final : public LocalStream, public std::enable_shared_from_this<Call> {
 public:
  Call(Executor& executor, LocalEvents events) : executor_(executor), events_(std::move(events)) {}

  void Reply(HttpReply reply) {
    if (!Take()) return;
    executor_.Post([self = shared_from_this(), reply = std::move(reply)] {
      if (!self->Ended() && self->events_.on_reply) self->events_.on_reply(reply);
      self->Forget();
    });
  }

  void Open(HttpStreamEvents owner) {
    std::function<void()> closed;
    if (!Take()) return;
    {
      const MutexLock lock(mutex_);
      if (cancelled_) closed = owner.on_closed;
      owner_ = std::move(owner);
    }
    if (closed) closed();
  }

  void Write(std::vector<SharedBytes> pieces) {
    {
      const MutexLock lock(mutex_);
      if (cancelled_) return;
      queued_bytes_ += SizeOf(pieces);
    }
    executor_.Post([self = shared_from_this(), pieces = std::move(pieces)] {
      for (const SharedBytes& piece : pieces) {
        if (!self->Ended() && self->events_.on_piece) self->events_.on_piece(piece.view);
      }
      self->Delivered(SizeOf(pieces));
    });
  }

  void Close() {
    executor_.Post([self = shared_from_this()] {
      if (!self->Ended() && self->events_.on_end) self->events_.on_end();
      self->Forget();
    });
  }

  std::size_t QueuedBytes() const {
    const MutexLock lock(mutex_);
    return queued_bytes_;
  }

  void Cancel() override {
    std::function<void()> closed;
    {
      const MutexLock lock(mutex_);
      if (std::exchange(cancelled_, true)) return;
      closed = owner_.on_closed;
      owner_ = {};
    }
    if (closed) closed();
    // The callbacks may own whoever owns this call.
    executor_.Post([self = shared_from_this()] { self->events_ = {}; });
  }

 private:
  // The right to answer, once.
  bool Take() {
    const MutexLock lock(mutex_);
    return !std::exchange(answered_, true);
  }
  bool Ended() const {
    const MutexLock lock(mutex_);
    return cancelled_;
  }
  void Delivered(std::size_t bytes) {
    std::function<void()> drained;
    {
      const MutexLock lock(mutex_);
      queued_bytes_ -= bytes;
      if (queued_bytes_ == 0 && !cancelled_) drained = owner_.on_drained;
    }
    if (drained) drained();
  }
  // After the last callback.
  void Forget() {
    HttpStreamEvents released;
    {
      const MutexLock lock(mutex_);
      cancelled_ = true;
      std::swap(released, owner_);
    }
    events_ = {};
  }

  Executor& executor_;
  LocalEvents events_;  // the executor's thread's
  mutable Mutex mutex_;
  bool answered_ NOIZY_GUARDED_BY(mutex_) = false;
  bool cancelled_ NOIZY_GUARDED_BY(mutex_) = false;
  std::size_t queued_bytes_ NOIZY_GUARDED_BY(mutex_) = 0;
  HttpStreamEvents owner_ NOIZY_GUARDED_BY(mutex_);
};

class BodyStream final : public HttpStream {
 public:
  explicit BodyStream(std::shared_ptr<Call> call) : call_(std::move(call)) {}
  ~BodyStream() override { Close(); }
  void Write(std::vector<SharedBytes> pieces) override { call_->Write(std::move(pieces)); }
  std::size_t QueuedBytes() const override { return call_->QueuedBytes(); }
  void Close() override {
    if (!closed_.exchange(true)) call_->Close();
  }

 private:
  const std::shared_ptr<Call> call_;
  std::atomic<bool> closed_ = false;
};

class Exchange final : public HttpExchange {
 public:
  Exchange(HttpRequest request, std::shared_ptr<Call> call)
      : request_(std::move(request)), call_(std::move(call)) {}
  ~Exchange() override {
    call_->Reply(StatusReply(Internal("the request was dropped without an answer")));
  }
  const HttpRequest& request() const override { return request_; }
  void Reply(HttpReply reply) override { call_->Reply(std::move(reply)); }
  std::shared_ptr<HttpStream> Stream(int, HttpHeaders, HttpStreamEvents events) override {
    call_->Open(std::move(events));
    return std::make_shared<BodyStream>(call_);
  }

 private:
  const HttpRequest request_;
  const std::shared_ptr<Call> call_;
};

}  // namespace

std::shared_ptr<LocalStream> LocalApi::Send(HttpRequest request, LocalEvents events) const {
  auto call = std::make_shared<Call>(executor_, std::move(events));
  handler_(std::make_shared<Exchange>(std::move(request), call));
  return call;
}

}  // namespace noizy::apiserver
