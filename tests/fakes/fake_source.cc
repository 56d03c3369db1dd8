#include "tests/fakes/fake_source.h"

namespace noizy {
namespace {

// A cursor into the FakeApi's history. Every change of the kind posts one delivery, and a delivery
// hands out whatever comes next, so deliveries may overtake each other while events do not.
class FakeSource final : public ObjectSource, public std::enable_shared_from_this<FakeSource> {
 public:
  FakeSource(FakeApi& api, Executor& executor, FakeFeedOptions options)
      : api_(api), executor_(executor), options_(options) {}

  void Start(const ResourceRef& resource, Sink sink) override {
    resource_ = resource;
    sink_ = std::move(sink);
    token_ = api_.Listen([this](const ResourceRef& changed) {
      if (changed == resource_) PostDelivery();
    });
    PostDelivery();
  }
  void Stop() override {
    token_.reset();
    stopped_ = true;
  }

 private:
  void PostDelivery() {
    const Duration delay = options_.shuffle == nullptr
                               ? Duration::zero()
                               : Duration(static_cast<std::int64_t>(options_.shuffle->Below(
                                     static_cast<std::uint64_t>(options_.longest_delay.count()))));
    executor_.PostAfter(delay, [self = shared_from_this()] { self->Deliver(); });
  }

  void Deliver() {
    if (stopped_) return;
    if (!listed_) {
      listed_ = true;
      position_ = api_.ResourceVersion();
      return sink_.on_list(api_.All(resource_));
    }
    if (auto next = api_.EventAfter(resource_, position_)) {
      position_ = next->first;
      sink_.on_event(std::move(next->second));
    }
  }

  FakeApi& api_;
  Executor& executor_;
  FakeFeedOptions options_;
  ResourceRef resource_;
  Sink sink_;
  std::shared_ptr<void> token_;
  std::int64_t position_ = 0;
  bool listed_ = false;
  bool stopped_ = false;
};

// What the informer owns; posted deliveries may outlive it.
class FakeSourceHandle final : public ObjectSource {
 public:
  explicit FakeSourceHandle(std::shared_ptr<FakeSource> source) : source_(std::move(source)) {}
  ~FakeSourceHandle() override { source_->Stop(); }
  void Start(const ResourceRef& resource, Sink sink) override {
    source_->Start(resource, std::move(sink));
  }
  void Stop() override { source_->Stop(); }

 private:
  std::shared_ptr<FakeSource> source_;
};

}  // namespace

ObjectSourceFactory FakeSources(FakeApi& api, Executor& executor, FakeFeedOptions options) {
  return [&api, &executor, options]() -> std::unique_ptr<ObjectSource> {
    return std::make_unique<FakeSourceHandle>(std::make_shared<FakeSource>(api, executor, options));
  };
}

}  // namespace noizy
