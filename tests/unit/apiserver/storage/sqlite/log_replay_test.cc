#include "apiserver/storage/sqlite/log_replay.h"

#include <gtest/gtest.h>

#include "tests/unit/apiserver/storage/sqlite/log_fixture.h"

namespace noizy::apiserver {
namespace {

using Lines = std::vector<std::string>;

class LogReplayTest : public LogFixture {
 protected:
  void Insert(const StoreEventPtr& event) {
    ASSERT_TRUE(database_->log().Insert(event->kind, *event->object).ok());
  }
  void SetCompacted(std::int64_t revision) {
    ASSERT_TRUE(database_->log().SetCompactedRevision(revision).ok());
  }
  Status Replay() {
    const auto wakes = ReplayLog(database_->log(), attributes_, MonotonicTime(), index_);
    if (wakes.ok()) {
      for (const Wake& wake : *wakes) (*wake)();
    }
    return wakes.status();
  }
  /// The history is refused, and the words say where and why.
  void ExpectRefused(const std::string& where, const std::string& why) {
    const Status refused = Replay();
    EXPECT_EQ(refused.reason(), StatusReason::kInternalError);
    EXPECT_NE(refused.message().find(where), std::string::npos) << refused.message();
    EXPECT_NE(refused.message().find(why), std::string::npos) << refused.message();
  }

  AttributeReader attributes_;
  MemoryIndex index_;
};

TEST_F(LogReplayTest, AnEmptyLogIsAnEmptyIndex) {
  ASSERT_TRUE(Replay().ok());
  EXPECT_EQ(index_.Revision(), kFirstRevision);
}

TEST_F(LogReplayTest, RowsBecomeBaseAndHistory) {
  SetCompacted(10);
  Insert(EventOf(ObjectAt(4, "base", 3)));
  Insert(EventOf(ObjectAt(11, "base", 3)));
  Insert(EventOf(ObjectAt(12, "new")));
  Insert(EventOf(ObjectAt(13, "new", 12), nullptr, WriteOp::Kind::kDelete));
  ASSERT_TRUE(Replay().ok());
  EXPECT_EQ(index_.Revision(), 13);
  EXPECT_EQ(index_.CompactedRevision(), 10);
  ListOptions at;
  at.at_revision = 10;
  EXPECT_EQ(Names(*index_.List(kAllTasks, at)), (Lines{"base@4"}));
  at.at_revision = 12;
  EXPECT_EQ(Names(*index_.List(kAllTasks, at)), (Lines{"base@11", "new@12"}));
  const auto watch = index_.Watch(kAllTasks, 10, [] {});
  const auto batch = (*watch)->Next(10);
  EXPECT_EQ(Describe(batch->events), (Lines{"put base@11", "put new@12", "delete new@13"}));
  EXPECT_EQ(batch->events[0]->previous->revision, 4);
  EXPECT_EQ(batch->events[2]->previous->revision, 12);
}

TEST_F(LogReplayTest, AttributesAreReadFromTheBytes) {
  attributes_ = [](const StoreKey& key, std::string_view bytes) {
    return Attributes{{{"name", key.name}}, {{"bytes", std::string(bytes)}}};
  };
  SetCompacted(5);
  Insert(EventOf(ObjectAt(4, "base", 4, "one")));
  Insert(EventOf(ObjectAt(6, "new", 6, "two")));
  ASSERT_TRUE(Replay().ok());
  EXPECT_EQ(index_.Get(TaskKey("base"))->attributes.fields.at(0).second, "one");
  EXPECT_EQ(index_.Get(TaskKey("new"))->attributes.labels.at(0).second, "new");
}

TEST_F(LogReplayTest, AFilledIndexTakesWhatCameAfterAndItsWatchesHear) {
  Insert(EventOf(ObjectAt(2, "a")));
  ASSERT_TRUE(Replay().ok());
  int woken = 0;
  const auto watch = index_.Watch(kAllTasks, 2, [&woken] { ++woken; });
  EXPECT_TRUE((*watch)->Next(1)->events.empty());
  Insert(EventOf(ObjectAt(3, "b")));
  SetCompacted(2);
  ASSERT_TRUE(Replay().ok());
  EXPECT_EQ(index_.Revision(), 3);
  EXPECT_EQ(index_.CompactedRevision(), 2);
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(Describe((*watch)->Next(10)->events), (Lines{"put b@3"}));
}

TEST_F(LogReplayTest, AMissingRowIsNoticed) {
  Insert(EventOf(ObjectAt(2, "a")));
  Insert(EventOf(ObjectAt(4, "b")));
  ExpectRefused("at revision 4 (tasks.noizy.dev \"default/b\")",
                "the row of revision 3 is missing");
}

TEST_F(LogReplayTest, AMissingVersionBeforeIsNoticed) {
  SetCompacted(10);
  Insert(EventOf(ObjectAt(11, "a", 5)));
  ExpectRefused("at revision 11", "the version before it is missing");
}

TEST_F(LogReplayTest, ADeletionOfNothingIsNoticed) {
  Insert(EventOf(ObjectAt(2, "a"), nullptr, WriteOp::Kind::kDelete));
  ExpectRefused("at revision 2", "the version before it is missing");
}

TEST_F(LogReplayTest, ARowThatCompactionShouldHaveErasedIsNoticed) {
  SetCompacted(10);
  Insert(EventOf(ObjectAt(4, "a")));
  Insert(EventOf(ObjectAt(5, "a", 4)));
  ExpectRefused("at revision 5", "should have erased");
}

TEST_F(LogReplayTest, ADeletionBelowTheCompactionIsNoticed) {
  SetCompacted(10);
  Insert(EventOf(ObjectAt(4, "a"), nullptr, WriteOp::Kind::kDelete));
  ExpectRefused("at revision 4", "should have erased");
}

}  // namespace
}  // namespace noizy::apiserver
