#include "apiserver/storage/sqlite/connection.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest() {
    EXPECT_TRUE(WriteFileAtomically(path_, "").ok());
    auto opened = Connection::Open(path_);
    EXPECT_TRUE(opened.ok()) << opened.status().ToString();
    connection_ = std::make_unique<Connection>(*std::move(opened));
  }
  Connection& connection() { return *connection_; }

  ScratchFolder folder_;
  const std::string path_ = folder_ / "test.db";

 private:
  std::unique_ptr<Connection> connection_;
};

TEST_F(ConnectionTest, BindsAndReadsBytesAsTheyAre) {
  ASSERT_TRUE(
      connection().Execute("CREATE TABLE t(a TEXT NOT NULL, b BLOB NOT NULL, c INTEGER)").ok());
  const std::string bytes("\0x\xff", 3);
  auto insert = connection().Prepare("INSERT INTO t VALUES(?1, ?2, ?3)");
  insert->Bind(1, std::string_view());
  insert->BindBlob(2, bytes);
  insert->Bind(3, std::int64_t{-1} << 62);
  ASSERT_TRUE(insert->Run().ok()) << "an empty text is not NULL";
  auto select = connection().Prepare("SELECT a, b, c FROM t");
  ASSERT_TRUE(*select->Step());
  EXPECT_EQ(select->Bytes(0), "");
  EXPECT_EQ(select->Bytes(1), bytes);
  EXPECT_EQ(select->Integer(2), std::int64_t{-1} << 62);
  EXPECT_FALSE(*select->Step());
}

TEST_F(ConnectionTest, AStatementRunsAgain) {
  ASSERT_TRUE(connection().Execute("CREATE TABLE t(a INTEGER)").ok());
  auto insert = connection().Prepare("INSERT INTO t VALUES(?1)");
  for (std::int64_t i = 0; i < 3; ++i) {
    insert->Bind(1, i);
    EXPECT_TRUE(insert->Run().ok());
  }
  EXPECT_EQ(*connection().Ask("SELECT sum(a) FROM t"), "3");
}

TEST_F(ConnectionTest, AnErrorNamesTheFileAndSqlitesWords) {
  const Status error = connection().Execute("SELECT nonsense");
  EXPECT_EQ(error.reason(), StatusReason::kServiceUnavailable);
  EXPECT_NE(error.message().find(path_), std::string::npos) << error.message();
  EXPECT_NE(error.message().find("no such column: nonsense"), std::string::npos) << error.message();
  EXPECT_FALSE(connection().Prepare("SELECT nonsense").ok());
  EXPECT_FALSE(connection().Ask("SELECT nonsense").ok());
}

TEST_F(ConnectionTest, AWrongParameterIsReportedByTheStep) {
  auto statement = connection().Prepare("SELECT ?1");
  statement->Bind(2, "x");
  EXPECT_FALSE(statement->Step().ok());
  statement->Reset();
  statement->Bind(1, "x");
  EXPECT_TRUE(statement->Run().ok());
}

TEST_F(ConnectionTest, AFullDiskIsToldFromOtherErrors) {
  ASSERT_TRUE(connection().Execute("CREATE TABLE t(a BLOB); PRAGMA max_page_count=4").ok());
  const Status full = connection().Execute("INSERT INTO t VALUES(zeroblob(100000))");
  EXPECT_NE(full.message().find("free space on its disk"), std::string::npos) << full.message();
  EXPECT_TRUE(connection().LastErrorWasFull());
  EXPECT_FALSE(connection().Execute("SELECT nonsense").ok());
  EXPECT_FALSE(connection().LastErrorWasFull());
}

TEST_F(ConnectionTest, AMissingFileIsNotMade) {
  const Status missing = Connection::Open(folder_ / "missing.db").status();
  EXPECT_NE(missing.message().find("check that the folder exists"), std::string::npos)
      << missing.message();
  EXPECT_FALSE(FileExists(folder_ / "missing.db"));
}

TEST_F(ConnectionTest, AFileThatIsNoDatabaseIsSaidToBeNone) {
  const std::string path = folder_ / "letter.db";
  ASSERT_TRUE(WriteFileAtomically(path, std::string(5000, 'x')).ok());
  auto letter = Connection::Open(path);
  ASSERT_TRUE(letter.ok());
  const Status status = letter->Ask("PRAGMA user_version").status();
  EXPECT_NE(status.message().find("restore the latest backup"), std::string::npos)
      << status.message();
}

}  // namespace
}  // namespace noizy::apiserver
