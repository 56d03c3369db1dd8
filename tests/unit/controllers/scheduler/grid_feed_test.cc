#include "controllers/scheduler/grid_feed.h"

#include <gtest/gtest.h>

#include "machinery/base/executor.h"

namespace noizy::scheduler {
namespace {

class Feed : public ::testing::Test {
 protected:
  Feed() : executor_(clock_), informers_({}, executor_), feed_(informers_) {
    Node node;
    node.metadata.name = "n";
    node.metadata.resource_version = "1";
    informers_.Get<Node>().Apply({WatchEvent::Type::kAdded, node.ToValue()});
    feed_.Update();
  }
  void Show(Task task) {
    task.metadata.resource_version = std::to_string(++version_);
    informers_.Get<Task>().Apply({WatchEvent::Type::kModified, task.ToValue()});
    feed_.NoteTask(task.metadata.Key());
    feed_.Update();
  }
  static Task Named(const std::string& name, const std::string& phase = "Pending") {
    Task task;
    task.metadata.ns = "default";
    task.metadata.name = name;
    task.metadata.uid = "u-" + name;
    task.spec.exec.emplace().command = {"true"};
    task.status.phase = phase;
    return task;
  }
  bool Has(const std::string& name) { return feed_.grid().Find({"default", name}) != nullptr; }

  FakeClock clock_;
  FakeExecutor executor_;
  InformerFactory informers_;
  GridFeed feed_;
  int version_ = 0;
};

TEST_F(Feed, KnowsNodesAndTheTasksThatMatter) {
  EXPECT_EQ(feed_.grid().node_count(), 1U);
  Show(Named("waits"));
  Show(Named("ended", "Succeeded"));
  Task suspended = Named("suspended");
  suspended.spec.suspend = true;
  Show(suspended);
  EXPECT_TRUE(Has("waits"));
  EXPECT_FALSE(Has("ended"));
  EXPECT_FALSE(Has("suspended"));
  Show(Named("waits", "Failed"));
  EXPECT_FALSE(Has("waits"));
}

TEST_F(Feed, ATaskComesWithTheLastOfItsDependencies) {
  Task task = Named("t");
  task.spec.depends_on = {"a"};
  Show(task);
  EXPECT_FALSE(Has("t"));
  Show(Named("a", "Running"));
  EXPECT_FALSE(Has("t"));
  Show(Named("a", "Succeeded"));
  EXPECT_TRUE(Has("t"));
  task.spec.depends_on = {"gone-since"};
  task.status.attempts.resize(1);
  Show(task);
  EXPECT_TRUE(Has("t")) << "dependencies count before the first attempt only";
}

TEST_F(Feed, AnOldCopyDoesNotUndoABinding) {
  Show(Named("t"));
  feed_.assumed().Add({"default", "t"}, {"u-t", 1});
  feed_.grid().RemoveTask({"default", "t"});  // as if it were on a node by now
  Show(Named("t"));
  EXPECT_FALSE(Has("t"));
  Task retried = Named("t");
  retried.status.attempt = 1;
  Show(retried);
  EXPECT_TRUE(Has("t"));
}

TEST_F(Feed, LearnsOnceFromWhatItSawRunning) {
  Task task = Named("t", "Running");
  task.status.node_name = "n";
  task.status.attempts.resize(1);
  task.status.attempts[0].node_name = "n";
  Show(task);
  task.status.phase = "Succeeded";
  task.status.execution_time_ms = 2000;
  Show(task);
  const std::string work = scheduling::WorkOf(task);
  EXPECT_DOUBLE_EQ(feed_.grid().estimates().Of(work, "n", 1).seconds, 2);
  task.status.execution_time_ms = 4000;
  Show(task);
  EXPECT_DOUBLE_EQ(feed_.grid().estimates().Of(work, "n", 1).seconds, 2);
}

TEST_F(Feed, APolicyRoutesWhoWaits) {
  Show(Named("t"));
  RoutingPolicy policy;
  policy.metadata.name = "p";
  policy.metadata.resource_version = "1";
  policy.spec.strategy = "BinPack";
  informers_.Get<RoutingPolicy>().Apply({WatchEvent::Type::kAdded, policy.ToValue()});
  feed_.NotePolicies();
  feed_.Update();
  EXPECT_EQ(feed_.grid().Find({"default", "t"})->view.routing.policy, "p");
}

}  // namespace
}  // namespace noizy::scheduler
