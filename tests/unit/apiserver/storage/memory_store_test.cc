#include "apiserver/storage/memory_store.h"

#include <gtest/gtest.h>

#include "tests/unit/apiserver/storage/store_conformance.h"
#include "tests/unit/apiserver/storage/store_conformance_watch.h"

namespace noizy::apiserver {
namespace {

class MemoryUnderTest final : public StoreUnderTest {
 public:
  Store& store() override { return store_; }
  void Compact(std::int64_t revision) override { store_.Compact(revision); }
  bool Reopen() override { return false; }

 private:
  MemoryStore store_;
};

INSTANTIATE_TEST_SUITE_P(Memory, StoreConformance,
                         testing::Values(StoreKind{
                             "Memory", [] { return std::make_unique<MemoryUnderTest>(); }}),
                         [](const auto& info) { return info.param.name; });

TEST(MemoryStoreTest, WriteAnswersBeforeItReturns) {
  MemoryStore store;
  bool answered = false;
  store.Write({PutOp(TaskKey("a"), 0)}, [&](auto result) { answered = result.ok(); });
  EXPECT_TRUE(answered);
}

TEST(MemoryStoreTest, WakesComeAfterTheAnswer) {
  MemoryStore store;
  std::string order;
  auto watch = store.Watch(kAllTasks, kFirstRevision, [&] { order += "wake"; });
  EXPECT_TRUE((*watch)->Next(1)->events.empty());
  store.Write({PutOp(TaskKey("a"), 0)}, [&](const auto&) { order += "answer "; });
  EXPECT_EQ(order, "answer wake");
}

TEST(MemoryStoreTest, HistoryEndsByCountAndAge) {
  FakeClock clock;
  HistoryOptions history;
  history.keep_revisions = 3;
  history.keep_age = std::chrono::minutes(1);
  MemoryStore store(clock, history);
  std::int64_t a = Create(store, "a");
  for (int i = 0; i < 9; ++i) a = Update(store, "a", a);
  EXPECT_EQ(store.CompactedRevision(), 0) << "young";
  clock.Advance(std::chrono::minutes(1));
  a = Update(store, "a", a);
  EXPECT_EQ(store.CompactedRevision(), a - 3);
}

TEST(MemoryStoreTest, HistoryEndsBySize) {
  HistoryOptions history;
  history.max_bytes = 64 << 10;
  MemoryStore store(RealClock::Instance(), history);
  const std::string content(8 << 10, 'x');
  std::int64_t a = Create(store, "a", content);
  for (int i = 0; i < 20; ++i) a = Update(store, "a", a, content);
  EXPECT_GE(store.CompactedRevision(), a - 8);
  EXPECT_LE(store.CompactedRevision(), a - 6);
}

TEST(MemoryStoreTest, ABrokenDiskCanBePlayed) {
  MemoryStore store;
  store.SetHealth(Unavailable("the disk is full"));
  EXPECT_EQ(WriteOne(store, PutOp(TaskKey("a"), 0)).status().message(), "the disk is full");
  EXPECT_FALSE(store.Health().ok());
  store.SetHealth(Status::Ok());
  EXPECT_GT(Create(store, "a"), 0);
}

}  // namespace
}  // namespace noizy::apiserver
