#include "machinery/transport/http_client_pool.h"

namespace noizy {
namespace {

using std::chrono::steady_clock;

// Well below the time after which servers close idle connections (noizy's: 120 s, many: 60 s): a
// request must not meet the server's goodbye on its way.
constexpr std::chrono::seconds kLongestIdle{30};
constexpr std::size_t kMostIdle = 64;

}  // namespace

HttpClientPool::Taken HttpClientPool::Take() {
  while (auto idle = Pop()) {
    if (idle->IsFresh()) return {std::move(idle), true};
  }
  return {connector_.Connect(), false};
}

void HttpClientPool::Put(std::unique_ptr<HttpClientConnection> connection) {
  std::deque<Idle> old;  // says goodbye to its servers after the lock
  const MutexLock lock(mutex_);
  const auto now = steady_clock::now();
  while (!idle_.empty() &&
         (idle_.size() >= kMostIdle || idle_.front().since + kLongestIdle < now)) {
    old.push_back(std::move(idle_.front()));
    idle_.pop_front();
  }
  idle_.push_back({std::move(connection), now});
}

std::unique_ptr<HttpClientConnection> HttpClientPool::Pop() {
  std::deque<Idle> old;
  const MutexLock lock(mutex_);
  if (idle_.empty()) return nullptr;
  if (idle_.back().since + kLongestIdle < steady_clock::now()) {
    old.swap(idle_);  // the youngest is too old: so are the others
    return nullptr;
  }
  auto connection = std::move(idle_.back().connection);
  idle_.pop_back();
  return connection;
}

}  // namespace noizy
