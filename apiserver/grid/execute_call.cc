#include "apiserver/grid/execute_call.h"

#include "apiserver/grid/task_messages.h"

namespace noizy::apiserver {

void ExecuteCall::Start(const std::string& ns, const Value& task) {
  const auto on_reply = [self = shared_from_this()](const HttpReply& reply) {
    self->OnMade(reply);
  };
  (void)api_.Send(CreateTaskRequest(caller_, ns, task), {on_reply, nullptr, nullptr});
}

void ExecuteCall::OnMade(const HttpReply& reply) {
  const auto task = ObjectOf(reply);
  if (!task.ok()) return End(task.status());
  made_ = TaskName{std::string(StringAt(*task, {"metadata", "namespace"})),
                   std::string(StringAt(*task, {"metadata", "name"}))};
  if (!done_) return DeleteTask();  // the client went meanwhile
  TaskWatch::Events events;
  events.on_task = [self = shared_from_this()](const Value& now) { self->OnTask(now); };
  events.on_failed = [self = shared_from_this()](const Status& status) {
    self->End(status.WithContext("the Task's end was not seen"));
  };
  watch_ = std::make_shared<TaskWatch>(api_, caller_, *made_, std::move(events));
  watch_->StartAfter(*task);
}

void ExecuteCall::OnTask(const Value& task) {
  if (HasEnded(task)) End(ExecutedOf(task));
}

void ExecuteCall::End(Result<v1::ExecuteTaskResponse> result) {
  if (watch_) std::exchange(watch_, nullptr)->Stop();
  if (const auto done = std::exchange(done_, nullptr)) done(std::move(result));
}

void ExecuteCall::Cancel() {
  api_.executor().Post([self = shared_from_this()] {
    if (!std::exchange(self->done_, nullptr)) return;  // it had ended
    if (self->watch_) std::exchange(self->watch_, nullptr)->Stop();
    self->DeleteTask();
  });
}

void ExecuteCall::DeleteTask() const {
  if (!cancel_with_call_ || !made_) return;
  (void)api_.Send(DeleteTaskRequest(caller_, *made_), {});
}

}  // namespace noizy::apiserver
