#include "apiserver/storage/sqlite/sqlite_store.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "apiserver/storage/sqlite/connection.h"
#include "machinery/base/random.h"
#include "tests/unit/apiserver/storage/sqlite/fault_vfs.h"
#include "tests/unit/apiserver/storage/store_conformance.h"
#include "tests/unit/apiserver/storage/store_conformance_watch.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

SqliteOptions In(const std::string& folder) {
  SqliteOptions options;
  options.folder = folder;
  return options;
}

class SqliteUnderTest final : public StoreUnderTest {
 public:
  SqliteUnderTest() { Open(); }
  Store& store() override { return *store_; }
  void Compact(std::int64_t revision) override { EXPECT_TRUE(store_->Compact(revision).ok()); }
  bool Reopen() override {
    store_.reset();
    Open();
    return true;
  }

 private:
  void Open() {
    auto store = SqliteStore::Open(In(folder_.path()));
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    store_ = *std::move(store);
  }

  ScratchFolder folder_;
  std::unique_ptr<SqliteStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance,
                         testing::Values(StoreKind{
                             "Sqlite", [] { return std::make_unique<SqliteUnderTest>(); }}),
                         [](const auto& info) { return info.param.name; });

class SqliteStoreTest : public testing::Test {
 protected:
  Result<std::unique_ptr<SqliteStore>> Open() { return SqliteStore::Open(In(folder_.path())); }
  void Sql(const std::string& sql) {
    auto connection = Connection::Open(file_);
    ASSERT_TRUE(connection.ok());
    ASSERT_TRUE(connection->Execute(sql).ok()) << sql;
  }
  /// Opening fails, and the words hold all of `parts`.
  void ExpectRefused(const std::vector<std::string>& parts) {
    const Status refused = Open().status();
    for (const std::string& part : parts) {
      EXPECT_NE(refused.message().find(part), std::string::npos) << refused.message();
    }
  }

  ScratchFolder folder_;
  const std::string file_ = folder_ / "noizy.db";
};

TEST_F(SqliteStoreTest, MakesItsFolderPrivate) {
  const std::string folder = folder_ / "deep/down";
  ASSERT_TRUE(SqliteStore::Open(In(folder)).ok());
  EXPECT_EQ(std::filesystem::status(folder).permissions(), std::filesystem::perms::owner_all);
}

TEST_F(SqliteStoreTest, KeepsItsClusterUid) {
  const std::string uid = (*Open())->ClusterUid();
  EXPECT_EQ(uid.size(), 36U);
  EXPECT_EQ((*Open())->ClusterUid(), uid);
  const ScratchFolder other;
  EXPECT_NE((*SqliteStore::Open(In(other.path())))->ClusterUid(), uid);
}

TEST_F(SqliteStoreTest, ASecondServerIsRefused) {
  const auto first = Open();
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(Open().status().reason(), StatusReason::kServiceUnavailable);
  ExpectRefused({folder_.path(), "process id " + std::to_string(::getpid())});
}

TEST_F(SqliteStoreTest, ANewerVersionIsRefused) {
  ASSERT_TRUE(Open().ok());
  Sql("PRAGMA user_version=7");
  ExpectRefused({file_, "version 7", "run the newer noizy"});
}

TEST_F(SqliteStoreTest, AttributesAreReadAtLoad) {
  EXPECT_GT(Create(**Open(), "a"), 0);
  SqliteOptions options = In(folder_.path());
  options.attributes = [](const StoreKey& key, std::string_view) {
    return Attributes{{{"name", key.name}}, {}};
  };
  const auto store = SqliteStore::Open(std::move(options));
  EXPECT_EQ((*store)->Get(TaskKey("a"))->attributes.labels.at(0).second, "a");
}

TEST_F(SqliteStoreTest, OverwrittenBytesAreFoundAndNamed) {
  EXPECT_EQ(Create(**Open(), "victim", std::string(3000, 'Q')), 2);
  std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
  const std::string before((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
  file.seekp(static_cast<std::streamoff>(before.find("QQQQ") + 1000));
  file << std::string(64, 'Z');
  file.close();
  ExpectRefused({file_, "revision 2", "victim", "restore the latest backup"});
  const std::string after = *ReadFile(file_);
  EXPECT_NE(after.find("ZZZZ"), std::string::npos) << "nothing was dropped or mended in silence";
}

/// Everything a client could see, as text; or "refused".
std::string Everything(const std::string& folder) {
  const auto store = SqliteStore::Open(In(folder));
  if (!store.ok()) return "refused";
  std::string all = (*store)->ClusterUid();
  const Listing listing = *(*store)->List(kAllTasks, {});
  for (const auto& object : listing.items) {
    all += "\n" + object->key.name + " " + object->bytes;
  }
  TestWatch watch(**store, kAllTasks, (*store)->CompactedRevision());
  for (const std::string& line : Describe(watch.Until((*store)->Revision()))) all += "\n" + line;
  return all;
}

TEST_F(SqliteStoreTest, AnyWrongByteIsRefusedOrHarmless) {
  const FaultVfs no_flushes;  // for speed
  {
    const auto store = Open();
    ASSERT_TRUE(store.ok());
    for (int i = 0; i < 30; ++i) Create(**store, "n" + std::to_string(i), std::string(300, 'x'));
    for (int i = 0; i < 9; ++i) Delete(**store, "n" + std::to_string(i), 2 + i);
    ASSERT_TRUE((*store)->Compact(20).ok());
  }
  const std::string good = *ReadFile(file_);
  const std::string expected = Everything(folder_.path());
  SeededRandom random(20261122);
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    std::string bad = good;
    const std::size_t at = random.Below(bad.size());
    bad[at] = static_cast<char>(bad[at] ^ (1 << random.Below(8)));
    const ScratchFolder copy;
    ASSERT_TRUE(WriteFileAtomically(copy / "noizy.db", bad, Durability::kAtomic).ok());
    const std::string seen = Everything(copy.path());
    refused += seen == "refused" ? 1 : 0;
    EXPECT_TRUE(seen == "refused" || seen == expected) << "byte " << at << "\n" << seen;
  }
  EXPECT_GT(refused, 50);
}

/// A file system of a test's own, for those who may mount one.
class Mount {
 public:
  Mount(std::string path, const char* size, unsigned long flags) : path_(std::move(path)) {
    mounted_ =
        MakeFolders(path_).ok() && ::mount("tmpfs", path_.c_str(), "tmpfs", flags, size) == 0;
  }
  ~Mount() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;
  bool mounted() const { return mounted_; }

 private:
  std::string path_;
  bool mounted_ = false;
};

TEST_F(SqliteStoreTest, AReallyFullDiskRefusesWritesUntilThereIsSpace) {
  const Mount mount(folder_ / "small", "size=1m", 0);
  if (!mount.mounted()) GTEST_SKIP() << "may not mount";
  auto store = *SqliteStore::Open(In(folder_ / "small"));
  const std::string ballast = folder_ / "small/ballast";
  std::ofstream(ballast) << std::string(400'000, 'x');
  std::int64_t last = kFirstRevision;
  Status status;
  for (int i = 0; i < 200 && status.ok(); ++i) {
    const std::string name = "t" + std::to_string(i);
    const auto object = WriteOne(*store, PutOp(TaskKey(name), 0, std::string(20'000, 'y')));
    status = object.status();
    if (object.ok()) last = (*object)->revision;
  }
  EXPECT_EQ(status.reason(), StatusReason::kServiceUnavailable);
  EXPECT_NE(status.message().find("free space"), std::string::npos) << status.message();
  EXPECT_FALSE(store->Health().ok());
  EXPECT_GT(last, kFirstRevision);
  std::filesystem::remove(ballast);
  EXPECT_EQ(Create(*store, "again"), last + 1) << "by itself";
  EXPECT_TRUE(store->Health().ok());
  store.reset();
  EXPECT_EQ((*SqliteStore::Open(In(folder_ / "small")))->Revision(), last + 1);
}

TEST_F(SqliteStoreTest, AReadOnlyFolderIsRefusedWithWords) {
  const std::string folder = folder_ / "fixed";
  const Mount mount(folder, "size=1m", MS_RDONLY);
  if (!mount.mounted()) {
    ASSERT_NE(::geteuid(), 0U) << "root may write anywhere but on a read-only mount";
    std::filesystem::permissions(
        folder, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  }
  const Status refused = SqliteStore::Open(In(folder)).status();
  EXPECT_FALSE(refused.ok());
  EXPECT_NE(refused.message().find(folder), std::string::npos) << refused.message();
}

}  // namespace
}  // namespace noizy::apiserver
