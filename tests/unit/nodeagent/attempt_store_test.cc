#include "nodeagent/attempt_store.h"

#include "tests/unit/machinery/os/scratch.h"

namespace noizy::nodeagent {
namespace {

AttemptRecord RecordOf(const std::string& uid, std::int64_t attempt) {
  AttemptRecord record;
  record.ref.set_namespace_("ns");
  record.ref.set_name("name");
  record.ref.set_uid(uid);
  record.ref.set_attempt(attempt);
  return record;
}

class AttemptStoreTest : public testing::Test {
 protected:
  AttemptStoreTest() : store_(scratch_ / "attempts") { EXPECT_TRUE(store_.Load().ok()); }
  ScratchFolder scratch_;
  AttemptStore store_;
};

TEST_F(AttemptStoreTest, FindsWhatWasStored) {
  const auto folder = store_.Create(RecordOf("u-1", 3));
  ASSERT_TRUE(folder.ok());
  EXPECT_EQ(*folder, scratch_ / "attempts/u-1-3");
  AttemptRecord changed = RecordOf("u-1", 3);
  changed.start_reported = true;
  changed.end_reported = true;
  changed.never_ran_reason = "StartFailed";
  changed.never_ran_message = "why";
  ASSERT_TRUE(store_.Save(*folder, changed).ok());
  const auto found = store_.Load();
  ASSERT_EQ(found->size(), 1U);
  const auto& [path, record] = found->front();
  EXPECT_EQ(path, *folder);
  EXPECT_EQ(record.ref.SerializeAsString(), changed.ref.SerializeAsString());
  EXPECT_TRUE(record.start_reported);
  EXPECT_TRUE(record.end_reported);
  EXPECT_EQ(record.never_ran_reason, "StartFailed");
  EXPECT_EQ(record.never_ran_message, "why");
}

TEST_F(AttemptStoreTest, OneFolderAnAttempt) {
  EXPECT_TRUE(store_.Create(RecordOf("u", 1)).ok());
  EXPECT_EQ(store_.Create(RecordOf("u", 1)).status().reason(), StatusReason::kAlreadyExists);
  EXPECT_TRUE(store_.Create(RecordOf("u", 2)).ok());
}

// A uid comes from the network and becomes a path.
TEST_F(AttemptStoreTest, RefusesUidsThatAreNoNames) {
  for (const std::string& uid :
       {std::string(), std::string("../x"), std::string("a/b"), std::string("."), std::string("-a"),
        std::string("a\0b", 3), std::string(65, 'a'), std::string("ä")}) {
    EXPECT_EQ(store_.Create(RecordOf(uid, 1)).status().reason(), StatusReason::kBadRequest) << uid;
  }
  EXPECT_FALSE(store_.Create(RecordOf("u", 0)).ok());
  EXPECT_TRUE(store_.Load()->empty());
}

TEST_F(AttemptStoreTest, ClearsWhatACrashLeft) {
  ASSERT_TRUE(MakeFolders(scratch_ / "attempts/half").ok());
  ASSERT_TRUE(MakeFolders(scratch_ / "attempts/torn").ok());
  ASSERT_TRUE(WriteFileAtomically(scratch_ / "attempts/torn/attempt.json", "{\"na").ok());
  const auto folder = store_.Create(RecordOf("u", 1));
  ASSERT_TRUE(RenameFile(*folder, scratch_ / "attempts/trash-u-1").ok());
  EXPECT_TRUE(store_.Load()->empty());
  EXPECT_TRUE(ListFolder(scratch_ / "attempts")->empty());
}

TEST_F(AttemptStoreTest, RemovesAllOfIt) {
  const auto folder = store_.Create(RecordOf("u", 1));
  ASSERT_TRUE(WriteFileAtomically(*folder + "/output.log", "x").ok());
  EXPECT_TRUE(store_.Remove(*folder).ok());
  EXPECT_TRUE(ListFolder(scratch_ / "attempts")->empty());
}

}  // namespace
}  // namespace noizy::nodeagent
