// A channel that can be replaced while sessions go on over the old one.
#pragma once

#include <memory>
#include <utility>

#include "machinery/base/mutex.h"
#include "machinery/transport/agent_transport.h"

namespace noizy::nodeagent {

/// New calls use the channel given last. Thread-safe.
class RenewableChannel final : public AgentChannel {
 public:
  explicit RenewableChannel(std::shared_ptr<AgentChannel> first) : channel_(std::move(first)) {}

  /// What runs over the old channel keeps it.
  void Replace(std::shared_ptr<AgentChannel> next) NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    channel_.swap(next);
    old_ = std::move(next);
  }
  std::shared_ptr<AgentSession> OpenSession(AgentSessionEvents events) override
      NOIZY_EXCLUDES(mutex_) {
    return Newest()->OpenSession(std::move(events));
  }
  std::shared_ptr<PayloadFetch> FetchPayload(const v1::PayloadRequest& request,
                                             PayloadEvents events) override NOIZY_EXCLUDES(mutex_) {
    return Newest()->FetchPayload(request, std::move(events));
  }

 private:
  std::shared_ptr<AgentChannel> Newest() NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return channel_;
  }

  Mutex mutex_;
  std::shared_ptr<AgentChannel> channel_ NOIZY_GUARDED_BY(mutex_);
  std::shared_ptr<AgentChannel> old_ NOIZY_GUARDED_BY(mutex_);  // the session of now runs over it
};

}  // namespace noizy::nodeagent
