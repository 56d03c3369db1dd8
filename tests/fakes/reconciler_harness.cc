#include "tests/fakes/reconciler_harness.h"

#include "machinery/value/json.h"
#include "tests/fakes/fake_source.h"

namespace noizy {
ReconcilerHarness::ReconcilerHarness(FeedOrder order, std::uint64_t seed)
    : order_(order),
      executor(clock),
      random(seed),
      feed_random(seed + 1),
      api(clock),
      client(api.Transport()),
      informers(Sources(), executor),
      events(client, executor, clock, random, "test") {
  api.AddKind({{"", "v1", "events", true}, "Event", false});
}

ReconcilerHarness::~ReconcilerHarness() {
  controllers_.clear();
}

ObjectSourceFactory ReconcilerHarness::Sources() {
  FakeFeedOptions options;
  if (order_ == FeedOrder::kShuffled) options.shuffle = &feed_random;
  return FakeSources(api, executor, options);
}

ControllerContext ReconcilerHarness::Context() {
  return {client, executor, clock, random, informers, events};
}

Controller& ReconcilerHarness::Add(std::unique_ptr<Reconciler> reconciler) {
  controllers_.push_back(std::make_unique<Controller>(Context(), std::move(reconciler)));
  return *controllers_.back();
}

void ReconcilerHarness::Settle(Duration time) {
  if (!std::exchange(started_, true)) {
    informers.Start();
    for (const auto& controller : controllers_) controller->Start();
  }
  executor.Advance(time);
}

std::string ReconcilerHarness::CacheText() const {
  std::string text;
  for (const InformerBase* informer : informers.All()) {
    for (const Value& object : informer->Snapshot()) {
      AppendJson(text, object);
      text += '\n';
    }
  }
  return text;
}

std::vector<std::string> ReconcilerHarness::EventTexts() const {
  std::vector<std::string> texts;
  for (const Value& event : api.All({"", "v1", "events", true})) {
    std::string text(StringAt(event, {"type"}));
    text += " ";
    text += StringAt(event, {"reason"});
    text += " ";
    text += StringAt(event, {"involvedObject", "kind"});
    text += "/";
    text += StringAt(event, {"involvedObject", "name"});
    text += ": ";
    text += StringAt(event, {"message"});
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace noizy
