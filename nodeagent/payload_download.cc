#include "nodeagent/payload_download.h"

#include <algorithm>
#include <optional>

#include "machinery/base/log.h"
#include "machinery/pki/digested_file.h"

namespace noizy::nodeagent {
namespace {

bool MayHelpToTryAgain(const Status& status) {
  switch (status.reason()) {
    case StatusReason::kServiceUnavailable:
    case StatusReason::kTimeout:
    case StatusReason::kServerTimeout:
    case StatusReason::kTooManyRequests:
      return true;
    default:
      return false;
  }
}

Duration BackoffAfter(int failures) {
  constexpr int kMaxDoublings = 10;
  const Duration grown =
      PayloadDownload::kLeastBackoff * (std::int64_t{1} << std::min(failures, kMaxDoublings));
  return std::min<Duration>(grown, PayloadDownload::kMostBackoff);
}

}  // namespace

/// The file. For the disk's executor alone.
struct PayloadDownload::Target {
  std::string path;
  std::int64_t whole = 0;  // bytes it is to have
  std::optional<DigestedFile> file = {};
  Status fault = {};

  std::int64_t Size() const { return file ? file->size() : 0; }

  Status Append(std::string_view piece) {
    if (!file) {
      auto made = DigestedFile::Create(path);
      if (!made.ok()) return made.status().WithContext("the node cannot store the payload");
      file = *std::move(made);
    }
    if (Size() + static_cast<std::int64_t>(piece.size()) > whole)
      return Internal("the control plane sent more than the payload's bytes");
    return file->Append(piece).WithContext("the node cannot store the payload");
  }
};

PayloadDownload::PayloadDownload(const Context& context, v1::AttemptRef ref, v1::PayloadRef payload,
                                 std::string path, std::function<void(const Status&)> on_done)
    : channel_(context.channel),
      executor_(context.executor),
      ref_(std::move(ref)),
      payload_(std::move(payload)),
      on_done_(std::move(on_done)),
      home_(std::make_shared<ExecutorGate>(context.executor)),
      disk_(std::make_shared<ExecutorGate>(context.disk)),
      target_(std::make_shared<Target>(Target{std::move(path), payload_.size_bytes()})) {}

PayloadDownload::~PayloadDownload() {
  executor_.Cancel(timer_);
  home_->Close();
  disk_->Close();
  if (fetch_) fetch_->Cancel();
}

void PayloadDownload::Start() {
  v1::PayloadRequest request;
  *request.mutable_ref() = ref_;
  request.set_offset(offset_);
  fetch_ = channel_.FetchPayload(request, Events());
}

// A piece is asked for once the one before it is on the disk. Whoever ends the fetch asks once
// more, since that is when its end is told.
PayloadEvents PayloadDownload::Events() {
  PayloadEvents events;
  events.on_piece = [disk = disk_, target = target_](PayloadFetch& fetch, std::string piece) {
    const bool posted = disk->Post([target, &fetch, piece = std::move(piece)] {
      if (target->fault.ok()) target->fault = target->Append(piece);
      if (!target->fault.ok()) fetch.Cancel();
      fetch.Next();
    });
    if (posted) return;
    fetch.Cancel();
    fetch.Next();
  };
  events.on_end = [weak = weak_from_this(), home = home_, disk = disk_,
                   target = target_](const Status& status) {
    disk->Post([weak, home, target, status] {
      const Status why = target->fault.ok() ? status : target->fault;
      home->Post([weak, why, size = target->Size(), failed = !target->fault.ok()] {
        const auto self = weak.lock();
        if (self && failed) return self->on_done_(why);
        if (self) self->OnEnd(why, size);
      });
    });
  };
  return events;
}

void PayloadDownload::OnEnd(const Status& status, std::int64_t size) {
  if (!status.ok()) {
    return MayHelpToTryAgain(status) ? TryAgain(status, size) : on_done_(status);
  }
  if (size != payload_.size_bytes()) {
    return on_done_(Internal("the control plane has " + std::to_string(size) + " bytes of the " +
                             std::to_string(payload_.size_bytes()) + " of payload " +
                             payload_.sha256()));
  }
  disk_->Post([weak = weak_from_this(), home = home_, target = target_] {
    home->Post([weak, digest = target->file->Finish()] {
      if (const auto self = weak.lock()) self->OnWhole(digest);
    });
  });
}

void PayloadDownload::TryAgain(const Status& why, std::int64_t size) {
  failures_ = size > offset_ ? 0 : failures_ + 1;
  offset_ = size;
  LogWarning("Lost the control plane while fetching a payload",
             {{"object", "Task " + ref_.namespace_() + "/" + ref_.name()},
              {"bytes", std::to_string(size)},
              {"error", why.ToString()}});
  timer_ = executor_.PostAfter(BackoffAfter(failures_), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Start();
  });
}

void PayloadDownload::OnWhole(const Result<std::string>& digest) {
  if (!digest.ok())
    return on_done_(digest.status().WithContext("the node cannot store the payload"));
  if (*digest == payload_.sha256()) return on_done_(Status::Ok());
  on_done_(
      Internal("the payload came with the SHA-256 " + *digest + ", and not " + payload_.sha256()));
}

}  // namespace noizy::nodeagent
