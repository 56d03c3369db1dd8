#include "apiserver/agents/object_feed.h"

#include "tests/unit/apiserver/agents/agents_fixture.h"

namespace noizy::apiserver {
namespace {

class ObjectFeedTest : public AgentsTest {
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

  std::vector<std::string> heard_;
  ObjectFeed feed_{store_, executor_, "nodes.noizy.dev", Record()};
};

using Words = std::vector<std::string>;

TEST_F(ObjectFeedTest, TellsWhatIsThereAndThenWhatChanges) {
  CreateNode("a");
  feed_.Start();
  EXPECT_EQ(Heard(), (Words{"reset", "put a", "synced"}));
  CreateNode("b");
  EXPECT_EQ(Heard(), Words{"put b"});
  DeleteNode("a");
  CreateTask("t");  // another resource
  EXPECT_EQ(Heard(), Words{"delete a"});
}

TEST_F(ObjectFeedTest, ManyChangesAreToldInOrderAndLeaveRoomForOthers) {
  feed_.Start();
  Heard();
  Words expected;
  for (int i = 0; i < 300; ++i) {
    CreateNode("n" + std::to_string(i));
    expected.push_back("put n" + std::to_string(i));
  }
  std::size_t seen_by_other = 0;
  executor_.Post([&] { executor_.Post([&] { seen_by_other = heard_.size(); }); });
  EXPECT_EQ(Heard(), expected);
  EXPECT_LT(seen_by_other, 300U);
}

TEST_F(ObjectFeedTest, BeginsAnewWhenItFellBehind) {
  CreateNode("a");
  CreateNode("b");
  feed_.Start();
  Heard();
  DeleteNode("a");
  CreateNode("c");
  store_.Compact(store_.Revision());
  EXPECT_EQ(Heard(), (Words{"reset", "put b", "put c", "synced"}));
  CreateNode("d");
  EXPECT_EQ(Heard(), Words{"put d"});
}

}  // namespace
}  // namespace noizy::apiserver
