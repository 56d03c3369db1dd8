// What every Store must do. A test program includes this and store_conformance_watch.h and
// instantiates StoreConformance with its stores.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "apiserver/storage/store.h"
#include "tests/unit/apiserver/storage/store_testing.h"

namespace noizy::apiserver {

/// A store and the ways to manage it that the interface does not have.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual Store& store() = 0;
  virtual void Compact(std::int64_t revision) = 0;
  /// Closes the store and opens it again over what it left on disk; false when it keeps nothing.
  virtual bool Reopen() = 0;
};

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
};

class StoreConformance : public testing::TestWithParam<StoreKind> {
 protected:
  Store& store() { return under_test_->store(); }
  void Compact(std::int64_t revision) { under_test_->Compact(revision); }
  bool Reopen() { return under_test_->Reopen(); }

 private:
  std::unique_ptr<StoreUnderTest> under_test_ = GetParam().make();
};

using Lines = std::vector<std::string>;

TEST_P(StoreConformance, AnEmptyStoreStandsAtTheFirstRevision) {
  EXPECT_EQ(store().Revision(), kFirstRevision);
  EXPECT_EQ(store().CompactedRevision(), 0);
  EXPECT_TRUE(store().Health().ok());
  EXPECT_EQ(store().Get(TaskKey("a")), nullptr);
  const auto listing = store().List(kAllTasks, {});
  ASSERT_TRUE(listing.ok());
  EXPECT_TRUE(listing->items.empty());
  EXPECT_EQ(listing->revision, kFirstRevision);
}

TEST_P(StoreConformance, AWriteIsReadBackWithItsRevisionInItsBytes) {
  const auto written = WriteOne(store(), PutOp(TaskKey("a"), 0, "hello"));
  ASSERT_TRUE(written.ok());
  const StoredObject& object = **written;
  EXPECT_EQ(object.revision, kFirstRevision + 1);
  EXPECT_EQ(object.create_revision, object.revision);
  EXPECT_EQ(object.bytes, Rendered(object.revision, "hello"));
  EXPECT_EQ(object.attributes.labels.at(0).second, "hello");
  EXPECT_EQ(store().Get(TaskKey("a")), *written);
  EXPECT_EQ(store().Revision(), object.revision);
}

TEST_P(StoreConformance, ObjectsOfOtherNamespacesAndResourcesAreOthers) {
  Create(store(), "a");
  EXPECT_TRUE(WriteOne(store(), PutOp(TaskKey("a", "other"), 0)).ok());
  EXPECT_TRUE(WriteOne(store(), PutOp({"nodes.noizy.dev", "", "a"}, 0)).ok());
  EXPECT_EQ(store().Get({"nodes.noizy.dev", "default", "a"}), nullptr);
  EXPECT_EQ(store().List(kAllTasks, {})->items.size(), 2U);
}

TEST_P(StoreConformance, GuardsRefuseWhatIsNotAsExpected) {
  const std::int64_t created = Create(store(), "a");
  const std::int64_t updated = Update(store(), "a", created);
  EXPECT_EQ(WriteOne(store(), PutOp(TaskKey("a"), 0)).status().reason(),
            StatusReason::kAlreadyExists);
  EXPECT_EQ(WriteOne(store(), PutOp(TaskKey("a"), created)).status().reason(),
            StatusReason::kConflict);
  EXPECT_EQ(WriteOne(store(), PutOp(TaskKey("b"), 1)).status().reason(), StatusReason::kNotFound);
  EXPECT_EQ(WriteOne(store(), DeleteOp(TaskKey("a"), created)).status().reason(),
            StatusReason::kConflict);
  EXPECT_EQ(WriteOne(store(), DeleteOp(TaskKey("a"), 0)).status().reason(),
            StatusReason::kConflict);
  const Status missing = WriteOne(store(), DeleteOp(TaskKey("b"), 0)).status();
  EXPECT_EQ(missing.reason(), StatusReason::kNotFound);
  EXPECT_EQ(missing.details().name, "b");
  EXPECT_EQ(store().Revision(), updated) << "a refused write takes no revision";
}

TEST_P(StoreConformance, AnUpdateKeepsTheCreateRevisionAndARecreationDoesNot) {
  const std::int64_t created = Create(store(), "a");
  const std::int64_t updated = Update(store(), "a", created);
  EXPECT_EQ(store().Get(TaskKey("a"))->create_revision, created);
  const std::int64_t deleted = Delete(store(), "a", updated);
  EXPECT_EQ(deleted, updated + 1);
  EXPECT_EQ(store().Get(TaskKey("a")), nullptr);
  const std::int64_t again = Create(store(), "a");
  EXPECT_EQ(store().Get(TaskKey("a"))->create_revision, again);
}

TEST_P(StoreConformance, OpsCommitTogetherInOrder) {
  const std::int64_t a = Create(store(), "a");
  const auto objects = WriteAll(store(), {PutOp(TaskKey("b"), 0), DeleteOp(TaskKey("a"), a),
                                          PutOp(TaskKey("a"), 0, "again")});
  ASSERT_TRUE(objects.ok()) << objects.status().ToString();
  ASSERT_EQ(objects->size(), 3U);
  EXPECT_EQ((*objects)[0]->revision, a + 1);
  EXPECT_EQ((*objects)[1]->bytes, Rendered(a + 2, "last"));
  EXPECT_EQ((*objects)[2]->create_revision, a + 3);
  EXPECT_EQ(store().Get(TaskKey("a"))->bytes, Rendered(a + 3, "again"));
}

TEST_P(StoreConformance, OneFailedGuardRefusesAllOps) {
  const std::int64_t a = Create(store(), "a");
  const auto objects =
      WriteAll(store(), {PutOp(TaskKey("b"), 0), PutOp(TaskKey("a"), a), PutOp(TaskKey("c"), a)});
  EXPECT_EQ(objects.status().reason(), StatusReason::kNotFound);
  EXPECT_EQ(objects.status().details().name, "c");
  EXPECT_EQ(store().Revision(), a);
  EXPECT_EQ(store().Get(TaskKey("b")), nullptr);
  EXPECT_EQ(Update(store(), "a", a), a + 1);
}

TEST_P(StoreConformance, AWriteOfNothingSucceeds) {
  const auto objects = WriteAll(store(), {});
  ASSERT_TRUE(objects.ok());
  EXPECT_TRUE(objects->empty());
  EXPECT_EQ(store().Revision(), kFirstRevision);
}

TEST_P(StoreConformance, ARevisionOffsetOutsideOfTheBytesIsRefused) {
  WriteOp op = PutOp(TaskKey("a"), 0);
  op.body.revision_offset = op.body.bytes.size() + 1;
  EXPECT_EQ(WriteOne(store(), op).status().reason(), StatusReason::kInternalError);
}

TEST_P(StoreConformance, ListsAreOrderedAndScoped) {
  for (const char* name : {"c", "a", "b"}) Create(store(), name);
  for (const char* ns : {"alpha", "zeta"}) {
    EXPECT_TRUE(WriteOne(store(), PutOp(TaskKey("b", ns), 0)).ok());
  }
  EXPECT_EQ(Names(*store().List(kAllTasks, {})), (Lines{"b@5", "a@3", "b@4", "c@2", "b@6"}));
  EXPECT_EQ(Names(*store().List({"tasks.noizy.dev", "default", ""}, {})),
            (Lines{"a@3", "b@4", "c@2"}));
  EXPECT_EQ(Names(*store().List({"tasks.noizy.dev", "default", "b"}, {})), (Lines{"b@4"}));
  EXPECT_EQ(Names(*store().List({"tasks.noizy.dev", "", "b"}, {})), (Lines{"b@5", "b@4", "b@6"}));
  EXPECT_TRUE(store().List({"tasks.noizy.dev", "nowhere", ""}, {})->items.empty());
  EXPECT_TRUE(store().List({"widgets.example.com", "", ""}, {})->items.empty());
}

TEST_P(StoreConformance, ListsAtARevisionShowThatState) {
  const std::int64_t a = Create(store(), "a");
  const std::int64_t b = Create(store(), "b");
  const std::int64_t a2 = Update(store(), "a", a);
  const std::int64_t gone = Delete(store(), "b", b);
  EXPECT_EQ(NamesAt(store(), kFirstRevision), Lines());
  EXPECT_EQ(NamesAt(store(), a), (Lines{"a@2"}));
  EXPECT_EQ(NamesAt(store(), b), (Lines{"a@2", "b@3"}));
  EXPECT_EQ(NamesAt(store(), a2), (Lines{"a@4", "b@3"}));
  EXPECT_EQ(NamesAt(store(), gone), (Lines{"a@4"}));
  ListOptions future;
  future.at_revision = gone + 1;
  const Status too_large = store().List(kAllTasks, future).status();
  EXPECT_EQ(too_large.reason(), StatusReason::kTimeout);
  EXPECT_EQ(too_large.details().causes.at(0).reason, "ResourceVersionTooLarge");
}

TEST_P(StoreConformance, CompactionExpiresWhatIsOlderAndKeepsTheRest) {
  const std::int64_t a = Create(store(), "a");
  const std::int64_t b = Create(store(), "b");
  const std::int64_t a2 = Update(store(), "a", a);
  const std::int64_t gone = Delete(store(), "b", b);
  Compact(a2);
  EXPECT_EQ(store().CompactedRevision(), a2);
  ListOptions old;
  old.at_revision = b;
  EXPECT_EQ(store().List(kAllTasks, old).status().reason(), StatusReason::kExpired);
  EXPECT_EQ(NamesAt(store(), a2), (Lines{"a@4", "b@3"}));
  Compact(gone + 100);
  EXPECT_EQ(store().CompactedRevision(), gone) << "never beyond the present";
  Compact(a);
  EXPECT_EQ(store().CompactedRevision(), gone) << "never back";
  EXPECT_EQ(NamesAt(store(), gone), (Lines{"a@4"}));
  EXPECT_EQ(Create(store(), "b"), gone + 1);
}

TEST_P(StoreConformance, PagesShowOneRevisionWhileWritesGoOn) {
  for (int i = 0; i < 25; ++i) Create(store(), "n" + std::to_string(100 + i));
  ListOptions options;
  options.limit = 10;
  Lines seen;
  std::vector<std::size_t> remaining;
  for (int page = 0; page < 3; ++page) {
    const auto listing = store().List(kAllTasks, options);
    ASSERT_TRUE(listing.ok());
    EXPECT_EQ(listing->revision, kFirstRevision + 25);
    for (const auto& item : listing->items) seen.push_back(item->key.name);
    remaining.push_back(listing->remaining);
    options.at_revision = listing->revision;
    options.after = {listing->items.back()->key.ns, listing->items.back()->key.name};
    Delete(store(), "n12" + std::to_string(page), kFirstRevision + 21 + page);
    Create(store(), "n11" + std::to_string(page) + "-new");
  }
  ASSERT_EQ(seen.size(), 25U);
  for (int i = 0; i < 25; ++i) EXPECT_EQ(seen[i], "n" + std::to_string(100 + i));
  EXPECT_EQ(remaining, (std::vector<std::size_t>{15, 5, 0}));
}

TEST_P(StoreConformance, ALongListIsWalkedInStepsWithoutLossOrRepetition) {
  std::vector<WriteOp> ops;
  for (int i = 0; i < 1500; ++i) ops.push_back(PutOp(TaskKey(std::to_string(10'000 + i)), 0));
  ASSERT_TRUE(WriteAll(store(), std::move(ops)).ok());
  const auto listing = store().List(kAllTasks, {});
  ASSERT_EQ(listing->items.size(), 1500U);
  for (int i = 0; i < 1500; ++i) EXPECT_EQ(listing->items[i]->key.name, std::to_string(10'000 + i));
  ListOptions page;
  page.limit = 3;
  page.after = {"default", "10600"};
  const auto third = store().List(kAllTasks, page);
  EXPECT_EQ(third->items.at(0)->key.name, "10601");
  EXPECT_EQ(third->remaining, 1500U - 601 - 3);
}

TEST_P(StoreConformance, ConcurrentWritersOfOneObjectNeverLoseAnUpdate) {
  constexpr int kThreads = 4;
  constexpr int kUpdates = 50;
  Create(store(), "counter");
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this] {
      for (int done = 0; done < kUpdates;) {
        const std::int64_t at = store().Get(TaskKey("counter"))->revision;
        const auto result = WriteOne(store(), PutOp(TaskKey("counter"), at));
        if (result.ok()) {
          ++done;
        } else {
          ASSERT_EQ(result.status().reason(), StatusReason::kConflict);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store().Revision(), kFirstRevision + 1 + kThreads * kUpdates);
}

TEST_P(StoreConformance, AWriteIsReadableWhenItsCallbackRuns) {
  std::promise<bool> readable;
  store().Write({PutOp(TaskKey("a"), 0)}, [&](Result<std::vector<StoredObjectPtr>> result) {
    const StoredObjectPtr object = store().Get(TaskKey("a"));
    readable.set_value(result.ok() && object == result->at(0));
  });
  EXPECT_TRUE(readable.get_future().get());
}

TEST_P(StoreConformance, ACallbackMayWrite) {
  std::promise<bool> second;
  store().Write({PutOp(TaskKey("a"), 0)}, [&](Result<std::vector<StoredObjectPtr>> first) {
    store().Write(
        {DeleteOp(TaskKey("a"), first->at(0)->revision)},
        [&](Result<std::vector<StoredObjectPtr>> result) { second.set_value(result.ok()); });
  });
  EXPECT_TRUE(second.get_future().get());
  EXPECT_EQ(store().Get(TaskKey("a")), nullptr);
}

}  // namespace noizy::apiserver
