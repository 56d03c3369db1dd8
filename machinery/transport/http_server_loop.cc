#include "machinery/transport/http_server_loop.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace noizy {

namespace asio = boost::asio;

namespace {

// Streams served before the loop looks at its sockets again, for the requests of those who wait: an
// event to a thousand watches would keep them waiting for some 5 ms.
constexpr std::size_t kStreamsPerTurn = 32;

}  // namespace

HttpServerLoop::HttpServerLoop(std::chrono::milliseconds sweep)
    : guard_(io_.get_executor()), sweep_timer_(io_), sweep_(sweep) {}

void HttpServerLoop::Start() {
  thread_ = std::thread([this] {
    Sweep();
    io_.run();
  });
  // Read by connections only, and there are none yet.
  thread_id_ = thread_.get_id();
}

void HttpServerLoop::Post(std::function<void()> function) {
  const MutexLock lock(mutex_);
  if (!finished_) asio::post(io_, std::move(function));
}

void HttpServerLoop::Schedule(std::shared_ptr<HttpLoopMember> member, HttpHaste haste) {
  {
    const MutexLock lock(mutex_);
    if (finished_) return;
    if (haste == HttpHaste::kAnswer) {
      answers_.push_back(std::move(member));
    } else {
      streams_.push_back(std::move(member));
    }
    if (std::exchange(running_scheduled_, true)) return;
  }
  asio::post(io_, [this] { RunScheduled(); });
}

std::vector<std::shared_ptr<HttpLoopMember>> HttpServerLoop::TakeScheduled() {
  const MutexLock lock(mutex_);
  std::vector<std::shared_ptr<HttpLoopMember>> taken = std::exchange(answers_, {});
  for (std::size_t i = 0; i < kStreamsPerTurn && !streams_.empty(); ++i) {
    taken.push_back(std::move(streams_.front()));
    streams_.pop_front();
  }
  running_scheduled_ = !taken.empty();
  return taken;
}

// One turn, and behind whatever the sockets have ready by then the next, until there is nobody.
void HttpServerLoop::RunScheduled() {
  const auto members = TakeScheduled();
  if (members.empty()) return;
  for (const auto& member : members) member->OnScheduled();
  asio::post(io_, [this] { RunScheduled(); });
}

void HttpServerLoop::RecheckMembers() {
  Post([this] { ForEach(&HttpLoopMember::OnTrustChanged); });
}

void HttpServerLoop::StopMembers() {
  Post([this] { ForEach(&HttpLoopMember::OnStop); });
}

void HttpServerLoop::Finish() {
  Post([this] {
    {
      const MutexLock lock(mutex_);
      finished_ = true;
    }
    ForEach(&HttpLoopMember::OnAbort);
    sweeping_ = false;
    sweep_timer_.cancel();
    guard_.reset();
  });
  if (thread_.joinable()) thread_.join();
  // Members own their loop: what was scheduled too late must not own them.
  std::vector<std::shared_ptr<HttpLoopMember>> answers;
  std::deque<std::shared_ptr<HttpLoopMember>> streams;
  const MutexLock lock(mutex_);
  answers.swap(answers_);
  streams.swap(streams_);
}

void HttpServerLoop::Add(std::shared_ptr<HttpLoopMember> member) {
  member->slot_ = members_.size();
  members_.push_back(std::move(member));
  deadlines_.push_back(kNever);
}

void HttpServerLoop::Remove(HttpLoopMember& member) {
  const std::size_t slot = member.slot_;
  members_.back()->slot_ = slot;
  members_[slot].swap(members_.back());
  deadlines_[slot] = deadlines_.back();
  deadlines_.pop_back();
  members_.pop_back();  // may be the last owner: nothing touches `member` after it
}

void HttpServerLoop::ForEach(void (HttpLoopMember::*call)()) {
  const std::vector<std::shared_ptr<HttpLoopMember>> members = members_;  // the calls remove some
  for (const auto& member : members) (*member.*call)();
}

void HttpServerLoop::Sweep() {
  const Time now = std::chrono::steady_clock::now();
  // Backwards: a member that leaves is replaced by one that was looked at already.
  for (std::size_t slot = deadlines_.size(); slot-- > 0;) {
    if (slot >= deadlines_.size() || deadlines_[slot] > now) continue;
    deadlines_[slot] = kNever;
    const std::shared_ptr<HttpLoopMember> member = members_[slot];
    member->OnDeadline();
  }
  sweep_timer_.expires_after(sweep_);
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && sweeping_) Sweep();
  });
}

}  // namespace noizy
