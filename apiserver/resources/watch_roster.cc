#include "apiserver/resources/watch_roster.h"

#include <vector>

#include "apiserver/resources/watch_session.h"

namespace noizy::apiserver {

void WatchRoster::Add(const std::shared_ptr<WatchSession>& session) {
  MutexLock lock(mutex_);
  sessions_[session.get()] = session;
}

void WatchRoster::Remove(const WatchSession& session) {
  MutexLock lock(mutex_);
  sessions_.erase(&session);
}

void WatchRoster::Follow(const std::function<KindPtr(const Kind& kind)>& served) {
  std::vector<std::shared_ptr<WatchSession>> sessions;
  {
    MutexLock lock(mutex_);
    for (const auto& [key, weak] : sessions_) {
      if (auto session = weak.lock()) sessions.push_back(std::move(session));
    }
  }
  for (const auto& session : sessions) {
    if (KindPtr kind = served(session->kind())) {
      session->PostKind(std::move(kind));
    } else {
      session->PostEnd();
    }
  }
}

std::size_t WatchRoster::size() const {
  MutexLock lock(mutex_);
  return sessions_.size();
}

}  // namespace noizy::apiserver
