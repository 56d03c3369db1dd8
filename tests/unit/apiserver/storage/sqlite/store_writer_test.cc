#include "apiserver/storage/sqlite/store_writer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <thread>

#include "apiserver/storage/sqlite/log_replay.h"
#include "apiserver/storage/sqlite/sqlite_store.h"
#include "tests/unit/apiserver/storage/sqlite/fault_vfs.h"
#include "tests/unit/apiserver/storage/store_testing.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

/// Longer than a writer waits before it asks a failed disk again.
constexpr auto kRetry = std::chrono::seconds(1);

class StoreWriterTest : public testing::Test {
 protected:
  void Open() {
    store_.reset();
    options_.folder = folder_.path();
    options_.clock = &clock_;
    auto opened = SqliteStore::Open(options_);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    store_ = *std::move(opened);
  }
  SqliteStore& store() { return *store_; }

  /// Keeps the writer's thread busy until the returned promise is set, so that writes queue up.
  std::shared_ptr<std::promise<void>> HoldWriter() {
    auto release = std::make_shared<std::promise<void>>();
    auto held = std::make_shared<std::promise<void>>();
    store_->Write({}, [release, held](const auto&) {
      held->set_value();
      release->get_future().wait();
    });
    held->get_future().wait();
    return release;
  }

  bool AwaitHealth(bool ok) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (store_->Health().ok() != ok && std::chrono::steady_clock::now() < end) {
      clock_.Advance(kRetry);
      std::this_thread::yield();
    }
    return store_->Health().ok() == ok;
  }

  FaultVfs disk_;
  FakeClock clock_;
  SqliteOptions options_;
  ScratchFolder folder_;

 private:
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(StoreWriterTest, WhatQueuesUpIsOneTransaction) {
  Open();
  Counter commits("noizy_store_commits_total", "Transactions committed durably.");
  const auto release = HoldWriter();
  const double before = commits.Value();
  std::vector<std::future<bool>> answers;
  for (int i = 0; i < 100; ++i) {
    auto answer = std::make_shared<std::promise<bool>>();
    answers.push_back(answer->get_future());
    const std::string name = "task-" + std::to_string(i % 90);  // the last ten exist by then
    store().Write({PutOp(TaskKey(name), 0)},
                  [answer](const auto& result) { answer->set_value(result.ok()); });
  }
  release->set_value();
  int good = 0;
  for (auto& answer : answers) good += answer.get() ? 1 : 0;
  EXPECT_EQ(good, 90) << "a refused write takes no other with it";
  EXPECT_EQ(commits.Value() - before, 1);
  EXPECT_EQ(store().Revision(), kFirstRevision + 90);
}

TEST_F(StoreWriterTest, ClosingCommitsWhatIsQueued) {
  Open();
  const auto release = HoldWriter();
  auto answer = std::make_shared<std::promise<bool>>();
  store().Write({PutOp(TaskKey("a"), 0)},
                [answer](const auto& result) { answer->set_value(result.ok()); });
  release->set_value();
  Open();
  EXPECT_TRUE(answer->get_future().get());
  EXPECT_NE(store().Get(TaskKey("a")), nullptr);
}

TEST_F(StoreWriterTest, AFullQueueRefuses) {
  options_.queue.queued_writes = 1;
  Open();
  const auto release = HoldWriter();
  store().Write({PutOp(TaskKey("a"), 0)}, [](const auto&) {});
  EXPECT_EQ(WriteOne(store(), PutOp(TaskKey("b"), 0)).status().reason(),
            StatusReason::kServiceUnavailable);
  release->set_value();
  store().Write({}, [](const auto&) {});
}

TEST_F(StoreWriterTest, AFullDiskRefusesEveryWriteOfTheBatchAndNothingElse) {
  Open();
  const std::int64_t a = Create(store(), "a");
  disk_.Fail(0, 1'000'000, SQLITE_FULL);
  const Status full = WriteOne(store(), PutOp(TaskKey("b"), 0)).status();
  EXPECT_EQ(full.reason(), StatusReason::kServiceUnavailable);
  EXPECT_NE(full.message().find("noizy.db failed: database or disk is full"), std::string::npos)
      << full.message();
  EXPECT_FALSE(store().Health().ok());
  EXPECT_EQ(store().Get(TaskKey("b")), nullptr);
  EXPECT_EQ(NamesAt(store(), 0), (std::vector<std::string>{"a@2"})) << "reads go on";
  disk_.Heal();
  EXPECT_EQ(Update(store(), "a", a), a + 1) << "the refused write took no revision";
  EXPECT_TRUE(store().Health().ok());
}

TEST_F(StoreWriterTest, AnIdleStoreFindsOutThatTheDiskIsWellAgain) {
  Open();
  for (const bool full : {true, false}) {
    full ? disk_.Fail(0, 1'000'000, SQLITE_FULL) : disk_.FailFlush(1'000'000);
    EXPECT_FALSE(WriteOne(store(), PutOp(TaskKey("a"), 0)).ok());
    EXPECT_FALSE(store().Health().ok());
    disk_.Heal();
    EXPECT_TRUE(AwaitHealth(true)) << store().Health().ToString();
  }
}

TEST_F(StoreWriterTest, AFailedDiskIsNotAskedByEveryWrite) {
  Open();
  disk_.FailFlush(1'000'000);
  EXPECT_FALSE(WriteOne(store(), PutOp(TaskKey("a"), 0)).ok());
  EXPECT_FALSE(WriteOne(store(), PutOp(TaskKey("a"), 0)).ok()) << "asks once to reopen";
  const int asked = disk_.failed();
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(WriteOne(store(), PutOp(TaskKey("a"), 0)).ok());
  EXPECT_EQ(disk_.failed(), asked);
  disk_.Heal();
  clock_.Advance(kRetry);
  EXPECT_GT(Create(store(), "b"), kFirstRevision);
}

TEST_F(StoreWriterTest, AWriteThatTurnsUpAfterAFailedFlushIsHistory) {
  Open();
  Create(store(), "a");
  auto watch = std::make_unique<TestWatch>(store(), kAllTasks, store().Revision());
  // The flush of the commit fails, and so do those with which closing would put the log away.
  disk_.FailFlush(2);
  EXPECT_FALSE(WriteOne(store(), PutOp(TaskKey("b"), 0, "perhaps")).ok());
  clock_.Advance(kRetry);
  const auto next = WriteOne(store(), PutOp(TaskKey("c"), 0));
  disk_.Heal();
  clock_.Advance(kRetry);
  const std::int64_t last = next.ok() ? (*next)->revision : Create(store(), "c");
  const auto events = watch->Until(last);
  // Either way there is one history, and readers, watchers and the next start agree on it.
  const bool happened = store().Get(TaskKey("b")) != nullptr;
  EXPECT_EQ(events.size(), happened ? 2U : 1U);
  EXPECT_EQ(last, happened ? 4 : 3);
  const auto now = NamesAt(store(), 0);
  watch.reset();  // before its store
  Open();
  EXPECT_EQ(NamesAt(store(), 0), now);
}

TEST_F(StoreWriterTest, LostAcknowledgedWritesAreNeverPaperedOver) {
  Open();
  Create(store(), "a");
  EXPECT_TRUE(store().Compact(store().Revision()).ok());
  Open();  // a clean stop leaves everything in the one file
  const std::string file = folder_ / "noizy.db";
  std::filesystem::copy_file(file, folder_ / "old.db");
  Create(store(), "b");
  disk_.FailFlush(1);
  EXPECT_FALSE(WriteOne(store(), PutOp(TaskKey("c"), 0)).ok());
  // The disk comes back with what it had an hour ago.
  std::filesystem::rename(folder_ / "old.db", file);
  std::filesystem::remove(file + "-wal");
  clock_.Advance(kRetry);
  const Status lost = WriteOne(store(), PutOp(TaskKey("c"), 0)).status();
  EXPECT_NE(lost.message().find("lost acknowledged writes"), std::string::npos) << lost.message();
  clock_.Advance(kRetry);
  EXPECT_FALSE(WriteOne(store(), PutOp(TaskKey("d"), 0)).ok());
  EXPECT_FALSE(store().Health().ok());
  EXPECT_NE(store().Get(TaskKey("b")), nullptr) << "reads go on";
}

TEST_F(StoreWriterTest, HistoryIsForgottenWhileWritesGoOn) {
  options_.history.keep_revisions = 100;
  options_.history.keep_age = Duration::zero();
  Open();
  std::int64_t a = Create(store(), "a");
  for (int i = 0; i < 1000; ++i) a = Update(store(), "a", a);
  EXPECT_GE(store().CompactedRevision(), a - 100 - 128 - 1);
  EXPECT_LE(store().CompactedRevision(), a - 100);
  Open();
  EXPECT_EQ(store().Revision(), a);
}

TEST_F(StoreWriterTest, OneLargeWriteIsForgottenInSteps) {
  Open();
  std::vector<WriteOp> ops;
  for (int i = 0; i < 5000; ++i) ops.push_back(PutOp(TaskKey("t" + std::to_string(i)), 0));
  ASSERT_TRUE(WriteAll(store(), std::move(ops)).ok());
  EXPECT_TRUE(store().Compact(store().Revision()).ok());
  EXPECT_EQ(store().CompactedRevision(), store().Revision());
  Open();
  EXPECT_EQ(store().List(kAllTasks, {})->items.size(), 5000U);
}

TEST_F(StoreWriterTest, ACompactionThatTheDiskRefusesSaysSo) {
  Open();
  const std::int64_t a = Create(store(), "a");
  disk_.Fail(0, 1'000'000, SQLITE_FULL);
  EXPECT_FALSE(store().Compact(a).ok());
  EXPECT_EQ(store().CompactedRevision(), 0);
  disk_.Heal();
  EXPECT_TRUE(AwaitHealth(true));
  EXPECT_TRUE(store().Compact(a).ok());
  EXPECT_EQ(store().CompactedRevision(), a);
}

}  // namespace
}  // namespace noizy::apiserver
