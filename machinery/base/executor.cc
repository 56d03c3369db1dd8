#include "machinery/base/executor.h"

#include <string>
#include <thread>

namespace noizy {

struct ThreadExecutor::State {
  using Due = std::pair<MonotonicTime, TimerId>;

  explicit State(const Clock& clock) : clock(clock) {}

  TimerId Add(Duration delay, Function function) NOIZY_EXCLUDES(mutex) {
    TimerId id = 0;
    {
      MutexLock lock(mutex);
      id = next_id++;
      waiting.emplace(Due(clock.Monotonic() + delay, id), std::move(function));
    }
    wake.NotifyOne();
    return id;
  }

  // The next due function; waits for one. Empty when the executor was stopped.
  Function Take() NOIZY_EXCLUDES(mutex) {
    MutexLock lock(mutex);
    while (!stopped) {
      if (waiting.empty()) {
        wake.Wait(mutex);
        continue;
      }
      const auto first = waiting.begin();
      const Duration left = first->first.first - clock.Monotonic();
      if (left <= Duration::zero()) {
        Function function = std::move(first->second);
        waiting.erase(first);
        return function;
      }
      wake.WaitFor(mutex, left);
    }
    return nullptr;
  }

  void Run() {
    while (Function function = Take()) function();
  }

  const Clock& clock;
  Mutex mutex;
  CondVar wake;
  bool stopped NOIZY_GUARDED_BY(mutex) = false;
  TimerId next_id NOIZY_GUARDED_BY(mutex) = 1;
  std::map<Due, Function> waiting NOIZY_GUARDED_BY(mutex);
  std::thread thread;
};

ThreadExecutor::ThreadExecutor(const Clock& clock)
    : state_(std::make_unique<State>(clock)) {
  state_->thread = std::thread([state = state_.get()] { state->Run(); });
}

ThreadExecutor::~ThreadExecutor() { Stop(); }

void ThreadExecutor::Post(Function function) { state_->Add(Duration::zero(), std::move(function)); }

Executor::TimerId ThreadExecutor::PostAfter(Duration delay, Function function) {
  return state_->Add(delay, std::move(function));
}

void ThreadExecutor::Cancel(TimerId timer) {
  MutexLock lock(state_->mutex);
  std::erase_if(state_->waiting, [timer](const auto& entry) { return entry.first.second == timer; });
}

void ThreadExecutor::Stop() {
  {
    MutexLock lock(state_->mutex);
    state_->stopped = true;
  }
  state_->wake.NotifyAll();
  if (state_->thread.joinable()) state_->thread.join();
}

void FakeExecutor::Post(Function function) { PostAfter(Duration::zero(), std::move(function)); }

Executor::TimerId FakeExecutor::PostAfter(Duration delay, Function function) {
  MutexLock lock(mutex_);
  const TimerId id = next_id_++;
  waiting_.emplace(Due(clock_.Monotonic() + delay, id), std::move(function));
  return id;
}

void FakeExecutor::Cancel(TimerId timer) {
  MutexLock lock(mutex_);
  std::erase_if(waiting_, [timer](const auto& entry) { return entry.first.second == timer; });
}

bool FakeExecutor::RunOne() {
  Function function;
  {
    MutexLock lock(mutex_);
    const auto first = waiting_.begin();
    if (first == waiting_.end() || first->first.first > clock_.Monotonic()) return false;
    function = std::move(first->second);
    waiting_.erase(first);
  }
  function();
  return true;
}

int FakeExecutor::RunUntilIdle() {
  int ran = 0;
  while (RunOne()) ++ran;
  return ran;
}

void FakeExecutor::Advance(Duration by) {
  const MonotonicTime end = clock_.Monotonic() + by;
  RunUntilIdle();
  while (true) {
    MonotonicTime next = end;
    {
      MutexLock lock(mutex_);
      if (!waiting_.empty()) next = std::min(end, waiting_.begin()->first.first);
    }
    clock_.Advance(next - clock_.Monotonic());
    RunUntilIdle();
    if (next == end) return;
  }
}

}  // namespace noizy
