// The disk fails at its first call, at its second, at its third …, once or from then on, as SQLite
// tests itself: until the whole scenario passes without meeting the fault. Whatever happens, what
// was acknowledged is there, what was refused is there whole or not at all, and memory, watches and
// the next start agree.
//
// Links: apiserver_storage_sqlite

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apiserver/storage/sqlite/sqlite_store.h"
#include "tests/unit/apiserver/storage/sqlite/fault_vfs.h"
#include "tests/unit/apiserver/storage/store_testing.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

constexpr int kWrites = 10;
// More calls than the scenario makes.
constexpr int kMaxCalls = 1000;
constexpr int kForEver = 1'000'000;

struct Fault {
  const char* name;
  int times;
  int code;
};

void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.name;
}
std::string PrintFault(const testing::TestParamInfo<Fault>& info) {
  return info.param.name;
}

/// Objects' bytes by revision.
using Versions = std::map<std::int64_t, std::string>;

struct Crash {
  std::unique_ptr<ScratchFolder> folder;
  Versions acknowledged;  ///< before it
};

class StoreIoFaultTest : public testing::TestWithParam<Fault> {
 protected:
  Status Open() {
    store_.reset();
    SqliteOptions options;
    options.folder = folder_->path();
    options.clock = &clock_;
    auto opened = SqliteStore::Open(std::move(options));
    if (!opened.ok()) return opened.status();
    store_ = *std::move(opened);
    return Status::Ok();
  }

  void Fresh() {
    disk_.Heal();
    store_.reset();
    folder_ = std::make_unique<ScratchFolder>();
    acknowledged_.clear();
    crashes_.clear();
    ASSERT_TRUE(Open().ok());
  }

  void Arm(int good) { disk_.Fail(good, GetParam().times, GetParam().code); }

  /// Creates, updates and deletes a pair of objects; compacts in the middle.
  void RunScenario() {
    for (int count = 0; count < kWrites; ++count) {
      const auto objects = WriteAndKeepCopy(NextWrite(count), count + 1 == kWrites);
      for (std::size_t i = 0; objects.ok() && i < objects->size(); ++i) {
        acknowledged_[(*objects)[i]->revision] = (*objects)[i]->bytes;
      }
      clock_.Advance(std::chrono::seconds(1));
      if (count == kWrites / 2) (void)store_->Compact(store_->Revision() - 3);
    }
  }

  std::vector<WriteOp> NextWrite(int count) const {
    std::vector<WriteOp> ops;
    for (const char* name : {"left", "right"}) {
      const StoredObjectPtr current = store_->Get(TaskKey(name));
      const std::int64_t expected = current == nullptr ? 0 : current->revision;
      const std::string content = std::to_string(count) + std::string(3000, '.');
      const bool remove = count % 5 == 4 && current != nullptr;
      ops.push_back(remove ? DeleteOp(TaskKey(name), expected, content)
                           : PutOp(TaskKey(name), expected, content));
    }
    return ops;
  }

  /// Every version that can be read, by revision.
  static Versions HistoryOf(Store& store) {
    Versions history;
    TestWatch watch(store, kAllTasks, store.CompactedRevision());
    for (const StoreEventPtr& event : watch.Until(store.Revision())) {
      history[event->object->revision] = event->object->bytes;
    }
    return history;
  }

  static void ExpectConsistent(Store& store, const Versions& acknowledged) {
    const auto history = HistoryOf(store);
    const std::int64_t compacted = store.CompactedRevision();
    EXPECT_EQ(static_cast<std::int64_t>(history.size()),
              store.Revision() - std::max(compacted, kFirstRevision))
        << "a gap";
    EXPECT_EQ((store.Revision() - kFirstRevision) % 2, 0) << "half a write";
    for (const auto& [revision, bytes] : acknowledged) {
      if (revision <= compacted) continue;
      const auto found = history.find(revision);
      ASSERT_NE(found, history.end()) << "the acknowledged revision " << revision << " is lost";
      EXPECT_EQ(found->second, bytes);
    }
    EXPECT_EQ(store.Get(TaskKey("left")) == nullptr, store.Get(TaskKey("right")) == nullptr);
  }

  /// Writes, and keeps what a kill would leave at the moment of a refusal, or of any answer to
  /// `last`. The copy is made by the writer's own thread: nothing moves while it reads.
  Result<std::vector<StoredObjectPtr>> WriteAndKeepCopy(std::vector<WriteOp> ops, bool last) {
    using Answer = Result<std::vector<StoredObjectPtr>>;
    std::promise<Answer> answer;
    auto future = answer.get_future();
    store_->Write(std::move(ops), [&](Answer result) {
      if (last || !result.ok()) crashes_.push_back({CopyOfFolder(), acknowledged_});
      answer.set_value(std::move(result));
    });
    return future.get();
  }

  std::unique_ptr<ScratchFolder> CopyOfFolder() const {
    auto copy = std::make_unique<ScratchFolder>();
    for (const char* file : {"/noizy.db", "/noizy.db-wal"}) {
      std::error_code missing;
      std::filesystem::copy_file(folder_->path() + file, copy->path() + file, missing);
    }
    return copy;
  }

  /// What servers find that start after this one was killed.
  void ExpectConsistentAfterCrashes() {
    for (const Crash& crash : crashes_) {
      SqliteOptions options;
      options.folder = crash.folder->path();
      auto store = SqliteStore::Open(std::move(options));
      ASSERT_TRUE(store.ok()) << store.status().ToString();
      ExpectConsistent(**store, crash.acknowledged);
    }
  }

  FaultVfs disk_;
  FakeClock clock_;
  std::unique_ptr<ScratchFolder> folder_;
  std::unique_ptr<SqliteStore> store_;
  Versions acknowledged_;
  std::vector<Crash> crashes_;
};

TEST_P(StoreIoFaultTest, WritingSurvivesAFaultAtAnyCall) {
  int good = 0;
  for (; good < kMaxCalls && !HasFailure(); ++good) {
    SCOPED_TRACE("after " + std::to_string(good) + " good calls");
    Fresh();
    Arm(good);
    RunScenario();
    const bool met = disk_.failed() > 0;
    disk_.Heal();
    ExpectConsistentAfterCrashes();
    clock_.Advance(std::chrono::seconds(1));
    // Lets it mend itself: a refused write may turn up now, and the next guard must know.
    EXPECT_TRUE(WriteAll(*store_, {}).ok());
    const auto after = WriteAll(*store_, NextWrite(kWrites));
    EXPECT_TRUE(after.ok()) << after.status().ToString();
    EXPECT_TRUE(store_->Health().ok());
    ExpectConsistent(*store_, acknowledged_);
    const auto before = HistoryOf(*store_);
    ASSERT_TRUE(Open().ok());
    EXPECT_EQ(HistoryOf(*store_), before) << "the next start sees something else";
    if (!met) break;
  }
  EXPECT_GT(good, 20) << "the fault met hardly anything";
  EXPECT_LT(good, kMaxCalls);
}

TEST_P(StoreIoFaultTest, OpeningSurvivesAFaultAtAnyCall) {
  int good = 0;
  for (; good < kMaxCalls && !HasFailure(); ++good) {
    SCOPED_TRACE("after " + std::to_string(good) + " good calls");
    Fresh();
    RunScenario();
    const auto before = HistoryOf(*store_);
    Arm(good);
    const Status opened = Open();  // closing meets the fault, too
    const bool met = disk_.failed() > 0;
    EXPECT_TRUE(opened.ok() || met) << opened.ToString();
    disk_.Heal();
    ASSERT_TRUE(Open().ok());
    EXPECT_EQ(HistoryOf(*store_), before);
    ExpectConsistent(*store_, acknowledged_);
    if (!met) break;
  }
  EXPECT_GT(good, 2);
  EXPECT_LT(good, kMaxCalls);
}

INSTANTIATE_TEST_SUITE_P(Faults, StoreIoFaultTest,
                         testing::Values(Fault{"IoOnce", 1, SQLITE_IOERR_WRITE},
                                         Fault{"IoForEver", kForEver, SQLITE_IOERR_WRITE},
                                         Fault{"FullOnce", 1, SQLITE_FULL},
                                         Fault{"FullForEver", kForEver, SQLITE_FULL}),
                         PrintFault);

}  // namespace
}  // namespace noizy::apiserver
