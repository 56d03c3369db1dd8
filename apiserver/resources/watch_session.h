// One open watch: a store cursor pumped into a stream.
//
//   store wakes ──► roster ──► Pump: take events, render, write; wait for the store again
//                                └─ too much unread: wait for the stream to drain
//
// Lives on the watch executor: members are touched there only, but for the atomic ones. It keeps
// itself alive through the callbacks it hands out until it ends: by time-out, by the peer's
// leaving, or because compaction passed it (ERROR event, 410).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "apiserver/resources/negotiate.h"
#include "apiserver/resources/query.h"
#include "apiserver/resources/verbs.h"

namespace noizy::apiserver {

struct WatchOptions {
  Scope scope{};
  ObjectFilter filter{};
  ReplyFormat format{};
  std::int64_t after_revision = 0;
  /// Begin with an ADDED event for every object there is.
  bool initial_events = false;
  /// End the initial events with the annotated bookmark (sendInitialEvents, KEP-3157).
  bool initial_bookmark = false;
  bool bookmarks = false;
  Duration timeout{};
};

class WatchSession : public std::enable_shared_from_this<WatchSession> {
 public:
  WatchSession(const VerbContext& verbs, RequestPtr request, WatchOptions options);
  /// Answers the request: with the stream, or with why there is none.
  void Start();
  /// Sends what there is. For the roster, on the executor.
  void Pump();
  /// Ends the stream properly, on the executor. Any thread.
  void PostEnd();
  /// Renders by `kind` from here on, on the executor. Any thread.
  void PostKind(KindPtr kind);
  /// The kind that is watched, as it was at the start. Any thread.
  const Kind& kind() const { return *request_->kind; }

 private:
  /// False when it has ended the watch.
  bool SendInitialEvents();
  bool IsTooFarAhead();
  void SendBookmark();
  void ArmBookmark();
  void End();
  /// An ERROR event, and the end.
  void EndWith(const Status& status);
  /// Renders what the event means to this watcher: nothing, ADDED, MODIFIED or DELETED.
  Status AppendEvent(const StoreEvent& event, std::vector<SharedBytes>& pieces) const;
  Status Append(std::string_view type, const StoredObjectPtr& object,
                std::vector<SharedBytes>& pieces) const;
  HttpStreamEvents StreamEvents();
  void PostPump();

  const VerbContext verbs_;
  const RequestPtr request_;
  WatchOptions options_;
  KindPtr kind_;
  std::shared_ptr<HttpStream> stream_;
  std::unique_ptr<StoreWatch> cursor_;
  std::int64_t progress_ = 0;
  Executor::TimerId timeout_ = 0;
  Executor::TimerId bookmark_ = 0;
  bool ended_ = false;
  std::atomic<bool> pump_due_ = false;
  std::atomic<bool> awaits_drain_ = false;
};

}  // namespace noizy::apiserver
