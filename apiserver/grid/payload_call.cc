#include "apiserver/grid/payload_call.h"

#include "apiserver/grid/requests.h"
#include "apiserver/grid/task_messages.h"
#include "apiserver/payloads/streamed_payload.h"
#include "machinery/pki/pki.h"

namespace noizy::apiserver {

// Removing a file that is not whole may take its time, and this thread is anybody's.
PayloadCall::~PayloadCall() {
  if (upload_) place_.disk.Post([upload = std::shared_ptr<PayloadUpload>(std::move(upload_))] {});
}

Status PayloadCall::TakeTask(v1::TaskRequest task) {
  if (task_) return BadRequest("task: only the first message of StreamPayload holds it");
  gathered_ = std::move(*task.mutable_payload());
  task.clear_payload();
  bytes_ = static_cast<std::int64_t>(gathered_.size());
  task_ = std::move(task);
  return Status::Ok();
}

void PayloadCall::Take(v1::PayloadChunk chunk, std::function<void(Status)> taken) {
  if (chunk.has_task()) return taken(TakeTask(std::move(*chunk.mutable_task())));
  if (!task_) return taken(BadRequest("task: the first message of StreamPayload must hold it"));
  gathered_ += chunk.data();
  bytes_ += static_cast<std::int64_t>(chunk.data().size());
  if (!upload_ && gathered_.size() <= kMaxPayloadBytes) return taken(Status::Ok());
  if (!upload_) return BeginUpload(std::move(taken));
  OnDisk(
      [this, taken = std::move(taken)] { taken(upload_->Append(std::exchange(gathered_, ""))); });
}

void PayloadCall::OnDisk(std::function<void()> work) {
  place_.disk.Post([self = shared_from_this(), work = std::move(work)] { work(); });
}

Result<Value> PayloadCall::TaskFor(const PayloadName& payload) const {
  NOIZY_ASSIGN_OR_RETURN(Value task, TaskOf(*task_));
  Set(task, {"spec", "payloadRef"},
      Object{{"sha256", payload.sha256}, {"sizeBytes", payload.size_bytes}});
  return task;
}

HttpRequest PayloadCall::CreateRequest(const Value& task, const std::string& sha256) const {
  HttpRequest request = CreateTaskRequest(caller_, NamespaceOf(*task_, task), task);
  request.headers.emplace_back(kStreamedPayloadHeader, ProveStreamed(sha256));
  return request;
}

// Whoever may not make the Task shall not fill the disk either, and hears it before all is sent.
void PayloadCall::Ask(std::function<void(Status)> answered) {
  const PayloadName so_far{Sha256Hex(gathered_), bytes_};
  const auto task = TaskFor(so_far);
  if (!task.ok()) return answered(task.status());
  HttpRequest request = CreateRequest(*task, so_far.sha256);
  request.query = "dryRun=All";
  const auto on_reply = [answered = std::move(answered)](const HttpReply& reply) {
    answered(ObjectOf(reply).status());
  };
  (void)api_.Send(std::move(request), {on_reply, nullptr, nullptr});
}

void PayloadCall::BeginUpload(std::function<void(Status)> begun) {
  Ask([self = shared_from_this(), begun = std::move(begun)](const Status& allowed) {
    if (!allowed.ok()) return begun(allowed);
    self->OnDisk([self = self.get(), begun] {
      auto upload = self->place_.store.Begin(self->caller_.peer.common_name);
      if (!upload.ok()) return begun(upload.status());
      self->upload_ = *std::move(upload);
      begun(self->upload_->Append(std::exchange(self->gathered_, "")));
    });
  });
}

void PayloadCall::Finish(GridDone<v1::SubmitTaskResponse> done) {
  if (!task_) return done(BadRequest("task: the stream held none"));
  if (upload_) return EndUpload(done);
  if (IsUtf8(gathered_)) return SubmitSmall(done);
  BeginUpload([self = shared_from_this(), done = std::move(done)](const Status& begun) {
    if (!begun.ok()) return done(begun);
    self->EndUpload(done);
  });
}

void PayloadCall::SubmitSmall(const Done& done) {
  task_->set_payload(std::move(gathered_));
  const auto task = TaskOf(*task_);
  if (!task.ok()) return done(task.status());
  const auto on_reply = [self = shared_from_this(), done](const HttpReply& reply) {
    self->OnMade(reply, done);
  };
  (void)api_.Send(CreateTaskRequest(caller_, NamespaceOf(*task_, *task), *task),
                  {on_reply, nullptr, nullptr});
}

void PayloadCall::EndUpload(const Done& done) {
  OnDisk([this, done] {
    const auto payload = upload_->Finish();
    if (!payload.ok()) return done(payload.status());
    const auto task = TaskFor(*payload);
    if (!task.ok()) return done(task.status());
    const auto on_reply = [self = shared_from_this(), done](const HttpReply& reply) {
      self->OnMade(reply, done);
    };
    (void)api_.Send(CreateRequest(*task, payload->sha256), {on_reply, nullptr, nullptr});
  });
}

void PayloadCall::OnMade(const HttpReply& reply, const Done& done) {
  const auto made = ObjectOf(reply);
  if (!made.ok()) return done(made.status());
  if (upload_) upload_->Commit(std::string(StringAt(*made, {"metadata", "uid"})));
  v1::SubmitTaskResponse answer = SubmittedOf(*made);
  answer.set_payload_bytes(bytes_);
  done(std::move(answer));
}

}  // namespace noizy::apiserver
