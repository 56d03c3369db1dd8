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

void WatchRoster::EndUnless(const std::function<bool(const Kind& kind)>& is_served) {
  std::vector<std::shared_ptr<WatchSession>> sessions;
  {
    MutexLock lock(mutex_);
    for (const auto& [key, weak] : sessions_) {
      if (auto session = weak.lock()) sessions.push_back(std::move(session));
    }
  }
  for (const auto& session : sessions) {
    if (!is_served(session->kind())) session->PostEnd();
  }
}

std::size_t WatchRoster::size() const {
  MutexLock lock(mutex_);
  return sessions_.size();
}

}  // namespace noizy::apiserver
