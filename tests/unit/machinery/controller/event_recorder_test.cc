#include "machinery/controller/event_recorder.h"

#include <gtest/gtest.h>

#include "machinery/base/metrics.h"
#include "tests/fakes/fake_api.h"
#include "tests/fakes/widget.h"

namespace noizy {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const ResourceRef kEvents{"", "v1", "events", true};

class EventRecorderTest : public testing::Test {
 protected:
  EventRecorderTest() { api_.AddKind({kEvents, "Event", false}); }

  std::vector<Value> Events() { return api_.All(kEvents); }
  // Creations and patches that reached the server.
  std::size_t Requests() { return api_.Requests().size(); }

  FakeClock clock_;
  FakeExecutor executor_{clock_};
  SeededRandom random_{1};
  FakeApi api_{clock_};
  Client client_{api_.Transport()};
  std::optional<EventRecorder> events_{std::in_place, client_, executor_, clock_, random_, "test"};
  const ObjectReference object_{"test.noizy.dev/v1", "Widget", "work", "a", "u1", "7"};
};

TEST_F(EventRecorderTest, WritesAnEventLater) {
  events_->Warning(object_, "Failed", "The disk is full");
  EXPECT_EQ(Requests(), 0U);
  executor_.RunUntilIdle();
  ASSERT_EQ(Events().size(), 1U);
  const Value event = Events()[0];
  EXPECT_EQ(NamespaceOf(event), "work");
  EXPECT_TRUE(NameOf(event).starts_with("a."));
  EXPECT_EQ(StringAt(event, {"involvedObject", "kind"}), "Widget");
  EXPECT_EQ(StringAt(event, {"involvedObject", "uid"}), "u1");
  EXPECT_EQ(StringAt(event, {"type"}), "Warning");
  EXPECT_EQ(StringAt(event, {"reason"}), "Failed");
  EXPECT_EQ(StringAt(event, {"message"}), "The disk is full");
  EXPECT_EQ(StringAt(event, {"source", "component"}), "test");
  EXPECT_EQ(StringAt(event, {"firstTimestamp"}), "2026-01-01T00:00:00Z");
  EXPECT_EQ(IntAt(event, {"count"}), 1);
}

TEST_F(EventRecorderTest, ReferenceToAGeneratedKind) {
  Widget widget = *Widget::FromValue(MakeWidget("work", "a"));
  widget.metadata.uid = "u1";
  widget.metadata.resource_version = "7";
  EXPECT_TRUE(Equal(ReferenceTo(widget).ToValue(), object_.ToValue()));
}

TEST_F(EventRecorderTest, ClusterScopedObjectsHaveTheirEventsInDefault) {
  events_->Normal({"noizy.dev/v1", "Node", "", "n", "u", ""}, "Ready", "It is ready");
  executor_.RunUntilIdle();
  ASSERT_EQ(Events().size(), 1U);
  EXPECT_EQ(NamespaceOf(Events()[0]), "default");
}

TEST_F(EventRecorderTest, RepetitionsAreCountedInOneEventAndWrittenSeldom) {
  events_->Normal(object_, "Retried", "Again");
  executor_.RunUntilIdle();
  for (int i = 0; i < 100; ++i) events_->Normal(object_, "Retried", "Again");
  executor_.Advance(seconds(2));
  ASSERT_EQ(Events().size(), 1U);
  EXPECT_EQ(IntAt(Events()[0], {"count"}), 101);
  EXPECT_EQ(Requests(), 2U);
  clock_.Advance(minutes(5));
  events_->Normal(object_, "Retried", "Again");
  executor_.Advance(seconds(2));
  EXPECT_EQ(IntAt(Events()[0], {"count"}), 102);
  EXPECT_EQ(StringAt(Events()[0], {"firstTimestamp"}), "2026-01-01T00:00:00Z");
  EXPECT_EQ(StringAt(Events()[0], {"lastTimestamp"}), "2026-01-01T00:05:02Z");
}

TEST_F(EventRecorderTest, OtherWordsOrALongPauseMakeAnotherEvent) {
  events_->Normal(object_, "Retried", "Again");
  events_->Normal(object_, "Retried", "Once more");
  events_->Warning(object_, "Retried", "Again");
  executor_.Advance(seconds(2));
  EXPECT_EQ(Events().size(), 3U);
  executor_.Advance(kEventWindow);
  events_->Normal(object_, "Retried", "Again");
  executor_.Advance(seconds(2));
  EXPECT_EQ(Events().size(), 4U);
}

TEST_F(EventRecorderTest, ADeletedEventIsWrittenAnew) {
  events_->Normal(object_, "Retried", "Again");
  executor_.RunUntilIdle();
  api_.Erase(kEvents, KeyOf(Events()[0]));
  events_->Normal(object_, "Retried", "Again");
  executor_.Advance(seconds(2));
  ASSERT_EQ(Events().size(), 1U);
  EXPECT_EQ(IntAt(Events()[0], {"count"}), 2);
}

TEST_F(EventRecorderTest, AServerThatFailsIsLeftAlone) {
  const Counter dropped("noizy_events_dropped_total", "Events that could not be written");
  const double before = dropped.Value();
  api_.SetFault([](const HttpRequest&) { return Unavailable("not now"); });
  events_->Normal(object_, "Retried", "Again");
  executor_.Advance(minutes(1));
  EXPECT_EQ(Requests(), 1U);
  EXPECT_EQ(dropped.Value() - before, 1);
  api_.SetFault(nullptr);
  events_->Normal(object_, "Retried", "Again");
  executor_.Advance(seconds(2));
  ASSERT_EQ(Events().size(), 1U);
  EXPECT_EQ(IntAt(Events()[0], {"count"}), 2);
}

TEST_F(EventRecorderTest, LongMessagesAreCutBetweenCharacters) {
  std::string message(kMaxEventMessageBytes - 1, 'x');
  message += "\u00e9 and more";
  events_->Normal(object_, "Long", message);
  executor_.RunUntilIdle();
  EXPECT_EQ(StringAt(Events()[0], {"message"}), std::string(kMaxEventMessageBytes - 1, 'x'));
}

TEST_F(EventRecorderTest, OldSeriesAreForgotten) {
  for (std::size_t i = 0; i <= kMaxEventSeries; ++i) {
    ObjectReference each = object_;
    each.name = "w" + std::to_string(i);
    events_->Normal(each, "Made", "It was made");
    executor_.RunUntilIdle();
  }
  ObjectReference first = object_;
  first.name = "w0";
  events_->Normal(first, "Made", "It was made");
  executor_.Advance(seconds(2));
  EXPECT_EQ(Events().size(), kMaxEventSeries + 2);
}

TEST_F(EventRecorderTest, NamesFollowFromTheSeed) {
  events_->Normal(object_, "Made", "It was made");
  executor_.RunUntilIdle();
  FakeApi other(clock_);
  other.AddKind({kEvents, "Event", false});
  const Client client(other.Transport());
  SeededRandom same(1);
  EventRecorder again(client, executor_, clock_, same, "test");
  again.Normal(object_, "Made", "It was made");
  executor_.RunUntilIdle();
  EXPECT_EQ(NameOf(other.All(kEvents).at(0)), NameOf(Events()[0]));
}

/// Notes how many requests were sent at once.
class CountingTransport final : public HttpTransport {
 public:
  explicit CountingTransport(std::shared_ptr<HttpTransport> inner) : inner_(std::move(inner)) {}
  Result<HttpReply> Do(const HttpRequest& request, std::chrono::milliseconds timeout) override {
    return inner_->Do(request, timeout);
  }
  std::vector<Result<HttpReply>> DoAll(const std::vector<HttpRequest>& requests,
                                       std::chrono::milliseconds timeout) override {
    if (!requests.empty()) batches.push_back(requests.size());
    return inner_->DoAll(requests, timeout);
  }
  Status Stream(const HttpRequest& request, const StreamSink& sink) override {
    return inner_->Stream(request, sink);
  }
  std::vector<std::size_t> batches;

 private:
  const std::shared_ptr<HttpTransport> inner_;
};

TEST_F(EventRecorderTest, ManyAreWrittenSideBySide) {
  const auto transport = std::make_shared<CountingTransport>(api_.Transport());
  const Client client{transport};
  EventRecorder events(client, executor_, clock_, random_, "test");
  const auto tell = [&] {
    for (std::size_t i = 0; i < kEventsPerRound + 5; ++i) {
      ObjectReference each = object_;
      each.name = "w" + std::to_string(i);
      events.Normal(each, "Made", "It was made");
    }
  };
  tell();
  executor_.RunUntilIdle();
  EXPECT_EQ(transport->batches, (std::vector<std::size_t>{kEventsPerRound, 5}));
  EXPECT_EQ(Events().size(), kEventsPerRound + 5);
  tell();
  executor_.Advance(seconds(2));
  EXPECT_EQ(Events().size(), kEventsPerRound + 5);
  EXPECT_EQ(IntAt(Events()[0], {"count"}), 2);
}

TEST_F(EventRecorderTest, MayBeDestroyedWithWritesOutstanding) {
  events_->Normal(object_, "Made", "It was made");
  events_.reset();
  executor_.RunUntilIdle();
  EXPECT_EQ(Requests(), 0U);
}

}  // namespace
}  // namespace noizy
