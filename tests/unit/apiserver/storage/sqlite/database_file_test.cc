#include "apiserver/storage/sqlite/database_file.h"

#include "tests/unit/apiserver/storage/sqlite/log_fixture.h"

namespace noizy::apiserver {
namespace {

class DatabaseFileTest : public LogFixture {
 protected:
  DatabaseFileTest() {
    const StoredObjectPtr a = ObjectAt(2, "a");
    const StoredObjectPtr b = ObjectAt(4, "b");
    EXPECT_TRUE(database_
                    ->Commit({EventOf(a), EventOf(ObjectAt(3, "a", 2), a), EventOf(b),
                              EventOf(ObjectAt(5, "b", 4), b, WriteOp::Kind::kDelete)},
                             {})
                    .ok());
  }
  void Close() { database_.reset(); }
};

TEST_F(DatabaseFileTest, SaysWhatIsThere) {
  ASSERT_TRUE(database_->log().SetSetting(kClusterUidSetting, "uid").ok());
  Close();
  std::vector<std::int64_t> seen;
  const auto facts = InspectDatabase(path_, [&seen](const LogRow& row) {
    seen.push_back(row.revision);
    return Status::Ok();
  });
  ASSERT_TRUE(facts.ok()) << facts.status().ToString();
  EXPECT_EQ(facts->cluster_uid, "uid");
  EXPECT_EQ(facts->revision, 5);
  EXPECT_EQ(facts->rows, 4);
  EXPECT_EQ(seen, (std::vector<std::int64_t>{2, 3, 4, 5}));
}

TEST_F(DatabaseFileTest, SeesDamageThatSqliteDoesNot) {
  Close();
  ASSERT_TRUE(
      Connection::Open(path_)->Execute("UPDATE log SET body = x'78' WHERE revision = 3").ok());
  const Status damaged = InspectDatabase(path_).status();
  EXPECT_EQ(damaged.reason(), StatusReason::kInternalError);
  EXPECT_NE(damaged.message().find(path_), std::string::npos) << damaged.message();
  EXPECT_NE(damaged.message().find("revision 3"), std::string::npos) << damaged.message();
}

TEST_F(DatabaseFileTest, AVisitorsErrorIsTheAnswer) {
  Close();
  EXPECT_EQ(
      InspectDatabase(path_, [](const LogRow&) { return Timeout("enough"); }).status().reason(),
      StatusReason::kTimeout);
}

TEST_F(DatabaseFileTest, RevisionsGoOnFurtherAndHistoryIsGone) {
  Close();
  ASSERT_TRUE(RaiseRevision(path_, 1000).ok());
  Open();
  EXPECT_EQ(Revisions(), (std::vector<std::int64_t>{3}));
  EXPECT_EQ(*database_->log().CompactedRevision(), 1005);
  EXPECT_EQ(*database_->HighestRevision(), 1005);
}

TEST_F(DatabaseFileTest, ACopyHoldsAllThereIsAndIsPrivate) {
  ASSERT_TRUE(database_->CopyTo(folder_ / "copy.db").ok());
  EXPECT_TRUE(RequirePrivate(folder_ / "copy.db").ok());
  ASSERT_TRUE(database_->Commit({EventOf(ObjectAt(6, "c"))}, {}).ok());
  const auto facts = InspectDatabase(folder_ / "copy.db");
  ASSERT_TRUE(facts.ok()) << facts.status().ToString();
  EXPECT_EQ(facts->revision, 5);
  EXPECT_FALSE(database_->CopyTo(folder_ / "missing/copy.db").ok());
}

}  // namespace
}  // namespace noizy::apiserver
