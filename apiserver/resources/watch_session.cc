#include "apiserver/resources/watch_session.h"

#include "apiserver/resources/encode.h"
#include "apiserver/resources/render.h"
#include "machinery/base/metrics.h"

namespace noizy::apiserver {
namespace {

using std::chrono::seconds;

// Events rendered before the executor serves another watch.
constexpr std::size_t kEventsPerPump = 256;
// A client that has this much unread is not given more; its cursor waits, costing nothing, until it
// reads on or falls out of the window.
constexpr std::size_t kMaxQueuedBytes = 1024 * 1024;
// Bookmarks come about once a minute (Kubernetes' pace), and shortly before the end, so that the
// next watch starts close to now.
constexpr Duration kBookmarkInterval = seconds(60);

Gauge& OpenWatches() {
  static Gauge gauge("noizy_apiserver_watches", "Watches open now");
  return gauge;
}

Counter& SentEvents() {
  static Counter counter("noizy_apiserver_watch_events_total", "Events sent to watchers");
  return counter;
}

Counter& SlowWatches() {
  static Counter counter("noizy_apiserver_watches_too_slow_total",
                         "Watches ended because their reader fell behind the history");
  return counter;
}

}  // namespace

WatchSession::WatchSession(const VerbContext& verbs, RequestPtr request, WatchOptions options)
    : verbs_(verbs),
      request_(std::move(request)),
      options_(std::move(options)),
      kind_(request_->kind),
      progress_(options_.after_revision) {}

HttpStreamEvents WatchSession::StreamEvents() {
  return {[self = shared_from_this()] {
            if (self->awaits_drain_.exchange(false)) self->PostPump();
          },
          [self = shared_from_this()] { self->PostEnd(); }};
}

void WatchSession::PostEnd() {
  verbs_.watch_executor.Post([self = shared_from_this()] { self->End(); });
}

void WatchSession::PostKind(KindPtr kind) {
  verbs_.watch_executor.Post([self = shared_from_this(), kind = std::move(kind)]() mutable {
    self->kind_ = std::move(kind);
  });
}

void WatchSession::PostPump() {
  if (!pump_due_.exchange(true)) verbs_.watches.Pump(shared_from_this(), verbs_.watch_executor);
}

void WatchSession::Start() {
  if (options_.initial_events) options_.after_revision = verbs_.store.Revision();
  const std::weak_ptr<WatchSession> weak = weak_from_this();
  auto cursor = verbs_.store.Watch(options_.scope, options_.after_revision, [weak] {
    if (const auto self = weak.lock()) self->PostPump();
  });
  // As kube-apiserver: a revision that is gone is told in the stream, other faults in place of it.
  const bool expired = cursor.status().reason() == StatusReason::kExpired;
  if (!cursor.ok() && !expired) return ReplyStatus(*request_, cursor.status());
  OpenWatches().Increment();
  verbs_.watches.Add(shared_from_this());
  stream_ = request_->exchange->Stream(
      200, {{"Content-Type", std::string(ContentTypeOf(options_.format))}}, StreamEvents());
  if (expired) return EndWith(cursor.status());
  cursor_ = *std::move(cursor);
  timeout_ = verbs_.watch_executor.PostAfter(options_.timeout, [self = shared_from_this()] {
    if (self->options_.bookmarks && !self->ended_) self->SendBookmark();
    self->End();
  });
  if (options_.initial_events && !SendInitialEvents()) return;
  if (options_.bookmarks) ArmBookmark();
  Pump();
}

bool WatchSession::SendInitialEvents() {
  Result<Listing> listing = verbs_.store.List(
      options_.scope, {.at_revision = options_.after_revision, .after = {}, .limit = 0});
  if (!listing.ok()) {
    EndWith(listing.status());
    return false;
  }
  progress_ = options_.after_revision;
  std::vector<SharedBytes> pieces;
  for (const StoredObjectPtr& object : listing->items) {
    if (!options_.filter.Matches(*object)) continue;
    const Status unreadable = Append("ADDED", object, pieces);
    if (!unreadable.ok()) {
      EndWith(unreadable);
      return false;
    }
  }
  if (options_.initial_bookmark)
    pieces.emplace_back(
        RenderBookmark(*kind_, progress_, /*initial_events_end=*/true, options_.format.form));
  if (!pieces.empty()) stream_->Write(std::move(pieces));
  return true;
}

Status WatchSession::Append(std::string_view type, const StoredObjectPtr& object,
                            std::vector<SharedBytes>& pieces) const {
  return verbs_.watches.renderer().Append(pieces, type, object,
                                          {kind_, options_.format, verbs_.clock.Now()});
}

Status WatchSession::AppendEvent(const StoreEvent& event, std::vector<SharedBytes>& pieces) const {
  const bool is = event.kind == WriteOp::Kind::kPut && options_.filter.Matches(*event.object);
  const bool was = event.previous != nullptr && options_.filter.Matches(*event.previous);
  if (!is && !was) return Status::Ok();
  const std::string_view type = !is ? "DELETED" : was ? "MODIFIED" : "ADDED";
  // What has left the selection is shown as it last was in it.
  const bool left = !is && event.kind == WriteOp::Kind::kPut;
  const StoredObjectPtr object =
      left ? AtRevision(*event.previous, event.object->revision) : event.object;
  SentEvents().Increment();
  return Append(type, object, pieces);
}

bool WatchSession::IsTooFarAhead() {
  if (stream_->QueuedBytes() <= kMaxQueuedBytes) return false;
  // Said before looking again, so that a drain in between is not missed.
  awaits_drain_ = true;
  if (stream_->QueuedBytes() > kMaxQueuedBytes) return true;
  awaits_drain_ = false;
  return false;
}

void WatchSession::Pump() {
  pump_due_ = false;
  if (ended_ || stream_ == nullptr || IsTooFarAhead()) return;
  Result<StoreWatch::Batch> batch = cursor_->Next(kEventsPerPump);
  Status status = batch.status();
  std::vector<SharedBytes> pieces;
  if (status.ok()) {
    for (const StoreEventPtr& event : batch->events) {
      status = AppendEvent(*event, pieces);
      if (!status.ok()) break;
    }
  }
  if (!pieces.empty()) stream_->Write(std::move(pieces));
  if (!status.ok()) {
    // The reader was slower than the writes for so long that the history is gone.
    if (status.reason() == StatusReason::kExpired) SlowWatches().Increment();
    return EndWith(status);
  }
  progress_ = batch->progress;
  // What is left comes after the others' turn.
  if (!batch->armed) PostPump();
}

void WatchSession::EndWith(const Status& status) {
  stream_->Write({SharedBytes(RenderErrorEvent(status))});
  End();
}

void WatchSession::SendBookmark() {
  stream_->Write({SharedBytes(RenderBookmark(*kind_, progress_,
                                             /*initial_events_end=*/false, options_.format.form))});
}

void WatchSession::ArmBookmark() {
  bookmark_ = verbs_.watch_executor.PostAfter(kBookmarkInterval, [self = shared_from_this()] {
    if (self->ended_) return;
    // Other kinds' writes move the store on without waking this watch; asking again brings its
    // progress up to date.
    self->Pump();
    if (self->ended_) return;
    self->SendBookmark();
    self->ArmBookmark();
  });
}

void WatchSession::End() {
  if (ended_) return;
  ended_ = true;
  OpenWatches().Decrement();
  verbs_.watches.Remove(*this);
  verbs_.watch_executor.Cancel(timeout_);
  verbs_.watch_executor.Cancel(bookmark_);
  cursor_.reset();
  if (stream_ != nullptr) stream_->Close();
  stream_.reset();
}

}  // namespace noizy::apiserver
