#include "apiserver/agents/payload_reading.h"

#include "apiserver/agents/reports.h"

namespace noizy::apiserver {
namespace {

class Reading final : public PayloadSource, public std::enable_shared_from_this<Reading> {
 public:
  Reading(const PayloadStore& payloads, Executor& disk, PayloadName payload, std::int64_t offset,
          std::function<Status()> allowed)
      : payloads_(payloads),
        disk_(disk),
        payload_(std::move(payload)),
        allowed_(std::move(allowed)),
        offset_(offset) {}

  void Next(std::function<void(Result<std::string>)> read) override {
    if (const Status still = allowed_(); !still.ok()) return read(still);
    disk_.Post([self = shared_from_this(), read = std::move(read)] { read(self->Read()); });
  }

 private:
  Result<std::string> Read() {
    auto piece = payloads_.Read(payload_.sha256, offset_, kPayloadPieceBytes);
    if (!piece.ok()) {
      return piece.status().WithContext("the control plane has lost the payload " +
                                        payload_.sha256);
    }
    offset_ += static_cast<std::int64_t>(piece->size());
    return piece;
  }

  const PayloadStore& payloads_;
  Executor& disk_;
  const PayloadName payload_;
  const std::function<Status()> allowed_;
  std::int64_t offset_;  // of the one Next under way
};

}  // namespace

Result<PayloadName> PayloadFor(const GridState& grid, const std::string& node,
                               const v1::AttemptRef& ref) {
  NOIZY_ASSIGN_OR_RETURN(const Task task, grid.ReadTask({ref.namespace_(), ref.name()}));
  const TaskAttempt* attempt = CurrentAttempt(task.status);
  if (attempt == nullptr || attempt->node_name != node)
    return Forbidden("Task \"" + ref.name() + "\" is not bound to node \"" + node + "\"");
  NOIZY_RETURN_IF_ERROR(CheckFence(task, node, ref));
  if (!IsOpen(task.status)) {
    return Conflict(Task::kResource, ref.name(),
                    "attempt " + std::to_string(ref.attempt()) + " has ended");
  }
  if (!task.spec.payload_ref)
    return BadRequest("Task \"" + ref.name() + "\" has no payload to be fetched");
  return PayloadName{task.spec.payload_ref->sha256, task.spec.payload_ref->size_bytes};
}

std::shared_ptr<PayloadSource> ReadPayload(const PayloadStore& payloads, Executor& disk,
                                           PayloadName payload, std::int64_t offset,
                                           std::function<Status()> allowed) {
  return std::make_shared<Reading>(payloads, disk, std::move(payload), offset, std::move(allowed));
}

}  // namespace noizy::apiserver
