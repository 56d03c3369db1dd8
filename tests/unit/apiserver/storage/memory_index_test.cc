#include "apiserver/storage/memory_index.h"

#include <gtest/gtest.h>

#include "apiserver/storage/write_stage.h"
#include "machinery/base/metrics.h"
#include "tests/unit/apiserver/storage/store_testing.h"

namespace noizy::apiserver {
namespace {

MonotonicTime Second(int seconds) {
  return MonotonicTime(std::chrono::seconds(seconds));
}

/// Publishes `count` new versions of one object, `content_bytes` each.
void Churn(MemoryIndex& index, int count, MonotonicTime now, std::size_t content_bytes = 1) {
  for (int i = 0; i < count; ++i) {
    const StoredObjectPtr current = index.Get(TaskKey("a"));
    WriteStage stage(index);
    const std::string content(content_bytes, 'x');
    EXPECT_TRUE(stage.Add({PutOp(TaskKey("a"), current ? current->revision : 0, content)}).ok());
    index.Publish(stage.events(), now);
  }
}

std::int64_t LastOf(const std::vector<StoreEventPtr>& events) {
  return events.empty() ? 0 : events.back()->object->revision;
}

TEST(MemoryIndexTest, HistoryIsDueByCountAndAgeTogether) {
  MemoryIndex index;
  HistoryOptions keep;
  keep.keep_revisions = 5;
  keep.keep_age = std::chrono::seconds(60);
  Churn(index, 10, Second(0));
  Churn(index, 10, Second(30));  // revisions 2–11, 12–21
  EXPECT_EQ(LastOf(index.Due(keep, Second(59), 100)), 0) << "too young";
  EXPECT_EQ(LastOf(index.Due(keep, Second(60), 100)), 11);
  EXPECT_EQ(LastOf(index.Due(keep, Second(90), 100)), 16) << "five stay, however old";
  EXPECT_EQ(LastOf(index.Due(keep, Second(90), 3)), 4) << "no more than asked for";
}

TEST(MemoryIndexTest, HistoryIsDueBySizeWhateverItsAge) {
  MemoryIndex index;
  HistoryOptions keep;
  keep.max_bytes = 100'000;
  Churn(index, 50, Second(0), 10'000);
  const auto due = index.Due(keep, Second(0), 1000);
  EXPECT_GE(due.size(), 40U);
  EXPECT_LE(due.size(), 42U);
  index.Compact(LastOf(due));
  EXPECT_TRUE(index.Due(keep, Second(0), 1000).empty());
}

TEST(MemoryIndexTest, ForgettingFreesTheMemory) {
  MemoryIndex index;
  Churn(index, 2, Second(0));
  ListOptions old;
  old.at_revision = 2;
  const std::weak_ptr<const StoredObject> first = index.List(kAllTasks, old)->items.at(0);
  EXPECT_FALSE(first.expired());
  index.Compact(3);
  EXPECT_TRUE(first.expired());
}

TEST(MemoryIndexTest, UpToGivesTheOldestEventsToARevision) {
  MemoryIndex index;
  Churn(index, 10, Second(0));
  EXPECT_EQ(LastOf(index.UpTo(5, 100)), 5);
  EXPECT_EQ(LastOf(index.UpTo(500, 3)), 4);
  EXPECT_TRUE(index.UpTo(1, 100).empty());
}

TEST(MemoryIndexTest, ACompactedLogLoadsAsBaseAndEvents) {
  MemoryIndex index;
  index.LoadCompacted(100);
  auto base = std::make_shared<StoredObject>();
  base->key = TaskKey("a");
  base->revision = 40;
  base->create_revision = 7;
  index.LoadBase(base);
  EXPECT_EQ(index.Revision(), 100);
  EXPECT_EQ(index.CompactedRevision(), 100);
  EXPECT_EQ(index.Get(TaskKey("a")), base);
  Churn(index, 1, Second(0));
  EXPECT_EQ(index.Get(TaskKey("a"))->create_revision, 7);
  ListOptions at_base;
  at_base.at_revision = 100;
  EXPECT_EQ(index.List(kAllTasks, at_base)->items.at(0), base);
}

TEST(MemoryIndexTest, CountsWatchesAndThoseThatWereTooSlow) {
  MemoryIndex index;
  Gauge watches("noizy_store_watches", "Watches open on the store.");
  Counter expired("noizy_store_watches_expired_total",
                  "Watches ended because their reader was slower than the compaction.");
  const double open_before = watches.Value();
  const double expired_before = expired.Value();
  {
    const auto watch = index.Watch(kAllTasks, kFirstRevision, [] {});
    ASSERT_TRUE(watch.ok());
    EXPECT_EQ(watches.Value(), open_before + 1);
    Churn(index, 3, Second(0));
    index.Compact(3);
    EXPECT_EQ((*watch)->Next(1).status().message(), "too old resource version: 1 (3)");
  }
  EXPECT_EQ(watches.Value(), open_before);
  EXPECT_EQ(expired.Value(), expired_before + 1);
}

TEST(MemoryIndexTest, TenThousandWatchesOfOthersCostACommitNothing) {
  MemoryIndex index;
  int woken = 0;
  std::vector<std::unique_ptr<StoreWatch>> watches;
  for (int i = 0; i < 10'000; ++i) {
    const Scope scope{"tasks.noizy.dev", "default", "other-" + std::to_string(i)};
    watches.push_back(*index.Watch(scope, kFirstRevision, [&woken] { ++woken; }));
    EXPECT_TRUE(watches.back()->Next(1)->events.empty());
  }
  WriteStage stage(index);
  EXPECT_TRUE(stage.Add({PutOp(TaskKey("a"), 0), PutOp(TaskKey("other-7"), 0)}).ok());
  const std::vector<Wake> wakes = index.Publish(stage.events(), Second(0));
  EXPECT_EQ(wakes.size(), 1U) << "only the one that watches other-7";
}

}  // namespace
}  // namespace noizy::apiserver
