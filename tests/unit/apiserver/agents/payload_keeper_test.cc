#include "apiserver/agents/payload_keeper.h"

#include "tests/unit/apiserver/agents/payload_fixture.h"

namespace noizy::apiserver {
namespace {

class PayloadKeeperTest : public PayloadAgentsTest {
 protected:
  void Start() {
    keeper_.Start();
    executor_.RunUntilIdle();
  }
  void Finish(const std::string& task) {
    DeleteTask(task);
    RemoveFinalizer(task);
    executor_.RunUntilIdle();
  }
  bool IsThere(const Task& task) {
    return payloads_.Read(task.spec.payload_ref->sha256, 0, 9).ok();
  }

  PayloadKeeper keeper_{store_, executor_, payloads_};
};

TEST_F(PayloadKeeperTest, APayloadGoesWithTheLastOfItsTasks) {
  const Task before = CreatePayloadTask("before", "same");
  Start();
  CreatePayloadTask("after", "same");
  CreateTask("other");
  Finish("other");
  Finish("before");
  EXPECT_TRUE(IsThere(before));
  Finish("after");
  EXPECT_FALSE(IsThere(before));
}

TEST_F(PayloadKeeperTest, ATaskThatIsBeingDeletedStillHasItsPayload) {
  const Task task = CreatePayloadTask("t", "x");
  Start();
  DeleteTask("t");
  executor_.RunUntilIdle();
  EXPECT_TRUE(IsThere(task));
}

TEST_F(PayloadKeeperTest, WhatNoTaskRefersToIsSweptAtTheStart) {
  const Task kept = CreatePayloadTask("kept", "kept");
  const std::string orphan = payload_folder_ + "/" + std::string(64, 'a');
  ASSERT_TRUE(WriteFileAtomically(orphan, "x").ok());
  Start();
  EXPECT_FALSE(FileExists(orphan));
  EXPECT_TRUE(IsThere(kept));
}

// As after a compaction that passed it: Tasks that went meanwhile are not told.
TEST_F(PayloadKeeperTest, AFeedThatBeginsAnewMissesNoDeletion) {
  const Task gone = CreatePayloadTask("gone", "gone");
  const Task kept = CreatePayloadTask("kept", "kept");
  Start();
  DeleteTask("gone");
  RemoveFinalizer("gone");
  Start();
  EXPECT_FALSE(IsThere(gone));
  EXPECT_TRUE(IsThere(kept));
}

}  // namespace
}  // namespace noizy::apiserver
