// The SQLite store with Secrets sealed: what lies on disk, and what becomes of folders from before.
#include <gtest/gtest.h>

#include <filesystem>

#include "apiserver/encryption/secret_codec.h"
#include "apiserver/storage/sqlite/connection.h"
#include "apiserver/storage/sqlite/row_checksum.h"
#include "apiserver/storage/sqlite/sqlite_store.h"
#include "tests/unit/apiserver/storage/store_testing.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

constexpr char kClear[] = "correct horse battery staple";
constexpr int kSecrets = 40;

StoreKey SecretKey(const std::string& name) {
  return {"secrets", "team", name};
}
std::string Name(int i) {
  return "secret-" + std::to_string(i);
}
// Some on a page, some over several.
std::string Content(int i, char fill = '.') {
  return kClear + std::to_string(i) + std::string(i % 3 == 0 ? 20'000 : 300, fill);
}

class SealedStoreTest : public testing::Test {
 protected:
  using Opened = Result<std::unique_ptr<SqliteStore>>;

  Opened OpenClear() { return SqliteStore::Open(Options()); }
  Opened OpenSealed(KeyUse use = KeyUse::kKeep) {
    NOIZY_ASSIGN_OR_RETURN(KeyRing ring, KeyRing::Open(key_file_, ""));
    SqliteOptions options = Options();
    options.codec = std::make_shared<SecretCodec>(std::move(ring), use);
    return SqliteStore::Open(std::move(options));
  }
  SqliteOptions Options() const {
    SqliteOptions options;
    options.folder = store_;
    return options;
  }

  static void Must(SqliteStore& store, WriteOp op) {
    const auto written = WriteOne(store, std::move(op));
    EXPECT_TRUE(written.ok()) << written.status().ToString();
  }
  /// Creates all, changes some, deletes some: rows of every sort.
  static void Fill(SqliteStore& store) {
    for (int i = 0; i < kSecrets; ++i) {
      const auto made = WriteOne(store, PutOp(SecretKey(Name(i)), 0, Content(i)));
      ASSERT_TRUE(made.ok()) << made.status().ToString();
      const std::int64_t at = (*made)->revision;
      if (i % 4 == 1) Must(store, PutOp(SecretKey(Name(i)), at, Content(i)));
      if (i % 4 == 2) Must(store, DeleteOp(SecretKey(Name(i)), at, Content(i)));
    }
  }
  static void ExpectFilled(const SqliteStore& store) {
    for (int i = 0; i < kSecrets; ++i) {
      const StoredObjectPtr object = store.Get(SecretKey(Name(i)));
      ASSERT_EQ(object == nullptr, i % 4 == 2) << i;
      if (object == nullptr) continue;
      EXPECT_EQ(object->bytes, Rendered(object->revision, Content(i)));
    }
  }

  /// The files that hold `text`.
  std::vector<std::string> FilesWith(const std::string& text) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (!entry.is_regular_file()) continue;
      const auto content = ReadFile(entry.path());
      EXPECT_TRUE(content.ok());
      if (content.ok() && content->find(text) != std::string::npos)
        found.push_back(entry.path().filename());
    }
    return found;
  }
  void ExpectRefused(const std::vector<std::string>& parts) {
    const Status refused = OpenSealed().status();
    EXPECT_FALSE(refused.ok());
    for (const std::string& part : parts)
      EXPECT_NE(refused.message().find(part), std::string::npos) << refused.message();
  }

  ScratchFolder folder_;
  const std::string store_ = folder_ / "store";
  const std::string file_ = store_ + "/noizy.db";
  const std::string key_file_ = folder_ / "secrets.key";
};

using Files = std::vector<std::string>;

TEST_F(SealedStoreTest, NothingOfASecretIsOnTheDisk) {
  auto store = OpenSealed();
  ASSERT_TRUE(store.ok()) << store.status().ToString();
  Fill(**store);
  Create(**store, "task", "tasks stay as they are");
  EXPECT_EQ(FilesWith(kClear), Files()) << "while it runs: the write-ahead log, too";
  EXPECT_EQ(FilesWith("tasks stay as they are").size(), 1U);
  ASSERT_TRUE((*store)->Compact((*store)->Revision()).ok());
  EXPECT_EQ(FilesWith(kClear), Files());
  store->reset();
  EXPECT_EQ(FilesWith(kClear), Files());
  store = OpenSealed();
  ASSERT_TRUE(store.ok()) << store.status().ToString();
  ExpectFilled(**store);
}

TEST_F(SealedStoreTest, AFolderFromBeforeIsTakenOverWhole) {
  {
    auto store = OpenClear();
    Fill(**store);
    EXPECT_FALSE(FilesWith(kClear).empty()) << "or this test proves nothing";
  }
  auto store = OpenSealed();
  ASSERT_TRUE(store.ok()) << store.status().ToString();
  EXPECT_EQ(FilesWith(kClear), Files());
  ExpectFilled(**store);
  ListOptions before;
  before.at_revision = 3;
  EXPECT_EQ((*store)->List({"secrets", "", ""}, before)->items.size(), 2U) << "with its history";
  store->reset();
  EXPECT_EQ(FilesWith(kClear), Files());
  ExpectFilled(**OpenSealed());
}

TEST_F(SealedStoreTest, WhatATakeOverLeftToWipeIsWipedAtTheNextStart) {
  {
    auto store = OpenSealed();
    Fill(**store);
  }
  // As after a crash behind the transaction: the mark is set, and a page has a clear remnant.
  auto connection = Connection::Open(file_);
  ASSERT_TRUE(connection->Execute("PRAGMA secure_delete=OFF; CREATE TABLE remnant(a TEXT)").ok());
  ASSERT_TRUE(connection
                  ->Execute(std::string("INSERT INTO remnant VALUES('") + kClear +
                            "'); DROP TABLE remnant; REPLACE INTO meta VALUES('wipe', 'due', " +
                            std::to_string(SettingChecksum("wipe", "due")) + ")")
                  .ok());
  connection = Connection::Open(file_);
  EXPECT_FALSE(FilesWith(kClear).empty()) << "or this test proves nothing";
  auto store = OpenSealed();
  ASSERT_TRUE(store.ok()) << store.status().ToString();
  EXPECT_EQ(FilesWith(kClear), Files());
  ExpectFilled(**store);
}

TEST_F(SealedStoreTest, ARotationSealsEverythingAnew) {
  Fill(**OpenSealed());
  const std::string old_keys = *ReadFile(key_file_);
  {
    auto store = OpenSealed(KeyUse::kRotate);
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    ExpectFilled(**store);
  }
  ExpectFilled(**OpenSealed());
  ASSERT_TRUE(WriteFileAtomically(key_file_, old_keys).ok());
  ExpectRefused({"is not in " + key_file_, "put back the file"});
}

TEST_F(SealedStoreTest, AMissingKeyStopsTheStartAndChangesNothing) {
  Fill(**OpenSealed());
  const std::string keys = *ReadFile(key_file_);
  ASSERT_TRUE(RemoveTree(key_file_).ok());
  ExpectRefused({file_, "team/secret-0", key_file_, "put back the file"});
  EXPECT_FALSE(FileExists(key_file_)) << "a new key would only hide that the old one is missing";
  ASSERT_TRUE(WriteFileAtomically(key_file_, keys).ok());
  ExpectFilled(**OpenSealed());
}

TEST_F(SealedStoreTest, SecretsCannotBeSwapped) {
  Fill(**OpenSealed());
  {
    auto connection = Connection::Open(file_);
    const std::string body = *connection->Ask("SELECT body FROM log WHERE revision = 2");
    const LogRow other{3, 0, "secrets", "team", Name(1), 3, body};
    // An attacker who makes the checksums fit.
    auto update = connection->Prepare("UPDATE log SET body = ?1, checksum = ?2 WHERE revision = 3");
    update->BindBlob(1, body);
    update->Bind(2, RowChecksum(other));
    ASSERT_TRUE(update->Run().ok());
  }
  ExpectRefused({"team/secret-1", "does not open"});
}

TEST_F(SealedStoreTest, WhatIsForgottenLeavesTheDigestRight) {
  {
    auto store = OpenSealed();
    Fill(**store);
    ASSERT_TRUE((*store)->Compact((*store)->Revision()).ok());
  }
  auto store = OpenSealed();
  ASSERT_TRUE(store.ok()) << store.status().ToString();
  ExpectFilled(**store);
}

TEST_F(SealedStoreTest, WithoutTheCodecRowsCanStillBeChecked) {
  Fill(**OpenSealed());
  EXPECT_TRUE(OpenClear().ok());
}

}  // namespace
}  // namespace noizy::apiserver
