#include "apiserver/storage/sqlite/sqlite_store.h"

#include <gtest/gtest.h>

#include "tests/unit/apiserver/storage/store_conformance.h"
#include "tests/unit/apiserver/storage/store_conformance_watch.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {
namespace {

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
    SqliteOptions options;
    options.folder = folder_.path();
    auto store = SqliteStore::Open(std::move(options));
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

}  // namespace
}  // namespace noizy::apiserver
