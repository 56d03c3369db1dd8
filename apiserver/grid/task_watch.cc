#include "apiserver/grid/task_watch.h"

#include "machinery/meta/status_object.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

// A watch ends now and then, for its time is up or the server is busy; nobody hears of that.
constexpr Duration kPause = std::chrono::milliseconds(100);

}  // namespace

void TaskWatch::Start() {
  Read();
}

void TaskWatch::StartAfter(const Value& task) {
  revision_ = StringAt(task, {"metadata", "resourceVersion"});
  Watch();
}

void TaskWatch::Stop() {
  stopped_ = true;
  if (stream_) stream_->Cancel();
  // They may own this watch; not while one of them runs.
  api_.executor().Post([self = shared_from_this()] { self->events_ = {}; });
}

void TaskWatch::Read() {
  partial_.clear();
  const auto on_reply = [self = shared_from_this()](const HttpReply& reply) {
    self->OnObject(reply);
  };
  stream_ = api_.Send(GetTaskRequest(caller_, task_), {on_reply, nullptr, nullptr});
}

void TaskWatch::OnObject(const HttpReply& reply) {
  if (stopped_) return;
  const auto task = ObjectOf(reply);
  if (!task.ok()) return Fail(task.status());
  events_.on_task(*task);
  if (!stopped_) StartAfter(*task);
}

void TaskWatch::Watch() {
  partial_.clear();
  LocalEvents events;
  events.on_reply = [self = shared_from_this()](const HttpReply& reply) {
    const auto refused = ObjectOf(reply);
    self->Fail(refused.ok() ? Internal("the API server watches nothing") : refused.status());
  };
  events.on_piece = [self = shared_from_this()](std::string_view piece) { self->OnPiece(piece); };
  events.on_end = [self = shared_from_this()] { self->WatchAgain(); };
  stream_ = api_.Send(WatchTaskRequest(caller_, task_, revision_), std::move(events));
}

void TaskWatch::WatchAgain() {
  if (stopped_) return;
  api_.executor().PostAfter(kPause, [self = shared_from_this()] {
    if (!self->stopped_) self->Watch();
  });
}

void TaskWatch::OnPiece(std::string_view piece) {
  partial_.append(piece);
  std::size_t begin = 0;
  for (auto end = partial_.find('\n'); end != std::string::npos && !stopped_;
       end = partial_.find('\n', begin)) {
    OnLine(std::string_view(partial_).substr(begin, end - begin));
    begin = end + 1;
  }
  partial_.erase(0, begin);
}

void TaskWatch::OnLine(std::string_view line) {
  const auto event = ParseJson(line);
  if (!event.ok()) return Fail(Internal("the API server's watch holds no JSON"));
  const std::string_view type = StringAt(*event, {"type"});
  const Value* object = Find(*event, {"object"});
  if (object == nullptr) return;
  if (type == "DELETED") return Fail(NotFound("tasks.noizy.dev", task_.name));
  if (type == "ERROR") {
    const Status status = StatusFromValue(*object);
    // Too old to go on from: what it is now says all.
    if (status.reason() != StatusReason::kExpired) return Fail(status);
    if (stream_) stream_->Cancel();
    return Read();
  }
  revision_ = StringAt(*object, {"metadata", "resourceVersion"});
  if (type != "BOOKMARK") events_.on_task(*object);
}

void TaskWatch::Fail(const Status& status) {
  if (stopped_) return;
  stopped_ = true;
  if (stream_) stream_->Cancel();
  events_.on_failed(status);
  api_.executor().Post([self = shared_from_this()] { self->events_ = {}; });
}

}  // namespace noizy::apiserver
