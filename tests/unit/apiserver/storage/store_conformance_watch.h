// What every Store's watches must do, and what must survive a restart. Goes with
// store_conformance.h.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/apiserver/storage/store_conformance.h"

namespace noizy::apiserver {

TEST_P(StoreConformance, AWatchShowsWhatCameAfterItsRevision) {
  const std::int64_t a = Create(store(), "a");
  const std::int64_t b = Create(store(), "b");
  TestWatch watch(store(), kAllTasks, a);
  const std::int64_t a2 = Update(store(), "a", a);
  const std::int64_t gone = Delete(store(), "b", b);
  const auto events = watch.Until(gone);
  ASSERT_EQ(Describe(events), (Lines{"put b@3", "put a@4", "delete b@5"}));
  EXPECT_EQ(events[0]->previous, nullptr);
  EXPECT_EQ(events[1]->previous->revision, a);
  EXPECT_EQ(events[1]->object->revision, a2);
  EXPECT_EQ(events[2]->previous->revision, b);
  EXPECT_EQ(events[2]->object->bytes, Rendered(gone, "last"));
  EXPECT_EQ(events[2]->object->create_revision, b);
}

TEST_P(StoreConformance, AWatchSeesItsScopeOnly) {
  TestWatch in_default(store(), {"tasks.noizy.dev", "default", ""}, kFirstRevision);
  TestWatch one(store(), {"tasks.noizy.dev", "other", "b"}, kFirstRevision);
  TestWatch every_b(store(), {"tasks.noizy.dev", "", "b"}, kFirstRevision);
  TestWatch nodes(store(), {"nodes.noizy.dev", "", ""}, kFirstRevision);
  Create(store(), "a");
  Create(store(), "b");
  EXPECT_TRUE(WriteOne(store(), PutOp(TaskKey("a", "other"), 0)).ok());
  EXPECT_TRUE(WriteOne(store(), PutOp(TaskKey("b", "other"), 0)).ok());
  EXPECT_EQ(Describe(in_default.Until(5)), (Lines{"put a@2", "put b@3"}));
  EXPECT_EQ(Describe(one.Until(5)), (Lines{"put b@5"}));
  EXPECT_EQ(Describe(every_b.Until(5)), (Lines{"put b@3", "put b@5"}));
  EXPECT_EQ(Describe(nodes.Until(5)), Lines());
}

TEST_P(StoreConformance, ABatchHoldsAtMostWhatWasAskedForAndProgressSaysHowFar) {
  TestWatch watch(store(), {"tasks.noizy.dev", "default", ""}, kFirstRevision);
  for (const char* name : {"a", "b", "c"}) Create(store(), name);
  EXPECT_TRUE(WriteOne(store(), PutOp(TaskKey("z", "other"), 0)).ok());
  auto batch = watch->Next(2);
  EXPECT_EQ(Describe(batch->events), (Lines{"put a@2", "put b@3"}));
  EXPECT_EQ(batch->progress, 3);
  batch = watch->Next(2);
  EXPECT_EQ(Describe(batch->events), (Lines{"put c@4"}));
  EXPECT_EQ(batch->progress, 5) << "past the event that the scope leaves out";
}

TEST_P(StoreConformance, AnArmedWatchIsWokenOnceByItsScope) {
  TestWatch watch(store(), {"tasks.noizy.dev", "default", "b"}, kFirstRevision);
  Create(store(), "b0");
  EXPECT_EQ(watch.wakes(), 0) << "not armed before its first Next";
  EXPECT_TRUE(watch->Next(10)->events.empty());
  Create(store(), "a");
  EXPECT_EQ(watch->Next(10)->progress, store().Revision());
  EXPECT_EQ(watch.wakes(), 0) << "not in its scope";
  const std::int64_t b = Create(store(), "b");
  ASSERT_TRUE(watch.AwaitWakes(1));
  Update(store(), "b", b);
  EXPECT_EQ(watch.wakes(), 1) << "once until the next Next";
  EXPECT_EQ(watch->Next(10)->events.size(), 2U);
  Delete(store(), "b", store().Revision());
  ASSERT_TRUE(watch.AwaitWakes(2)) << "armed: the last Next had less than it was asked for";
  EXPECT_EQ(watch->Next(10)->events.size(), 1U);
}

TEST_P(StoreConformance, AWatchThatWasGivenAllItAskedForIsNotArmed) {
  TestWatch watch(store(), {"tasks.noizy.dev", "default", ""}, kFirstRevision);
  Create(store(), "a");
  Create(store(), "b");
  auto batch = watch->Next(2);
  EXPECT_EQ(batch->events.size(), 2U);
  EXPECT_FALSE(batch->armed);
  Create(store(), "c");
  EXPECT_EQ(watch.wakes(), 0);
  batch = watch->Next(2);
  EXPECT_EQ(batch->events.size(), 1U);
  EXPECT_TRUE(batch->armed);
  EXPECT_TRUE(watch->Next(2)->armed);
  Create(store(), "d");
  ASSERT_TRUE(watch.AwaitWakes(1));
  EXPECT_EQ(Describe(watch->Next(2)->events), (Lines{"put d@5"}));
}

TEST_P(StoreConformance, AWatchBelowTheCompactionIsExpiredAndAboveThePresentRefused) {
  for (const char* name : {"a", "b", "c"}) Create(store(), name);
  TestWatch slow(store(), kAllTasks, 2);
  Compact(3);
  EXPECT_EQ(slow->Next(10).status().reason(), StatusReason::kExpired);
  EXPECT_EQ(TestWatch(store(), kAllTasks, 2).status().reason(), StatusReason::kExpired);
  EXPECT_EQ(TestWatch(store(), kAllTasks, 5).status().reason(), StatusReason::kTimeout);
  EXPECT_EQ(Describe(TestWatch(store(), kAllTasks, 3).Until(4)), (Lines{"put c@4"}));
}

TEST_P(StoreConformance, AnArmedWatchOutlivesCompactionsOfWhatItDoesNotWatch) {
  TestWatch quiet(store(), {"tasks.noizy.dev", "other", ""}, kFirstRevision);
  EXPECT_TRUE(quiet->Next(1)->events.empty());
  std::int64_t a = Create(store(), "a");
  for (int i = 0; i < 10; ++i) a = Update(store(), "a", a);
  Compact(a);
  EXPECT_TRUE(WriteOne(store(), PutOp(TaskKey("x", "other"), 0)).ok());
  ASSERT_TRUE(quiet.AwaitWakes(1));
  EXPECT_EQ(Describe(quiet->Next(10)->events), (Lines{"put x@13"}));
}

TEST_P(StoreConformance, ADestroyedWatchIsForgotten) {
  {
    TestWatch watch(store(), kAllTasks, kFirstRevision);
    EXPECT_TRUE(watch->Next(1)->events.empty());
  }
  EXPECT_GT(Create(store(), "a"), 0);
}

TEST_P(StoreConformance, WatchesUnderConcurrentWritersMissRepeatAndReorderNothing) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 60;
  constexpr std::int64_t kLast = kFirstRevision + 2 * kThreads * kRounds;
  std::vector<std::thread> writers;
  for (int t = 0; t < kThreads; ++t) {
    writers.emplace_back([this, t] {
      const std::string name = "w" + std::to_string(t);
      for (int i = 0; i < kRounds; ++i) Delete(store(), name, Create(store(), name));
    });
  }
  std::vector<std::thread> readers;
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back([this] {
      TestWatch watch(store(), kAllTasks, kFirstRevision);
      const auto events = watch.Until(kLast);
      ASSERT_EQ(events.size(), static_cast<std::size_t>(kLast - kFirstRevision));
      for (std::size_t i = 0; i < events.size(); ++i) {
        EXPECT_EQ(events[i]->object->revision, kFirstRevision + 1 + static_cast<std::int64_t>(i));
      }
    });
  }
  for (std::thread& thread : writers) thread.join();
  for (std::thread& thread : readers) thread.join();
}

TEST_P(StoreConformance, AListAndAWatchFromItsRevisionMakeTheWholeState) {
  std::thread writer([this] {
    for (int i = 0; i < 200; ++i) Create(store(), std::to_string(1000 + i));
  });
  for (int round = 0; round < 20; ++round) {
    const auto listing = store().List(kAllTasks, {});
    EXPECT_EQ(listing->items.size(), static_cast<std::size_t>(listing->revision - kFirstRevision));
    TestWatch watch(store(), kAllTasks, listing->revision);
    const auto batch = watch->Next(5);
    const bool quiet = batch->events.empty();
    EXPECT_TRUE(quiet || batch->events[0]->object->revision == listing->revision + 1);
  }
  writer.join();
}

TEST_P(StoreConformance, ARestartKeepsObjectsHistoryAndRevisions) {
  const std::int64_t a = Create(store(), "a", "one");
  const std::int64_t b = Create(store(), "b");
  const std::int64_t a2 = Update(store(), "a", a, "two");
  const std::int64_t gone = Delete(store(), "b", b);
  if (!Reopen()) GTEST_SKIP() << "keeps nothing";
  EXPECT_EQ(store().Revision(), gone);
  const StoredObjectPtr object = store().Get(TaskKey("a"));
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(object->revision, a2);
  EXPECT_EQ(object->create_revision, a);
  EXPECT_EQ(object->bytes, Rendered(a2, "two"));
  EXPECT_EQ(NamesAt(store(), b), (Lines{"a@2", "b@3"}));
  const auto events = TestWatch(store(), kAllTasks, a).Until(gone);
  ASSERT_EQ(Describe(events), (Lines{"put b@3", "put a@4", "delete b@5"}));
  EXPECT_EQ(events[1]->previous->bytes, Rendered(a, "one"));
  EXPECT_EQ(events[2]->previous->revision, b);
  EXPECT_EQ(Create(store(), "c"), gone + 1);
}

TEST_P(StoreConformance, ARestartKeepsTheCompactionAndNeverReusesARevision) {
  const std::int64_t a = Create(store(), "a");
  const std::int64_t gone = Delete(store(), "a", a);
  Compact(gone);
  if (!Reopen()) GTEST_SKIP() << "keeps nothing";
  EXPECT_EQ(store().CompactedRevision(), gone);
  EXPECT_EQ(store().Revision(), gone) << "though no row carries it any more";
  EXPECT_EQ(TestWatch(store(), kAllTasks, a).status().reason(), StatusReason::kExpired);
  EXPECT_EQ(Create(store(), "b"), gone + 1);
}

}  // namespace noizy::apiserver
