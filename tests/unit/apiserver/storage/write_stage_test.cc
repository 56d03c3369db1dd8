#include "apiserver/storage/write_stage.h"

#include <gtest/gtest.h>

#include "tests/unit/apiserver/storage/store_testing.h"

namespace noizy::apiserver {
namespace {

TEST(WriteStageTest, LaterWritesSeeEarlierOnes) {
  const MemoryIndex index;
  WriteStage stage(index);
  const auto created = stage.Add({PutOp(TaskKey("a"), 0, "one")});
  ASSERT_TRUE(created.ok());
  EXPECT_EQ(stage.Add({PutOp(TaskKey("a"), 0)}).status().reason(), StatusReason::kAlreadyExists);
  const auto updated = stage.Add({PutOp(TaskKey("a"), created->at(0)->revision, "two")});
  ASSERT_TRUE(updated.ok());
  EXPECT_EQ(updated->at(0)->create_revision, created->at(0)->revision);
  ASSERT_EQ(stage.events().size(), 2U);
  EXPECT_EQ(stage.events()[1]->previous, created->at(0));
  EXPECT_EQ(index.Get(TaskKey("a")), nullptr) << "nothing is visible yet";
}

TEST(WriteStageTest, ARefusedWriteLeavesNoTrace) {
  const MemoryIndex index;
  WriteStage stage(index);
  EXPECT_FALSE(stage.Add({PutOp(TaskKey("a"), 0), PutOp(TaskKey("b"), 7)}).ok());
  EXPECT_TRUE(stage.events().empty());
  const auto next = stage.Add({PutOp(TaskKey("a"), 0)});
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next->at(0)->revision, kFirstRevision + 1) << "the refused write took no revision";
}

TEST(WriteStageTest, ADroppedStageGivesItsRevisionsBack) {
  MemoryIndex index;
  { EXPECT_TRUE(WriteStage(index).Add({PutOp(TaskKey("a"), 0)}).ok()); }
  WriteStage stage(index);
  EXPECT_EQ(stage.Add({PutOp(TaskKey("b"), 0)})->at(0)->revision, kFirstRevision + 1);
  index.Publish(stage.events(), MonotonicTime());
  EXPECT_EQ(index.Get(TaskKey("a")), nullptr);
  EXPECT_NE(index.Get(TaskKey("b")), nullptr);
}

TEST(WriteStageTest, TheRevisionGoesWhereTheWriterSaid) {
  const MemoryIndex index;
  for (const std::size_t offset : {0U, 3U, 6U}) {
    WriteOp op = PutOp(TaskKey("a"), 0);
    op.body = {"abcdef", offset};
    WriteStage stage(index);
    const std::string bytes = stage.Add({op})->at(0)->bytes;
    EXPECT_EQ(bytes, std::string("abcdef").insert(offset, "2"));
    EXPECT_EQ(bytes.capacity(), std::max<std::size_t>(bytes.size(), std::string().capacity()));
  }
}

TEST(WriteStageTest, BytesAreOfTheExactSize) {
  const MemoryIndex index;
  WriteStage stage(index);
  const auto objects = stage.Add({PutOp(TaskKey("a"), 0, std::string(5000, 'x'))});
  EXPECT_EQ(objects->at(0)->bytes.capacity(), objects->at(0)->bytes.size());
}

TEST(WriteStageTest, AConflictNamesTheObjectInKubernetesWords) {
  const MemoryIndex index;
  WriteStage stage(index);
  const auto created = stage.Add({PutOp(TaskKey("a"), 0)});
  const Status conflict = stage.Add({PutOp(TaskKey("a"), 99)}).status();
  EXPECT_EQ(conflict.message(),
            "Operation cannot be fulfilled on tasks.noizy.dev \"a\": the object has been modified; "
            "please apply your changes to the latest version and try again");
}

}  // namespace
}  // namespace noizy::apiserver
