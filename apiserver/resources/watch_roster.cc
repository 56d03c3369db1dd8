#include "apiserver/resources/watch_roster.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "apiserver/resources/watch_session.h"

namespace noizy::apiserver {
namespace {

// Watches pumped before the executor does something else, such as beginning a new one.
constexpr std::size_t kPumpsPerTurn = 64;

}  // namespace

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

void WatchRoster::Pump(std::shared_ptr<WatchSession> session, Executor& executor) {
  MutexLock lock(mutex_);
  due_.push_back(std::move(session));
  if (!std::exchange(pumping_, true)) executor.Post([this, &executor] { PumpDue(executor); });
}

std::vector<std::shared_ptr<WatchSession>> WatchRoster::TakeDue() {
  MutexLock lock(mutex_);
  const auto end = due_.begin() + static_cast<std::ptrdiff_t>(std::min(due_.size(), kPumpsPerTurn));
  std::vector<std::shared_ptr<WatchSession>> taken(std::make_move_iterator(due_.begin()),
                                                   std::make_move_iterator(end));
  due_.erase(due_.begin(), end);
  pumping_ = !taken.empty();
  return taken;
}

void WatchRoster::PumpDue(Executor& executor) {
  const auto sessions = TakeDue();
  if (sessions.empty()) return;
  for (const auto& session : sessions) session->Pump();
  executor.Post([this, &executor] { PumpDue(executor); });
}

std::size_t WatchRoster::size() const {
  MutexLock lock(mutex_);
  return sessions_.size();
}

}  // namespace noizy::apiserver
