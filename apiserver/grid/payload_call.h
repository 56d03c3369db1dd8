// One StreamPayload as it comes in.
//
//   gathering ── 1 MiB of text, and no more ──▶ SubmitTask, the payload in spec.payload
//       │ more, or bytes that are no text
//       ▼
//   asking (may this caller make this Task? a dry run) ──▶ writing ──▶ whole ──▶ the Task, with
//                                                                                spec.payloadRef
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "apiserver/grid/local_api.h"
#include "apiserver/payloads/payload_store.h"
#include "machinery/transport/grid_transport.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// Where payloads go, and where their disk is waited for. Both outlive all calls.
struct PayloadPlace {
  PayloadStore& store;
  Executor& disk;
};

/// As PayloadIntake says. Letting go of it before its Task is made leaves nothing.
class PayloadCall final : public PayloadIntake, public std::enable_shared_from_this<PayloadCall> {
 public:
  PayloadCall(const LocalApi& api, const PayloadPlace& place, GridCaller caller)
      : api_(api), place_(place), caller_(std::move(caller)) {}
  ~PayloadCall() override;

  void Take(v1::PayloadChunk chunk, std::function<void(Status)> taken) override;
  void Finish(GridDone<v1::SubmitTaskResponse> done) override;

 private:
  using Done = GridDone<v1::SubmitTaskResponse>;

  Status TakeTask(v1::TaskRequest task);
  Result<Value> TaskFor(const PayloadName& payload) const;
  HttpRequest CreateRequest(const Value& task, const std::string& sha256) const;
  void Ask(std::function<void(Status)> answered);
  void BeginUpload(std::function<void(Status)> begun);
  void OnDisk(std::function<void()> work);
  void EndUpload(const Done& done);
  void SubmitSmall(const Done& done);
  void OnMade(const HttpReply& reply, const Done& done);

  const LocalApi& api_;
  const PayloadPlace place_;
  const GridCaller caller_;
  std::optional<v1::TaskRequest> task_;  // without its payload
  std::string gathered_;                 // of the payload, not written yet
  std::int64_t bytes_ = 0;
  std::unique_ptr<PayloadUpload> upload_;  // once there is more than a Task may hold
};

}  // namespace noizy::apiserver
