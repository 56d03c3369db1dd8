#include "machinery/controller/reflector.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "machinery/base/log.h"
#include "machinery/base/mutex.h"
#include "machinery/controller/informer.h"

namespace noizy {
namespace {

// A watch that ended sooner, without an event, was a server closing: asking again at once would be
// a busy loop.
constexpr Duration kShortWatch = std::chrono::seconds(1);
constexpr int kMostDoublings = 8;  // 200 ms · 2^8 is past the longest back-off

bool IsExpired(const Status& error) {
  return error.reason() == StatusReason::kExpired || error.reason() == StatusReason::kGone;
}

}  // namespace

Reflector::Reflector(const Client& client, ResourceRef resource, ListQuery base, const Clock& clock,
                     Random& random, Sink sink)
    : client_(client),
      resource_(std::move(resource)),
      base_(std::move(base)),
      clock_(clock),
      random_(random),
      sink_(std::move(sink)),
      lists_("noizy_reflector_lists_total", "Lists made to fill a local copy",
             {{"resource", resource_.Resource()}}),
      errors_("noizy_reflector_errors_total", "Lists and watches that failed",
              {{"resource", resource_.Resource()}}) {}

Duration Reflector::Step(const std::atomic<bool>& cancelled) {
  return position_.empty() ? ListAll() : WatchOnce(cancelled);
}

Duration Reflector::ListAll() {
  Result<ObjectList> list = client_.List(resource_, {}, base_);
  if (!list.ok()) return Failed(list.status());
  lists_.Increment();
  last_error_ = StatusReason::kOk;
  position_ = list->resource_version;
  sink_.on_list(std::move(list->items));
  // Without a version there is nothing to watch from: such a server is polled, slowly.
  return position_.empty() ? Backoff() : Duration::zero();
}

Duration Reflector::WatchOnce(const std::atomic<bool>& cancelled) {
  ListQuery query = base_;
  query.resource_version = position_;
  query.timeout_seconds =
      kShortestWatchSeconds + static_cast<std::int64_t>(random_.Below(kShortestWatchSeconds));
  const std::string before = position_;
  const MonotonicTime start = clock_.Monotonic();
  heard_at_ = start;
  const Status ended = client_.Watch(
      resource_, {}, query, [this](WatchEvent event) { return Take(std::move(event)); },
      [&] { return cancelled || clock_.Monotonic() - heard_at_ > kLongestSilence; });
  const bool lasted = clock_.Monotonic() - start >= kShortWatch;
  if (lasted) failures_ = 0;
  if (!ended.ok()) return Failed(ended);
  return lasted || position_ != before ? Duration::zero() : Backoff();
}

bool Reflector::Take(WatchEvent event) {
  failures_ = 0;
  last_error_ = StatusReason::kOk;
  heard_at_ = clock_.Monotonic();
  position_ = StringAt(event.object, {"metadata", "resourceVersion"});
  if (event.type != WatchEvent::Type::kBookmark) sink_.on_event(std::move(event));
  return true;
}

Duration Reflector::Failed(const Status& error) {
  errors_.Increment();
  if (IsExpired(error)) {
    // Everyday after a long pause: list again, at once the first time.
    const bool at_once = !std::exchange(position_, {}).empty() && failures_++ == 0;
    return at_once ? Duration::zero() : Backoff();
  }
  if (std::exchange(last_error_, error.reason()) != error.reason()) {
    LogWarning("Failed to follow a resource, will retry",
               {{"resource", resource_.Resource()}, {"error", error.ToString()}});
  }
  return Backoff();
}

Duration Reflector::Backoff() {
  const Duration plain = std::min(
      kLongestRelistBackoff, kFirstRelistBackoff * (1 << std::min(failures_++, kMostDoublings)));
  const double spread = 0.75 + random_.Unit() / 2;
  return Duration(static_cast<std::int64_t>(static_cast<double>(plain.count()) * spread));
}

namespace {

// A Reflector with a thread, posting to an executor.
class ReflectorSource final : public ObjectSource {
 public:
  ReflectorSource(std::shared_ptr<Client> client, Executor& executor, Clock& clock, Random& random,
                  ListQuery base)
      : client_(std::move(client)),
        executor_(executor),
        clock_(clock),
        random_(random),
        base_(std::move(base)) {}
  ~ReflectorSource() override { Stop(); }

  void Start(const ResourceRef& resource, Sink sink) override {
    receiver_ = std::make_shared<Receiver>(Receiver{std::move(sink), false});
    thread_ = std::thread([this, resource] { Run(resource); });
  }

  void BeginStop() override {
    {
      MutexLock lock(mutex_);
      cancelled_ = true;
    }
    wake_.NotifyAll();
  }

  void Stop() override {
    BeginStop();
    if (thread_.joinable()) thread_.join();
    if (receiver_) receiver_->stopped = true;
  }

 private:
  // What posted functions hold: it outlives the source. Executor thread only.
  struct Receiver {
    Sink sink;
    bool stopped = false;
  };

  void Run(const ResourceRef& resource) {
    Reflector reflector(*client_, resource, base_, clock_, random_,
                        {[this](std::vector<Value> objects) {
                           Post([objects = std::move(objects)](const Sink& sink) mutable {
                             sink.on_list(std::move(objects));
                           });
                         },
                         [this](WatchEvent event) {
                           Post([event = std::move(event)](const Sink& sink) mutable {
                             sink.on_event(std::move(event));
                           });
                         }});
    while (!cancelled_) Sleep(reflector.Step(cancelled_));
  }

  template <typename Deliver>
  void Post(Deliver deliver) {
    executor_.Post([receiver = receiver_, deliver = std::move(deliver)]() mutable {
      if (!receiver->stopped) deliver(receiver->sink);
    });
  }

  void Sleep(Duration wait) {
    const MonotonicTime end = clock_.Monotonic() + wait;
    MutexLock lock(mutex_);
    for (Duration left = wait; !cancelled_ && left > Duration::zero();
         left = end - clock_.Monotonic()) {
      wake_.WaitFor(mutex_, left);
    }
  }

  const std::shared_ptr<Client> client_;
  Executor& executor_;
  Clock& clock_;
  Random& random_;
  const ListQuery base_;
  std::shared_ptr<Receiver> receiver_;
  Mutex mutex_;
  CondVar wake_;
  std::atomic<bool> cancelled_{false};
  std::thread thread_;
};

}  // namespace

ObjectSourceFactory ReflectorSources(std::shared_ptr<Client> client, Executor& executor,
                                     Clock& clock, Random& random, ListQuery base) {
  return [=, client = std::move(client), &executor, &clock,
          &random]() -> std::unique_ptr<ObjectSource> {
    return std::make_unique<ReflectorSource>(client, executor, clock, random, base);
  };
}

}  // namespace noizy
