// One thread of the HTTP server: an io_context and the connections that live on it. A connection
// never changes its loop, so all it does happens on one thread; other threads only hand in mail.
#pragma once

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "machinery/base/mutex.h"

namespace noizy {

/// One connection, as its loop sees it. Called on the loop's thread only.
class HttpLoopMember {
 public:
  virtual ~HttpLoopMember() = default;
  /// After Schedule.
  virtual void OnScheduled() = 0;
  /// The deadline that was set has passed.
  virtual void OnDeadline() = 0;
  /// Whom the server trusts may have changed.
  virtual void OnTrustChanged() = 0;
  /// The server stops: end politely, soon.
  virtual void OnStop() = 0;
  /// The server has stopped: leave at once.
  virtual void OnAbort() = 0;

 private:
  friend class HttpServerLoop;
  std::size_t slot_ = 0;
};

/// How soon a scheduled member gets its turn.
enum class HttpHaste : std::uint8_t {
  kAnswer,  // somebody waits for it: before all streams
  kStream,  // in the order of scheduling, so many between two looks at the sockets
};

/// Owned jointly by the server and the connections: an answer may come when the server is gone.
class HttpServerLoop : public std::enable_shared_from_this<HttpServerLoop> {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr Time kNever = Time::max();
  /// A TLS record's largest payload: what one read can bring and one write can take.
  static constexpr std::size_t kRecordBytes = 16 * 1024;

  /// Deadlines are looked at every `sweep`.
  explicit HttpServerLoop(std::chrono::milliseconds sweep);

  boost::asio::io_context& io() { return io_; }

  // From any thread.

  void Start();
  /// Runs `function` on the loop; drops it once the loop has finished.
  void Post(std::function<void()> function);
  /// Calls OnScheduled soon. Many calls in one burst wake the thread once.
  void Schedule(std::shared_ptr<HttpLoopMember> member, HttpHaste haste);
  bool InThread() const { return std::this_thread::get_id() == thread_id_; }
  /// Has every connection look at its peer again.
  void RecheckMembers();
  /// Tells every connection that the server stops.
  void StopMembers();
  /// Aborts what is left and ends the thread.
  void Finish();

  // From the loop's thread.

  void Add(std::shared_ptr<HttpLoopMember> member);
  void Remove(HttpLoopMember& member);
  void SetDeadline(const HttpLoopMember& member, Time deadline) {
    deadlines_[member.slot_] = deadline;
  }
  /// Scratch space for one read or one write; nothing in it outlives the call that filled it.
  std::array<char, kRecordBytes>& read_buffer() { return read_buffer_; }
  std::array<char, kRecordBytes>& write_buffer() { return write_buffer_; }

 private:
  std::vector<std::shared_ptr<HttpLoopMember>> TakeScheduled();
  void RunScheduled();
  void Sweep();
  void ForEach(void (HttpLoopMember::*call)());

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  boost::asio::steady_timer sweep_timer_;
  const std::chrono::milliseconds sweep_;
  std::thread thread_;
  std::thread::id thread_id_;

  // The loop's own. Deadlines lie beside the members, not in them, so that a sweep reads one short
  // array.
  std::vector<std::shared_ptr<HttpLoopMember>> members_;
  std::vector<Time> deadlines_;
  bool sweeping_ = true;
  std::array<char, kRecordBytes> read_buffer_;
  std::array<char, kRecordBytes> write_buffer_;

  Mutex mutex_;
  std::vector<std::shared_ptr<HttpLoopMember>> answers_ NOIZY_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<HttpLoopMember>> streams_ NOIZY_GUARDED_BY(mutex_);
  bool running_scheduled_ NOIZY_GUARDED_BY(mutex_) = false;  // now, or it is posted
  bool finished_ NOIZY_GUARDED_BY(mutex_) = false;
};

}  // namespace noizy
