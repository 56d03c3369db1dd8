#include "cmd/noizy/restored_tasks.h"

#include <gtest/gtest.h>

#include "kinds/event.h"
#include "kinds/task.h"
#include "kinds/taskschedule.h"
#include "kinds/taskset.h"
#include "machinery/os/files.h"
#include "tests/fakes/fake_api.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy {
namespace {

class RestoredTasksTest : public ::testing::Test {
 protected:
  RestoredTasksTest() {
    api_.AddKind<Task>();
    api_.AddKind<TaskSet>();
    api_.AddKind<TaskSchedule>();
    api_.AddKind<Event>();
    EXPECT_TRUE(WriteFileAtomically(mark_, "2026-01-01T00:00:00Z").ok());
  }

  void PutTask(const std::string& name, const std::string& failover, const std::string& phase,
               std::int64_t attempt = 0) {
    Task task;
    task.metadata.name = name;
    task.metadata.ns = "default";
    task.spec.failover = failover;
    task.status.phase = phase;
    task.status.attempt = attempt;
    api_.Put(task.ToValue());
  }

  template <typename T>
  void PutMaker(const std::string& name, const std::string& failover) {
    T maker;
    maker.metadata.name = name;
    maker.metadata.ns = "default";
    maker.spec.template_.spec = Object{{"failover", failover}};
    api_.Put(maker.ToValue());
  }

  void Hold() {
    const Status held = HoldRestoredTasks(client_, mark_, clock_);
    EXPECT_TRUE(held.ok()) << held.ToString();
  }
  template <typename T>
  bool IsSuspended(const std::string& name) {
    return api_.Find<T>({"default", name})->spec.suspend;
  }
  std::int64_t NextAttempt(const std::string& name) {
    return api_.Find<Task>({"default", name})->status.next_attempt;
  }

  const ScratchFolder folder_;
  const std::string mark_ = folder_ / "restored";
  FakeClock clock_;
  FakeApi api_{clock_};
  Client client_{api_.Transport()};
};

TEST_F(RestoredTasksTest, AnAtMostOnceTaskWaitsForAPersonWhetherItHadANodeOrNot) {
  PutTask("waits", "AtMostOnce", "Pending");
  PutTask("bound", "AtMostOnce", "Scheduled", 1);
  PutTask("runs", "AtMostOnce", "Running", 3);
  PutTask("done", "AtMostOnce", "Succeeded", 1);
  PutTask("again", "AtLeastOnce", "Running", 1);
  Hold();
  EXPECT_TRUE(IsSuspended<Task>("waits"));
  EXPECT_TRUE(IsSuspended<Task>("bound"));
  EXPECT_TRUE(IsSuspended<Task>("runs"));
  EXPECT_FALSE(IsSuspended<Task>("done"));
  EXPECT_FALSE(IsSuspended<Task>("again"));
  EXPECT_EQ(api_.All(ResourceOf<Event>()).size(), 3U);
}

TEST_F(RestoredTasksTest, NoAttemptGetsANumberThatWasGivenBefore) {
  PutTask("fresh", "AtLeastOnce", "Pending");
  PutTask("runs", "AtLeastOnce", "Running", 3);
  PutTask("done", "AtLeastOnce", "Failed", 2);
  Hold();
  EXPECT_EQ(NextAttempt("fresh"), kAttemptJump);
  EXPECT_EQ(NextAttempt("runs"), 3 + kAttemptJump);
  EXPECT_EQ(NextAttempt("done"), 0);
}

// A set tells its Tasks whether they are suspended: held alone, they would be let go again.
TEST_F(RestoredTasksTest, WhatMakesSuchTasksWaitsToo) {
  PutMaker<TaskSet>("once", "AtMostOnce");
  PutMaker<TaskSet>("often", "AtLeastOnce");
  PutMaker<TaskSchedule>("nightly", "AtMostOnce");
  Hold();
  EXPECT_TRUE(IsSuspended<TaskSet>("once"));
  EXPECT_FALSE(IsSuspended<TaskSet>("often"));
  EXPECT_TRUE(IsSuspended<TaskSchedule>("nightly"));
}

TEST_F(RestoredTasksTest, ItIsDoneOnceAndFromTheStartWhenItWasCutShort) {
  PutTask("waits", "AtMostOnce", "Pending");
  api_.FailWrites(1, Unavailable("disk full"));
  EXPECT_FALSE(HoldRestoredTasks(client_, mark_, clock_).ok());
  EXPECT_TRUE(FileExists(mark_));
  Hold();
  EXPECT_TRUE(IsSuspended<Task>("waits"));
  EXPECT_FALSE(FileExists(mark_));
  const auto before = api_.ResourceVersion();
  Hold();
  EXPECT_EQ(api_.ResourceVersion(), before);
}

}  // namespace
}  // namespace noizy
