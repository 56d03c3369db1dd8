#include "nodeagent/log_shipper.h"

#include "machinery/os/files.h"
#include "nodeagent/agent_metrics.h"

namespace noizy::nodeagent {

LogShipper::~LogShipper() {
  executor_.Cancel(timer_);
}

void LogShipper::Begin() {
  if (done()) return;
  phase_ = Phase::kShipping;
  Ship();
}

void LogShipper::Resume() {
  if (done()) return;
  phase_ = Phase::kAwaitingOffset;
  After(kResumeBound, &LogShipper::Begin);
}

void LogShipper::OnDisconnected() {
  if (done()) return;
  executor_.Cancel(timer_);
  phase_ = Phase::kDisconnected;
  stale_acks_ = 0;
  GoOnFrom(acked_);
}

void LogShipper::OnEnd() {
  complete_ = true;
  Ship();
}

void LogShipper::OnAck(const v1::LogAck& ack) {
  if (done() || phase_ == Phase::kDisconnected) return;
  if (ack.refused()) return Finish();
  if (phase_ == Phase::kAwaitingOffset) {
    executor_.Cancel(timer_);
    phase_ = Phase::kShipping;
    GoOnFrom(ack.offset());
    return Ship();
  }
  if (stale_acks_ > 0) {
    --stale_acks_;
    return;
  }
  if (chunks_under_way_ > 0) --chunks_under_way_;
  // Not taken: the server's disk was full, or there was a gap before it. Or the server has more
  // than we knew.
  const bool refused = ack.offset() <= acked_ && ack.offset() < sent_;
  if (refused || ack.offset() > sent_) {
    // Acknowledgements come in the chunks' order: first those of what was sent behind this one.
    stale_acks_ = chunks_under_way_;
    GoOnFrom(ack.offset());
  }
  acked_ = ack.offset();
  if (end_sent_ && chunks_under_way_ == 0 && acked_ >= sent_) return Finish();
  Ship();
}

void LogShipper::GoOnFrom(std::int64_t offset) {
  acked_ = offset;
  sent_ = offset;
  chunks_under_way_ = 0;
  end_sent_ = false;
}

void LogShipper::Ship() {
  while (phase_ == Phase::kShipping && ShipChunk()) {
  }
}

// Returns whether there may be more to send.
bool LogShipper::ShipChunk() {
  if (end_sent_ || chunks_under_way_ >= kWindowChunks || sent_ - acked_ >= kWindowBytes)
    return false;
  // A file that is not there yet has no bytes yet.
  std::string bytes = ReadFileAt(path_, sent_, kChunkBytes).ValueOr("");
  const bool end = complete_ && bytes.size() < kChunkBytes;
  if (bytes.empty() && !end) return false;

  const auto size = static_cast<std::int64_t>(bytes.size());
  v1::AgentMessage message;
  v1::LogChunk& chunk = *message.mutable_log();
  *chunk.mutable_ref() = ref_;
  chunk.set_offset(sent_);
  chunk.set_data(std::move(bytes));
  chunk.set_end(end);
  if (!hooks_.send(std::move(message))) {
    After(kRetry, &LogShipper::Ship);
    return false;
  }
  CountLogBytesShipped(static_cast<std::size_t>(size));
  sent_ += size;
  end_sent_ = end;
  ++chunks_under_way_;
  return true;
}

void LogShipper::Finish() {
  executor_.Cancel(timer_);
  phase_ = Phase::kDone;
  hooks_.on_done();
}

void LogShipper::After(Duration delay, void (LogShipper::*step)()) {
  executor_.Cancel(timer_);
  timer_ = executor_.PostAfter(delay, [weak = weak_from_this(), step] {
    if (const auto self = weak.lock()) ((*self).*step)();
  });
}

}  // namespace noizy::nodeagent
