#include "apiserver/storage/sqlite/log_table.h"

#include <gtest/gtest.h>

#include "apiserver/storage/sqlite/migrations.h"
#include "tests/unit/apiserver/storage/store_testing.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

class LogTableTest : public testing::Test {
 protected:
  LogTableTest() {
    const std::string path = folder_ / "test.db";
    EXPECT_TRUE(WriteFileAtomically(path, "").ok());
    connection_ = std::make_unique<Connection>(*Connection::Open(path));
    EXPECT_TRUE(Migrate(*connection_).ok());
    log_ = std::make_unique<LogTable>(*LogTable::Prepare(*connection_));
  }

  static StoredObject Object(std::int64_t revision, const std::string& name,
                             const std::string& bytes) {
    StoredObject object;
    object.key = TaskKey(name);
    object.revision = revision;
    object.create_revision = revision;
    object.bytes = bytes;
    return object;
  }
  Status Insert(std::int64_t revision, const std::string& name, const std::string& bytes = "{}",
                WriteOp::Kind kind = WriteOp::Kind::kPut) {
    return log_->Insert(kind, Object(revision, name, bytes));
  }
  Status Erase(std::int64_t revision) { return log_->Erase(revision); }
  void Sql(const std::string& sql) { EXPECT_TRUE(connection_->Execute(sql).ok()) << sql; }

  /// "op name@revision=body" of every row.
  std::vector<std::string> Rows() {
    std::vector<std::string> rows;
    status_ = log_->Read([&rows](const LogRow& row) {
      rows.push_back(std::to_string(row.op) + " " + std::string(row.name) + "@" +
                     std::to_string(row.revision) + "=" + std::string(row.body));
      return Status::Ok();
    });
    return rows;
  }

  ScratchFolder folder_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<LogTable> log_;
  Status status_;
};

TEST_F(LogTableTest, ReadsRowsBackInOrder) {
  ASSERT_TRUE(Insert(3, "b", "").ok());
  ASSERT_TRUE(Insert(2, "a", "one").ok());
  ASSERT_TRUE(Insert(4, "a", "two", WriteOp::Kind::kDelete).ok());
  EXPECT_EQ(Rows(), (std::vector<std::string>{"0 a@2=one", "0 b@3=", "1 a@4=two"}));
  EXPECT_EQ(*log_->HighestRevision(), 4);
  ASSERT_TRUE(Erase(2).ok());
  EXPECT_EQ(Rows().size(), 2U);
}

TEST_F(LogTableTest, AnEmptyLogHasNoHighestRevision) {
  EXPECT_EQ(*log_->HighestRevision(), 0);
}

TEST_F(LogTableTest, ATransactionIsUndoneWhole) {
  ASSERT_TRUE(log_->Begin().ok());
  ASSERT_TRUE(Insert(2, "a").ok());
  log_->Rollback();
  log_->Rollback();
  EXPECT_TRUE(Rows().empty());
  ASSERT_TRUE(log_->Begin().ok());
  ASSERT_TRUE(Insert(2, "a").ok());
  ASSERT_TRUE(log_->Commit().ok());
  EXPECT_EQ(Rows().size(), 1U);
}

TEST_F(LogTableTest, ARevisionIsNotWrittenTwice) {
  ASSERT_TRUE(Insert(2, "a").ok());
  EXPECT_FALSE(Insert(2, "b").ok());
  EXPECT_TRUE(Insert(3, "b").ok()) << "the statement can be used again";
}

TEST_F(LogTableTest, ADamagedRowIsNamed) {
  for (const char* damage : {"body = x'7b7c'", "name = 'b'", "op = 1", "create_revision = 1",
                             "checksum = checksum + 1"}) {
    ASSERT_TRUE(Insert(2, "a").ok());
    EXPECT_EQ(Rows().size(), 1U);
    ASSERT_TRUE(connection_->Execute("UPDATE log SET " + std::string(damage)).ok());
    EXPECT_TRUE(Rows().empty());
    EXPECT_EQ(status_.reason(), StatusReason::kInternalError) << damage;
    EXPECT_NE(status_.message().find("revision 2 (tasks.noizy.dev \"default/"), std::string::npos)
        << status_.message();
    Sql("DELETE FROM log");
  }
}

TEST_F(LogTableTest, AMissingRowIsMissedWhereverItStood) {
  for (const std::string gone : {"2", "3", "4"}) {
    ASSERT_TRUE(Insert(2, "a").ok());
    ASSERT_TRUE(Insert(3, "b").ok());
    ASSERT_TRUE(Insert(4, "c").ok());
    ASSERT_TRUE(log_->SaveDigest().ok());
    EXPECT_EQ(Rows().size(), 3U);
    Sql("DELETE FROM log WHERE revision = " + gone);
    Rows();
    EXPECT_EQ(status_.reason(), StatusReason::kInternalError) << gone;
    EXPECT_NE(status_.message().find("up to revision 4 has 2 rows and was left with 3"),
              std::string::npos)
        << status_.message();
    Sql("DELETE FROM log; DELETE FROM meta");
    Rows();
  }
}

TEST_F(LogTableTest, TheDigestFollowsWhatIsWrittenAndErasedAndNotWhatIsUndone) {
  ASSERT_TRUE(Insert(2, "a").ok());
  ASSERT_TRUE(Insert(3, "b").ok());
  EXPECT_TRUE(log_->DigestIsOld());
  ASSERT_TRUE(log_->Begin().ok());
  ASSERT_TRUE(Insert(4, "c").ok());
  log_->Rollback();
  ASSERT_TRUE(Erase(2).ok());
  ASSERT_TRUE(log_->SaveDigest().ok());
  EXPECT_FALSE(log_->DigestIsOld());
  ASSERT_TRUE(Insert(5, "d").ok());
  EXPECT_EQ(Rows(), (std::vector<std::string>{"0 b@3={}", "0 d@5={}"}));
  EXPECT_TRUE(status_.ok()) << "a row after the digest is no damage: " << status_.ToString();
}

TEST_F(LogTableTest, ReadingStopsAtTheVisitorsError) {
  ASSERT_TRUE(Insert(2, "a").ok());
  ASSERT_TRUE(Insert(3, "b").ok());
  int visits = 0;
  const Status status = log_->Read([&visits](const LogRow&) {
    ++visits;
    return Internal("enough");
  });
  EXPECT_EQ(status.message(), "enough");
  EXPECT_EQ(visits, 1);
  EXPECT_EQ(*connection_->Ask("PRAGMA wal_checkpoint"), "0") << "no read transaction is left open";
}

TEST_F(LogTableTest, SettingsAreKeptAndChecked) {
  EXPECT_EQ(*log_->Setting("color"), "");
  ASSERT_TRUE(log_->SetSetting("color", "red").ok());
  ASSERT_TRUE(log_->SetSetting("color", "blue").ok());
  EXPECT_EQ(*log_->Setting("color"), "blue");
  ASSERT_TRUE(connection_->Execute("UPDATE meta SET value = 'green'").ok());
  EXPECT_EQ(log_->Setting("color").status().reason(), StatusReason::kInternalError);
}

TEST_F(LogTableTest, TheCompactedRevisionIsKept) {
  EXPECT_EQ(*log_->CompactedRevision(), 0);
  ASSERT_TRUE(log_->SetCompactedRevision(std::int64_t{1} << 60).ok());
  EXPECT_EQ(*log_->CompactedRevision(), std::int64_t{1} << 60);
}

}  // namespace
}  // namespace noizy::apiserver
