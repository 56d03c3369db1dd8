#include "apiserver/backup/restore.h"

#include <gtest/gtest.h>

#include "apiserver/storage/sqlite/database_file.h"
#include "apiserver/storage/sqlite/folder_lock.h"
#include "apiserver/storage/sqlite/sqlite_store.h"
#include "tests/unit/apiserver/storage/store_testing.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

class RestoreTest : public testing::Test {
 protected:
  RestoreTest() {
    auto store = Open(folder_ / "old/store");
    Update(*store, "a", Create(*store, "a", "first"), "second");
    Delete(*store, "gone", Create(*store, "gone"));
    const std::string copy = folder_ / "copy.db";
    EXPECT_TRUE(store->CopyTo(copy).ok());
    EXPECT_TRUE(RequirePrivate(copy).ok());
    Update(*store, "a", store->Get(TaskKey("a"))->revision, "third");
    seen_ = store->Revision();
    const auto facts = InspectDatabase(copy);
    EXPECT_TRUE(facts.ok()) << facts.status().ToString();
    content_.manifest.cluster_uid = facts->cluster_uid;
    content_.manifest.revision = facts->revision;
    content_.database = *ReadFile(copy);
    content_.keys = std::vector{TarFile{"pki/ca.key", "private"}, TarFile{"secrets.key", "keys"}};
  }

  static std::unique_ptr<SqliteStore> Open(const std::string& folder) {
    SqliteOptions options;
    options.folder = folder;
    auto store = SqliteStore::Open(std::move(options));
    EXPECT_TRUE(store.ok()) << store.status().ToString();
    return *std::move(store);
  }
  Result<RestoreOutcome> Restore(Existing existing = Existing::kRefuse) {
    return RestoreBackup(content_, target_, existing);
  }
  std::vector<std::string> Names() { return *ListFolder(folder_.path()); }

  ScratchFolder folder_;
  const std::string target_ = folder_ / "new";
  BackupContent content_;
  std::int64_t seen_ = 0;
};

TEST_F(RestoreTest, EverythingIsThereAndRevisionsGoOnFarAhead) {
  const auto outcome = Restore();
  ASSERT_TRUE(outcome.ok()) << outcome.status().ToString();
  EXPECT_EQ(outcome->put_aside, "");
  EXPECT_EQ(*ReadFile(target_ + "/pki/ca.key"), "private");
  EXPECT_TRUE(RequirePrivate(target_).ok());
  EXPECT_TRUE(RequirePrivate(target_ + "/secrets.key").ok());
  auto store = Open(target_ + "/store");
  EXPECT_EQ(store->ClusterUid(), content_.manifest.cluster_uid);
  const StoredObjectPtr object = store->Get(TaskKey("a"));
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(object->bytes, Rendered(object->revision, "second"));
  EXPECT_EQ(store->Get(TaskKey("gone")), nullptr);
  EXPECT_EQ(store->Revision(), outcome->revision);
  EXPECT_GT(Create(*store, "new"), seen_) << "no revision comes a second time";
  EXPECT_EQ(store->Watch(kAllTasks, seen_, [] {}).status().reason(), StatusReason::kExpired)
      << "who saw what is lost is told to start over";
}

TEST_F(RestoreTest, AFolderThatHoldsSomethingIsLeftAlone) {
  ASSERT_TRUE(MakeFolders(target_ + "/pki").ok());
  EXPECT_NE(Restore().status().message().find("is not empty"), std::string::npos);
  const auto outcome = Restore(Existing::kPutAside);
  ASSERT_TRUE(outcome.ok()) << outcome.status().ToString();
  EXPECT_TRUE(FileExists(outcome->put_aside + "/pki"));
  EXPECT_TRUE(FileExists(target_ + "/store/noizy.db"));
}

TEST_F(RestoreTest, AnEmptyFolderIsTaken) {
  ASSERT_TRUE(MakeFolders(target_).ok());
  ASSERT_TRUE(Restore().ok());
  EXPECT_EQ(Names(), (std::vector<std::string>{"copy.db", "new", "old"}));
}

TEST_F(RestoreTest, AFolderInUseIsNeverTouched) {
  ASSERT_TRUE(MakeFolders(target_ + "/store").ok());
  const auto lock = LockFolder(target_ + "/store");
  const Status refused = Restore(Existing::kPutAside).status();
  EXPECT_NE(refused.message().find("is in use by the server"), std::string::npos)
      << refused.message();
}

TEST_F(RestoreTest, ADamagedDatabaseChangesNothing) {
  content_.database[content_.database.find("second")] = 'S';
  const Status refused = Restore().status();
  EXPECT_NE(refused.message().find("does not match its checksum"), std::string::npos)
      << refused.message();
  EXPECT_EQ(Names(), (std::vector<std::string>{"copy.db", "old"}));
}

TEST_F(RestoreTest, ADatabaseOfAnotherGridIsRefused) {
  content_.manifest.cluster_uid = "another";
  EXPECT_FALSE(Restore().ok());
  EXPECT_FALSE(FileExists(target_));
}

}  // namespace
}  // namespace noizy::apiserver
