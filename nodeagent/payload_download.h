// One attempt's payload on its way from the control plane into the attempt's folder.
//
//            piece → disk, again and again        all there    bytes fit the digest
//   fetching ─────────────────────────────────▶ ─────────────▶ ─────────────────────▶ done: Ok
//      ▲  │ connection broken, server busy           │ they do not, disk full, lost there, fenced
//      │  ▼                                          ▼
//    waiting, then on from the offset            done: why
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/transport/agent_transport.h"
#include "nodeagent/executor_gate.h"

namespace noizy::nodeagent {

/// For the Executor's thread; made by std::make_shared. Letting go of it ends it, and on_done is
/// not called any more.
class PayloadDownload : public std::enable_shared_from_this<PayloadDownload> {
 public:
  /// Before the first try again; each try without a piece doubles it, up to the most.
  static constexpr Duration kLeastBackoff = std::chrono::milliseconds(200);
  static constexpr Duration kMostBackoff = std::chrono::seconds(10);

  /// The seams. They outlive the download but for its last calls, which the gates stop.
  struct Context {
    AgentChannel& channel;
    Executor& executor;
    Executor& disk;  // where the file is written: it may block
  };

  PayloadDownload(const Context& context, v1::AttemptRef ref, v1::PayloadRef payload,
                  std::string path, std::function<void(const Status&)> on_done);
  ~PayloadDownload();
  PayloadDownload(const PayloadDownload&) = delete;
  PayloadDownload& operator=(const PayloadDownload&) = delete;

  void Start();

 private:
  struct Target;

  PayloadEvents Events();
  void OnEnd(const Status& status, std::int64_t size);
  void TryAgain(const Status& why, std::int64_t size);
  void OnWhole(const Result<std::string>& digest);

  AgentChannel& channel_;
  Executor& executor_;
  const v1::AttemptRef ref_;
  const v1::PayloadRef payload_;
  const std::function<void(const Status&)> on_done_;
  const std::shared_ptr<ExecutorGate> home_;
  const std::shared_ptr<ExecutorGate> disk_;
  const std::shared_ptr<Target> target_;
  std::shared_ptr<PayloadFetch> fetch_;
  std::int64_t offset_ = 0;  // where the fetch of now began
  int failures_ = 0;         // since the last piece
  Executor::TimerId timer_ = 0;
};

}  // namespace noizy::nodeagent
