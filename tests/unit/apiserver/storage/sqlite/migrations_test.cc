#include "apiserver/storage/sqlite/migrations.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

class MigrationsTest : public testing::Test {
 protected:
  Connection Open() {
    const std::string path = folder_ / "test.db";
    EXPECT_TRUE(FileExists(path) || WriteFileAtomically(path, "").ok());
    auto opened = Connection::Open(path);
    EXPECT_TRUE(opened.ok());
    return *std::move(opened);
  }

 private:
  ScratchFolder folder_;
};

TEST_F(MigrationsTest, AnEmptyFileBecomesTheNewestShape) {
  Connection connection = Open();
  ASSERT_TRUE(Migrate(connection).ok());
  EXPECT_EQ(*connection.Ask("PRAGMA user_version"), std::to_string(NewestSchemaVersion()));
  EXPECT_EQ(*connection.Ask("PRAGMA application_id"), std::to_string(0x4e4f495a));
  EXPECT_EQ(*connection.Ask("SELECT count(*) FROM log"), "0");
  EXPECT_EQ(*connection.Ask("SELECT count(*) FROM meta"), "0");
}

TEST_F(MigrationsTest, TheNewestShapeStaysAsItIs) {
  Connection connection = Open();
  ASSERT_TRUE(Migrate(connection).ok());
  ASSERT_TRUE(connection.Execute("INSERT INTO meta VALUES('a', 'b', 1)").ok());
  Connection again = Open();
  ASSERT_TRUE(Migrate(again).ok());
  EXPECT_EQ(*again.Ask("SELECT value FROM meta"), "b");
}

TEST_F(MigrationsTest, ANewerShapeIsRefused) {
  Connection connection = Open();
  ASSERT_TRUE(Migrate(connection).ok());
  ASSERT_TRUE(connection.Execute("PRAGMA user_version=99").ok());
  const Status refused = Migrate(connection);
  EXPECT_EQ(refused.reason(), StatusReason::kServiceUnavailable);
  EXPECT_NE(refused.message().find("version 99"), std::string::npos) << refused.message();
  EXPECT_EQ(*connection.Ask("PRAGMA user_version"), "99") << "and left alone";
}

TEST_F(MigrationsTest, AStrangersDatabaseIsRefused) {
  Connection connection = Open();
  ASSERT_TRUE(connection.Execute("CREATE TABLE recipes(name TEXT)").ok());
  EXPECT_NE(Migrate(connection).message().find("another program"), std::string::npos);
  ASSERT_TRUE(connection.Execute("PRAGMA application_id=1; PRAGMA user_version=1").ok());
  EXPECT_FALSE(Migrate(connection).ok());
  EXPECT_EQ(*connection.Ask("SELECT count(*) FROM sqlite_schema"), "1") << "and left alone";
}

TEST_F(MigrationsTest, AFailedStepLeavesNothing) {
  Connection connection = Open();
  ASSERT_TRUE(connection.Execute("PRAGMA page_size=512; VACUUM; PRAGMA max_page_count=1").ok());
  EXPECT_FALSE(Migrate(connection).ok());
  Connection again = Open();
  EXPECT_EQ(*again.Ask("PRAGMA user_version"), "0");
  EXPECT_TRUE(Migrate(again).ok());
}

}  // namespace
}  // namespace noizy::apiserver
