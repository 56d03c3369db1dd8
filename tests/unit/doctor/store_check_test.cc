#include "doctor/store_check.h"

#include <gtest/gtest.h>

#include "apiserver/encryption/secret_codec.h"
#include "apiserver/storage/sqlite/connection.h"
#include "apiserver/storage/sqlite/sqlite_store.h"
#include "tests/unit/apiserver/storage/store_testing.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy::doctor {
namespace {

using apiserver::SqliteStore;

class StoreCheckTest : public testing::Test {
 protected:
  std::unique_ptr<SqliteStore> Open(bool sealed = true) {
    apiserver::SqliteOptions options;
    options.folder = folder_.path();
    if (sealed) {
      options.codec = std::make_shared<apiserver::SecretCodec>(
          *apiserver::KeyRing::Open(folder_ / "secrets.key", ""));
    }
    auto store = SqliteStore::Open(std::move(options));
    EXPECT_TRUE(store.ok()) << store.status().ToString();
    return *std::move(store);
  }
  static void Fill(SqliteStore& store) {
    apiserver::Create(store, "a");
    EXPECT_TRUE(WriteOne(store, apiserver::PutOp({"secrets", "team", "db"}, 0)).ok());
  }
  StoreReport Check(const CopyMaker& copy = [](const std::string&) { return Status::Ok(); }) {
    return CheckStore(folder_.path(), copy);
  }
  static void Expect(const Finding& finding, Verdict verdict, const std::string& part) {
    EXPECT_EQ(finding.verdict, verdict) << finding.says;
    EXPECT_NE(finding.says.find(part), std::string::npos) << finding.says;
  }

  ScratchFolder folder_;
  const std::string file_ = folder_ / "noizy.db";
};

TEST_F(StoreCheckTest, AWholeDatabaseIsSaidToBe) {
  Fill(*Open());
  const StoreReport report = Check();
  Expect(report.finding, Verdict::kOk, "2 rows match their checksums, revision 3");
  EXPECT_FALSE(report.served);
}

TEST_F(StoreCheckTest, DamageIsNamed) {
  Fill(*Open());
  ASSERT_TRUE(apiserver::Connection::Open(file_)
                  ->Execute("UPDATE log SET body = x'78' WHERE revision = 2")
                  .ok());
  Expect(Check().finding, Verdict::kFail, "revision 2");
}

TEST_F(StoreCheckTest, SecretsInClearAreSeen) {
  Fill(*Open(/*sealed=*/false));
  Expect(Check().finding, Verdict::kFail, "1 rows show Secrets in clear");
}

TEST_F(StoreCheckTest, AMissingDatabaseIsSeen) {
  Expect(Check().finding, Verdict::kFail, "there is no " + file_);
}

TEST_F(StoreCheckTest, OfARunningServerACopyIsLookedAt) {
  const auto store = Open();
  Fill(*store);
  const StoreReport report =
      Check([&](const std::string& folder) { return store->CopyTo(folder + "/noizy.db"); });
  Expect(report.finding, Verdict::kOk, "the server's copy is whole: 2 rows");
  EXPECT_TRUE(report.served);
  const StoreReport refused = Check([](const std::string&) { return Forbidden("not for you"); });
  Expect(refused.finding, Verdict::kWarn, "not for you");
  EXPECT_TRUE(refused.served);
}

}  // namespace
}  // namespace noizy::doctor
