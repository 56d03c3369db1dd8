#include "machinery/transport/call_deadline.h"

#include <algorithm>
#include <set>
#include <thread>
#include <utility>

#include "machinery/base/mutex.h"
#include "machinery/os/signals.h"

namespace noizy {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kAbortAgain{5};

}  // namespace

struct CallDeadline::Entry {
  steady_clock::time_point next;
  Abort abort;
};

/// The thread that waits for all of them. It is woken only by a call that ends before it would look
/// again anyhow, which among calls of one time-out is the first.
class CallDeadline::Watch {
 public:
  static Watch& Instance() {
    static Watch watch;
    return watch;
  }

  void Add(Entry& entry) {
    const MutexLock lock(mutex_);
    entries_.insert(&entry);
    if (entry.next < looks_at_) changed_.NotifyAll();
  }
  void Remove(Entry& entry) {
    const MutexLock lock(mutex_);
    while (aborting_ == &entry) changed_.Wait(mutex_);
    entries_.erase(&entry);
  }

 private:
  Watch() {
    const ThreadsWithoutSignals quiet;
    thread_ = std::thread([this] { Run(); });
  }
  ~Watch() {
    {
      const MutexLock lock(mutex_);
      over_ = true;
      changed_.NotifyAll();
    }
    thread_.join();
  }

  void Run() {
    while (Entry* const due = AwaitDue()) {
      due->abort();
      const MutexLock lock(mutex_);
      aborting_ = nullptr;
      changed_.NotifyAll();
    }
  }
  /// Null once the process ends.
  Entry* AwaitDue() {
    const MutexLock lock(mutex_);
    while (!over_) {
      const auto first = std::ranges::min_element(
          entries_, [](const Entry* a, const Entry* b) { return a->next < b->next; });
      looks_at_ = first == entries_.end() ? steady_clock::time_point::max() : (*first)->next;
      const auto now = steady_clock::now();
      if (looks_at_ <= now) {
        (*first)->next = now + kAbortAgain;
        return aborting_ = *first;
      }
      if (first == entries_.end()) {
        changed_.Wait(mutex_);
      } else {
        changed_.WaitFor(mutex_, looks_at_ - now);
      }
    }
    return nullptr;
  }

  Mutex mutex_;
  CondVar changed_;
  std::set<Entry*> entries_ NOIZY_GUARDED_BY(mutex_);
  Entry* aborting_ NOIZY_GUARDED_BY(mutex_) = nullptr;
  steady_clock::time_point looks_at_ NOIZY_GUARDED_BY(mutex_) = steady_clock::time_point::max();
  bool over_ NOIZY_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

CallDeadline::CallDeadline(steady_clock::time_point deadline, Abort abort)
    : entry_(std::make_unique<Entry>(Entry{deadline, std::move(abort)})) {
  Watch::Instance().Add(*entry_);
}

CallDeadline::~CallDeadline() {
  Watch::Instance().Remove(*entry_);
}

}  // namespace noizy
