// Carries one attempt's log file to the control plane, from where the control plane's copy ends.
//
// The server acknowledges each chunk with the size of its copy. At most kWindowBytes and
// kWindowChunks are under way, so a slow server costs neither side memory. In a new session the
// first acknowledgement says where to go on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "machinery/base/executor.h"
#include "noizy/v1/agent.pb.h"

namespace noizy::nodeagent {

/// For the Executor's thread.
class LogShipper : public std::enable_shared_from_this<LogShipper> {
 public:
  static constexpr std::size_t kChunkBytes = std::size_t{64} << 10;
  static constexpr std::int64_t kWindowBytes = std::int64_t{256} << 10;
  /// Small chunks of a chatty task gather while this many are under way.
  static constexpr int kWindowChunks = 8;
  /// How long a new session is given to say where to go on; after that, from the last acknowledged
  /// byte.
  static constexpr Duration kResumeBound = std::chrono::seconds(5);
  /// When the session's queue was full.
  static constexpr Duration kRetry = std::chrono::milliseconds(200);

  struct Hooks {
    /// False: the session cannot take it now.
    std::function<bool(v1::AgentMessage)> send;
    /// Called once: the server has the whole log, or does not want it.
    std::function<void()> on_done;
  };

  LogShipper(v1::AttemptRef ref, std::string path, Executor& executor, Hooks hooks)
      : ref_(std::move(ref)),
        path_(std::move(path)),
        executor_(executor),
        hooks_(std::move(hooks)) {}
  ~LogShipper();

  /// A session is there that has not heard of this attempt before: from the first byte.
  void Begin();
  /// A session is there that was told of this attempt in Hello: from where the server says.
  void Resume();
  void OnDisconnected();
  /// The file may have grown.
  void OnOutput() { Ship(); }
  /// The file is complete.
  void OnEnd();
  void OnAck(const v1::LogAck& ack);
  bool done() const { return phase_ == Phase::kDone; }

 private:
  enum class Phase : std::uint8_t { kDisconnected, kAwaitingOffset, kShipping, kDone };

  void Ship();
  bool ShipChunk();
  void GoOnFrom(std::int64_t offset);
  void Finish();
  void After(Duration delay, void (LogShipper::*step)());

  const v1::AttemptRef ref_;
  const std::string path_;
  Executor& executor_;
  Hooks hooks_;
  Phase phase_ = Phase::kDisconnected;
  std::int64_t acked_ = 0;
  std::int64_t sent_ = 0;
  int chunks_under_way_ = 0;
  int stale_acks_ = 0;  // still to come, of chunks sent before we went back
  bool complete_ = false;
  bool end_sent_ = false;
  Executor::TimerId timer_ = 0;
};

}  // namespace noizy::nodeagent
