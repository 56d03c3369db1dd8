#include "apiserver/storage/sqlite/database.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/unit/apiserver/storage/sqlite/fault_vfs.h"
#include "tests/unit/apiserver/storage/sqlite/log_fixture.h"

namespace noizy::apiserver {
namespace {

using std::filesystem::perms;

class DatabaseTest : public LogFixture {};

TEST_F(DatabaseTest, FilesAreTheOwnersAlone) {
  ASSERT_TRUE(database_->Commit({EventOf(ObjectAt(2, "a"))}, {}).ok());
  for (const std::string& path : {path_, path_ + "-wal"}) {
    const perms modes = std::filesystem::status(path).permissions();
    EXPECT_EQ(modes, perms::owner_read | perms::owner_write) << path;
  }
  database_.reset();
  std::filesystem::permissions(path_, perms::group_read, std::filesystem::perm_options::add);
  EXPECT_EQ(Database::Open(path_).status().reason(), StatusReason::kForbidden);
}

TEST_F(DatabaseTest, NobodyElseCanOpenTheFileMeanwhile) {
  ASSERT_TRUE(database_->Commit({EventOf(ObjectAt(2, "a"))}, {}).ok());
  auto other = Connection::Open(path_);
  ASSERT_TRUE(other.ok());
  const Status locked = other->Ask("SELECT count(*) FROM log").status();
  EXPECT_NE(locked.message().find("close the other program"), std::string::npos)
      << locked.message();
  EXPECT_FALSE(FileExists(path_ + "-shm")) << "its index lives in our memory";
}

TEST_F(DatabaseTest, CommitsRowsAndForgetsWithThem) {
  const StoredObjectPtr a = ObjectAt(2, "a");
  const StoreEventPtr create = EventOf(a);
  const StoreEventPtr update = EventOf(ObjectAt(3, "a", 2), a);
  const StoreEventPtr remove = EventOf(ObjectAt(4, "a", 2), update->object, WriteOp::Kind::kDelete);
  ASSERT_TRUE(database_->Commit({create, update, remove}, {}).ok());
  EXPECT_EQ(Revisions(), (std::vector<std::int64_t>{2, 3, 4}));
  ASSERT_TRUE(database_->Commit({EventOf(ObjectAt(5, "b"))}, {create, update}).ok());
  EXPECT_EQ(Revisions(), (std::vector<std::int64_t>{3, 4, 5}));
  EXPECT_EQ(*database_->log().CompactedRevision(), 3);
  ASSERT_TRUE(database_->Commit({}, {remove}).ok());
  EXPECT_EQ(Revisions(), (std::vector<std::int64_t>{5}));
  EXPECT_EQ(*database_->HighestRevision(), 5);
}

TEST_F(DatabaseTest, TheHighestRevisionOutlivesItsRow) {
  EXPECT_EQ(*database_->HighestRevision(), kFirstRevision);
  const StoreEventPtr create = EventOf(ObjectAt(2, "a"));
  const StoreEventPtr remove = EventOf(ObjectAt(3, "a", 2), create->object, WriteOp::Kind::kDelete);
  ASSERT_TRUE(database_->Commit({create, remove}, {}).ok());
  ASSERT_TRUE(database_->Commit({}, {create, remove}).ok());
  EXPECT_EQ(Revisions(), std::vector<std::int64_t>());
  Open();
  EXPECT_EQ(*database_->HighestRevision(), 3);
}

TEST_F(DatabaseTest, AFailedCommitLeavesNothing) {
  ASSERT_TRUE(database_->Commit({EventOf(ObjectAt(2, "a"))}, {}).ok());
  EXPECT_FALSE(database_->Commit({EventOf(ObjectAt(3, "b")), EventOf(ObjectAt(2, "c"))}, {}).ok());
  EXPECT_TRUE(database_->MustReopen());
  ASSERT_TRUE(database_->Reopen().ok());
  EXPECT_FALSE(database_->MustReopen());
  EXPECT_EQ(Revisions(), (std::vector<std::int64_t>{2}));
}

TEST_F(DatabaseTest, AFullDiskNeedsNoReopening) {
  Open(/*max_pages=*/20);
  const std::string large(400'000, 'x');
  EXPECT_FALSE(database_->Commit({EventOf(ObjectAt(2, "a", 2, large))}, {}).ok());
  EXPECT_FALSE(database_->MustReopen());
  ASSERT_TRUE(database_->Commit({EventOf(ObjectAt(2, "b"))}, {}).ok());
  EXPECT_EQ(Revisions(), (std::vector<std::int64_t>{2}));
}

TEST_F(DatabaseTest, ClosingWritesTheDigestDown) {
  ASSERT_TRUE(database_->Commit({EventOf(ObjectAt(2, "a")), EventOf(ObjectAt(3, "b"))}, {}).ok());
  EXPECT_TRUE(database_->log().DigestIsOld());
  database_.reset();
  EXPECT_TRUE(Connection::Open(path_)->Execute("DELETE FROM log WHERE revision = 3").ok());
  Open();
  const auto ignore = [](const LogRow&) { return Status::Ok(); };
  EXPECT_EQ(database_->log().Read(ignore).reason(), StatusReason::kInternalError);
}

TEST_F(DatabaseTest, SizeCountsTheWriteAheadLog) {
  const std::uint64_t before = database_->SizeBytes();
  ASSERT_TRUE(database_->Commit({EventOf(ObjectAt(2, "a", 2, std::string(50'000, 'x')))}, {}).ok());
  EXPECT_GE(database_->SizeBytes(), before + 50'000);
}

TEST_F(DatabaseTest, ProbesTheDisk) {
  EXPECT_TRUE(database_->Probe().ok());
  Open(/*max_pages=*/1);
  EXPECT_TRUE(database_->Probe().ok()) << "it takes no new page";
}

TEST(DatabaseFaultTest, AFailedFlushIsFollowedByAReplay) {
  FaultVfs disk;
  const ScratchFolder folder;
  auto database = Database::Open(folder / "noizy.db");
  ASSERT_TRUE(database.ok()) << database.status().ToString();
  ASSERT_TRUE((*database)->Commit({EventOf(ObjectAt(2, "a"))}, {}).ok());
  disk.FailFlush(1);
  const Status failed = (*database)->Commit({EventOf(ObjectAt(3, "b"))}, {});
  EXPECT_NE(failed.message().find("check the disk"), std::string::npos) << failed.message();
  EXPECT_TRUE((*database)->MustReopen());
  disk.FailFlush(1000);
  EXPECT_FALSE((*database)->Reopen().ok());
  EXPECT_TRUE((*database)->MustReopen())
      << "nothing may be acknowledged on a disk that does not flush";
  disk.Heal();
  ASSERT_TRUE((*database)->Reopen().ok());
  EXPECT_GE(*(*database)->HighestRevision(), 2);
}

}  // namespace
}  // namespace noizy::apiserver
