// A database in a folder of its own, and events to put into it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apiserver/storage/sqlite/database.h"
#include "tests/unit/apiserver/storage/store_testing.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy::apiserver {

inline StoredObjectPtr ObjectAt(std::int64_t revision, const std::string& name,
                                std::int64_t create_revision = 0, const std::string& bytes = "{}") {
  auto object = std::make_shared<StoredObject>();
  object->key = TaskKey(name);
  object->revision = revision;
  object->create_revision = create_revision == 0 ? revision : create_revision;
  object->bytes = bytes;
  return object;
}

inline StoreEventPtr EventOf(StoredObjectPtr object, StoredObjectPtr previous = nullptr,
                             WriteOp::Kind kind = WriteOp::Kind::kPut) {
  return std::make_shared<const StoreEvent>(
      StoreEvent{kind, std::move(object), std::move(previous)});
}

class LogFixture : public testing::Test {
 protected:
  LogFixture() { Open(); }

  void Open(std::int64_t max_pages = 0) {
    database_.reset();
    auto opened = Database::Open(path_, max_pages);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    database_ = *std::move(opened);
  }
  /// The revisions of the rows.
  std::vector<std::int64_t> Revisions() {
    std::vector<std::int64_t> revisions;
    const Status status = database_->log().Read([&revisions](const LogRow& row) {
      revisions.push_back(row.revision);
      return Status::Ok();
    });
    EXPECT_TRUE(status.ok()) << status.ToString();
    return revisions;
  }

  ScratchFolder folder_;
  const std::string path_ = folder_ / "noizy.db";
  std::unique_ptr<Database> database_;
};

}  // namespace noizy::apiserver
