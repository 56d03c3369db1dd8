#include "machinery/transport/call_stop.h"

#include <chrono>
#include <utility>
#include <vector>

namespace noizy {
namespace {

constexpr std::chrono::milliseconds kAbortAgain{20};

}  // namespace

CallStop::Call::Call(CallStop& stop, Abort abort) : stop_(stop) {
  const MutexLock lock(stop_.mutex_);
  place_ = stop_.calls_.insert(stop_.calls_.end(), std::move(abort));
}

CallStop::Call::~Call() {
  const MutexLock lock(stop_.mutex_);
  while (stop_.aborting_ > 0) stop_.changed_.Wait(stop_.mutex_);
  stop_.calls_.erase(place_);
  stop_.changed_.NotifyAll();
}

void CallStop::Stop() {
  while (true) {
    std::vector<const Abort*> aborts;
    {
      const MutexLock lock(mutex_);
      stopped_ = true;
      if (calls_.empty()) return;
      for (const Abort& abort : calls_) aborts.push_back(&abort);
      ++aborting_;
    }
    for (const Abort* abort : aborts) (*abort)();
    const MutexLock lock(mutex_);
    --aborting_;
    changed_.NotifyAll();
    if (!calls_.empty()) changed_.WaitFor(mutex_, kAbortAgain);
  }
}

bool CallStop::stopped() const {
  const MutexLock lock(mutex_);
  return stopped_;
}

}  // namespace noizy
