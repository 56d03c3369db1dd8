#include "apiserver/grid/watch_call.h"

#include "apiserver/grid/task_messages.h"

namespace noizy::apiserver {
namespace {

// So that no event comes near gRPC's largest message.
constexpr std::size_t kMostOutput = std::size_t{64} << 10;

}  // namespace

void WatchCall::Start() {
  TaskWatch::Events events;
  events.on_task = [self = shared_from_this()](const Value& task) { self->OnTask(task); };
  events.on_failed = [self = shared_from_this()](const Status& status) { self->End(status); };
  watch_ = std::make_shared<TaskWatch>(api_, caller_, task_, std::move(events));
  api_.executor().Post([watch = watch_] { watch->Start(); });
}

void WatchCall::OnTask(const Value& task) {
  const v1::TaskStatus status = StatusOf(task);
  const bool started = status.phase() == "Running" || HasEnded(task);
  if (started) attempt_ = status.attempt();
  if (HasEnded(task)) {
    last_ = status;
  } else if (std::string bytes = status.SerializeAsString(); bytes != told_) {
    told_ = std::move(bytes);
    v1::TaskEvent event;
    *event.mutable_status() = status;
    events_->Send(std::move(event));
  }
  if (!log_) FollowNext();
}

// The next attempt's log, or the end when there will be none.
void WatchCall::FollowNext() {
  if (!events_) return;
  if (with_output_ && followed_ < attempt_) {
    ++followed_;
    LocalEvents events;
    // An attempt may have ended before it wrote anything: then there is no log.
    events.on_reply = [self = shared_from_this()](const HttpReply& reply) {
      const auto log = ObjectOf(reply);
      if (log.status().reason() == StatusReason::kForbidden) return self->End(log.status());
      if (reply.code == 200) self->OnOutput(reply.BodyText());
      self->OnLogEnd();
    };
    events.on_piece = [self = shared_from_this()](std::string_view piece) {
      self->OnOutput(piece);
    };
    events.on_end = [self = shared_from_this()] { self->OnLogEnd(); };
    log_ = api_.Send(FollowLogRequest(caller_, task_, followed_), std::move(events));
    return;
  }
  if (!last_) return;
  v1::TaskEvent event;
  *event.mutable_status() = *last_;
  events_->Send(std::move(event));
  End(Status::Ok());
}

void WatchCall::OnOutput(std::string_view bytes) {
  while (events_ && !bytes.empty()) {
    v1::TaskEvent event;
    event.mutable_output()->set_attempt(followed_);
    event.mutable_output()->set_data(std::string(bytes.substr(0, kMostOutput)));
    events_->Send(std::move(event));
    bytes.remove_prefix(std::min(bytes.size(), kMostOutput));
  }
}

void WatchCall::OnLogEnd() {
  log_.reset();
  FollowNext();
}

void WatchCall::End(const Status& status) {
  if (watch_) std::exchange(watch_, nullptr)->Stop();
  if (log_) std::exchange(log_, nullptr)->Cancel();
  if (const auto events = std::exchange(events_, nullptr)) events->Close(status);
}

void WatchCall::Cancel() {
  api_.executor().Post([self = shared_from_this()] { self->End(Status::Ok()); });
}

}  // namespace noizy::apiserver
