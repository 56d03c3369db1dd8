#include "apiserver/storage/object_feed.h"

#include "apiserver/storage/memory_store.h"
#include "machinery/base/executor.h"
#include "tests/unit/apiserver/storage/store_testing.h"

namespace noizy::apiserver {
namespace {

class ObjectFeedTest : public ::testing::Test {
 protected:
  FeedEvents Record() {
    return {
        [this] { heard_.emplace_back("reset"); },
        [this](const StoredObjectPtr& object) { heard_.push_back("put " + object->key.name); },
        [this](const StoredObjectPtr& object) { heard_.push_back("delete " + object->key.name); },
        [this] { heard_.emplace_back("synced"); }};
  }
  std::vector<std::string> Heard() {
    executor_.RunUntilIdle();
    return std::exchange(heard_, {});
  }

  FakeClock clock_;
  FakeExecutor executor_{clock_};
  MemoryStore store_;
  std::vector<std::string> heard_;
  ObjectFeed feed_{store_, executor_, "tasks.noizy.dev", Record()};
};

using Words = std::vector<std::string>;

TEST_F(ObjectFeedTest, TellsWhatIsThereAndThenWhatChanges) {
  const std::int64_t a = Create(store_, "a");
  feed_.Start();
  EXPECT_EQ(Heard(), (Words{"reset", "put a", "synced"}));
  Create(store_, "b");
  EXPECT_EQ(Heard(), Words{"put b"});
  Delete(store_, "a", a);
  EXPECT_TRUE(WriteOne(store_, PutOp({"nodes.noizy.dev", "", "n"}, 0)).ok());  // another resource
  EXPECT_EQ(Heard(), Words{"delete a"});
}

TEST_F(ObjectFeedTest, ManyChangesAreToldInOrderAndLeaveRoomForOthers) {
  feed_.Start();
  Heard();
  Words expected;
  for (int i = 0; i < 300; ++i) {
    Create(store_, "n" + std::to_string(i));
    expected.push_back("put n" + std::to_string(i));
  }
  std::size_t seen_by_other = 0;
  executor_.Post([&] { executor_.Post([&] { seen_by_other = heard_.size(); }); });
  EXPECT_EQ(Heard(), expected);
  EXPECT_LT(seen_by_other, 300U);
}

TEST_F(ObjectFeedTest, BeginsAnewWhenItFellBehind) {
  const std::int64_t a = Create(store_, "a");
  Create(store_, "b");
  feed_.Start();
  Heard();
  Delete(store_, "a", a);
  Create(store_, "c");
  store_.Compact(store_.Revision());
  EXPECT_EQ(Heard(), (Words{"reset", "put b", "put c", "synced"}));
  Create(store_, "d");
  EXPECT_EQ(Heard(), Words{"put d"});
}

}  // namespace
}  // namespace noizy::apiserver
