#include "apiserver/expiry/event_expiry.h"

#include <gtest/gtest.h>

#include "apiserver/storage/memory_store.h"
#include "machinery/base/random.h"
#include "machinery/meta/time.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

// A store and a sweep under virtual time, without the server, which would sweep too.
class EventExpiryTest : public ::testing::Test {
 protected:
  EventExpiryTest() { Create("namespaces", R"({"metadata":{"name":"default"}})"); }

  void Create(std::string_view kind, const std::string& object) {
    Value value = *ParseJson(object);
    writer_.Create(BuiltinKinds().FindByName(kind), std::move(value), {},
                   [](const Result<WriteOutcome>& outcome) {
                     EXPECT_TRUE(outcome.ok()) << outcome.status().ToString();
                   });
  }
  void CreateEvent(const std::string& name, const std::string& members = "") {
    Create("events", R"({"apiVersion":"v1","kind":"Event","metadata":{"name":")" + name +
                         R"(","namespace":"default"},"involvedObject":{})" + members + "}");
  }
  std::size_t Events() const { return store_.List({"events", "", ""}, {})->items.size(); }
  std::string In(Duration delay) const { return FormatTime(clock_.Now() + delay); }

  FakeClock clock_;
  SeededRandom random_{1};
  MemoryStore store_{clock_};
  ObjectWriter writer_{store_, clock_, random_};
  FakeExecutor executor_{clock_};
  std::shared_ptr<EventExpiry> expiry_ = std::make_shared<EventExpiry>(
      EventExpiryOptions{store_, writer_, BuiltinKinds().FindByName("events"), clock_, executor_});
};

TEST_F(EventExpiryTest, AnEventStaysAnHour) {
  CreateEvent("a");
  expiry_->Start();
  executor_.Advance(std::chrono::minutes(59));
  EXPECT_EQ(Events(), 1U);
  executor_.Advance(std::chrono::minutes(6));
  EXPECT_EQ(Events(), 0U);
}

TEST_F(EventExpiryTest, WhatHappensAgainStays) {
  const std::string later = In(std::chrono::minutes(50));
  CreateEvent("old");
  CreateEvent("last", R"(,"lastTimestamp":")" + later + "\"");
  CreateEvent("series", R"(,"series":{"count":2,"lastObservedTime":")" + later + "\"}");
  expiry_->Start();
  executor_.Advance(std::chrono::minutes(70));
  EXPECT_EQ(Events(), 2U);
  executor_.Advance(std::chrono::minutes(50));
  EXPECT_EQ(Events(), 0U);
}

TEST_F(EventExpiryTest, ManyAreTakenInSteps) {
  for (int i = 0; i < 150; ++i) CreateEvent("e" + std::to_string(i));
  clock_.Advance(std::chrono::hours(2));
  CreateEvent("new");
  expiry_->Start();
  EXPECT_GE(executor_.RunUntilIdle(), 3);
  EXPECT_EQ(Events(), 1U);
}

TEST_F(EventExpiryTest, OthersAreLeftAlone) {
  Create("configmaps", R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a",)"
                       R"("namespace":"default"}})");
  expiry_->Start();
  executor_.Advance(std::chrono::hours(3));
  EXPECT_NE(store_.Get({"configmaps", "default", "a"}), nullptr);
}

}  // namespace
}  // namespace noizy::apiserver
