#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <set>
#include <thread>

#include "machinery/base/mutex.h"
#include "machinery/os/fd.h"
#include "machinery/os/fd_watcher.h"

namespace noizy {
namespace {

constexpr std::uint64_t kStopEvent = 0;    // epoll's word for the eventfd that ends the thread
constexpr std::uint64_t kFolderEvent = 1;  // and for the inotify descriptor
constexpr std::uint64_t kFirstWatch = 2;

using SharedCallback = std::shared_ptr<FdWatcher::Callback>;

}  // namespace

struct FdWatcher::State {
  // Exactly one of the two is set.
  struct Watch {
    int fd = -1;
    int folder = -1;  // inotify's watch descriptor
    SharedCallback callback;
  };

  void Run();
  void OnReadable(WatchId id) NOIZY_EXCLUDES(mutex);
  void OnFolders() NOIZY_EXCLUDES(mutex);
  void Add(int fd, std::uint64_t word) const;

  UniqueFd epoll{::epoll_create1(EPOLL_CLOEXEC)};
  UniqueFd stop{::eventfd(0, EFD_CLOEXEC)};
  UniqueFd inotify{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
  Mutex mutex;
  WatchId next_id NOIZY_GUARDED_BY(mutex) = kFirstWatch;
  std::map<WatchId, Watch> watches NOIZY_GUARDED_BY(mutex);
  std::thread thread;
};

void FdWatcher::State::Add(int fd, std::uint64_t word) const {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = word;
  ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event);
}

void FdWatcher::State::Run() {
  std::array<epoll_event, 64> events{};
  while (true) {
    const int count = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) return;
    for (int i = 0; i < count; ++i) {
      const std::uint64_t word = events[static_cast<std::size_t>(i)].data.u64;
      if (word == kStopEvent) return;
      if (word == kFolderEvent) {
        OnFolders();
      } else {
        OnReadable(word);
      }
    }
  }
}

void FdWatcher::State::OnReadable(WatchId id) {
  SharedCallback callback;
  {
    MutexLock lock(mutex);
    const auto found = watches.find(id);
    if (found == watches.end()) return;
    ::epoll_ctl(epoll.get(), EPOLL_CTL_DEL, found->second.fd, nullptr);
    callback = found->second.callback;
    watches.erase(found);
  }
  (*callback)();
}

void FdWatcher::State::OnFolders() {
  std::set<int> changed;
  alignas(inotify_event) std::array<char, 16384> buffer;
  while (true) {
    const ssize_t got = ::read(inotify.get(), buffer.data(), buffer.size());
    if (got <= 0) break;
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      changed.insert(event->wd);
      at += static_cast<ssize_t>(sizeof(inotify_event)) + event->len;
    }
  }
  // A full queue (IN_Q_OVERFLOW, wd -1) lost changes: everybody looks again.
  const bool all = changed.contains(-1);
  std::vector<SharedCallback> callbacks;
  {
    MutexLock lock(mutex);
    for (const auto& [id, watch] : watches) {
      if (watch.folder >= 0 && (all || changed.contains(watch.folder)))
        callbacks.push_back(watch.callback);
    }
  }
  for (const SharedCallback& callback : callbacks) (*callback)();
}

FdWatcher::FdWatcher() : state_(std::make_unique<State>()) {
  state_->Add(state_->stop.get(), kStopEvent);
  state_->Add(state_->inotify.get(), kFolderEvent);
  state_->thread = std::thread([state = state_.get()] { state->Run(); });
}

FdWatcher::~FdWatcher() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(state_->stop.get(), &one, sizeof(one));
  state_->thread.join();
}

Result<FdWatcher::WatchId> FdWatcher::WatchOnce(int fd, Callback on_readable) {
  MutexLock lock(state_->mutex);
  const WatchId id = state_->next_id++;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = id;
  if (::epoll_ctl(state_->epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    return SystemError("watch a descriptor", errno);
  }
  state_->watches[id] = {fd, -1, std::make_shared<Callback>(std::move(on_readable))};
  return id;
}

Result<FdWatcher::WatchId> FdWatcher::WatchFolder(const std::string& folder, Callback on_change) {
  MutexLock lock(state_->mutex);
  const int watch = ::inotify_add_watch(state_->inotify.get(), folder.c_str(),
                                        IN_MODIFY | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR);
  if (watch < 0) return SystemError("watch the folder " + folder, errno);
  const WatchId id = state_->next_id++;
  state_->watches[id] = {-1, watch, std::make_shared<Callback>(std::move(on_change))};
  return id;
}

void FdWatcher::Unwatch(WatchId id) {
  MutexLock lock(state_->mutex);
  const auto found = state_->watches.find(id);
  if (found == state_->watches.end()) return;
  if (found->second.fd >= 0)
    ::epoll_ctl(state_->epoll.get(), EPOLL_CTL_DEL, found->second.fd, nullptr);
  if (found->second.folder >= 0) ::inotify_rm_watch(state_->inotify.get(), found->second.folder);
  state_->watches.erase(found);
}

}  // namespace noizy
