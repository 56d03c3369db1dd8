#include "controllers/namespace/decide.h"

#include <gtest/gtest.h>

#include "machinery/meta/condition.h"
#include "machinery/meta/time.h"

namespace noizy::namespace_controller {
namespace {

const ResourceRef kTasks{"noizy.dev", "v1", "tasks", true};
const ResourceRef kSecrets{"", "v1", "secrets", true};

class DecideTest : public testing::Test {
 protected:
  DecideTest() {
    seen_.object.metadata.name = "work";
    seen_.object.metadata.generation = 2;
    seen_.object.metadata.deletion_timestamp = "2026-01-01T00:00:00Z";
    seen_.object.spec.finalizers = {std::string(kNamespaceFinalizer)};
    At(std::chrono::seconds(0));
  }
  void At(Duration since_deletion) {
    seen_.now = *ParseTime("2026-01-01T00:00:00Z") + since_deletion;
  }
  static std::string Text(const NamespaceStatus& status, std::string_view type) {
    const Condition* condition = FindCondition(status.conditions, type);
    return condition == nullptr
               ? "none"
               : condition->status + " " + condition->reason + ": " + condition->message;
  }

  Observed seen_;
};

TEST_F(DecideTest, AnEmptyNamespaceIsLetGoAtOnce) {
  const Plan plan = Decide(seen_);
  EXPECT_TRUE(plan.let_go);
  EXPECT_TRUE(plan.to_empty.empty());
  EXPECT_EQ(plan.look_again, std::nullopt);
  EXPECT_TRUE(plan.status == seen_.object.status);
}

TEST_F(DecideTest, OthersFinalizersKeepItAndItsStatusTells) {
  for (std::vector<std::string>* list :
       {&seen_.object.metadata.finalizers, &seen_.object.spec.finalizers}) {
    list->emplace_back("x.dev/other");
    const Plan plan = Decide(seen_);
    EXPECT_TRUE(plan.let_go);
    EXPECT_EQ(plan.status.phase, "Terminating");
    EXPECT_EQ(Text(plan.status, "NamespaceContentRemaining"),
              "False ContentRemoved: All content successfully removed");
    list->pop_back();
  }
}

TEST_F(DecideTest, ItHoldsByItsOwnFinalizersThoseOfBeforeToo) {
  EXPECT_TRUE(IsHeld(seen_.object));
  Namespace earlier;
  earlier.metadata.finalizers = {std::string(kEarlierNamespaceFinalizer), "x.dev/other"};
  EXPECT_TRUE(IsHeld(earlier));
  EXPECT_EQ(LetGo(earlier).metadata.finalizers, std::vector<std::string>{"x.dev/other"});
  EXPECT_FALSE(IsHeld(LetGo(earlier)));
  EXPECT_FALSE(IsHeld(LetGo(seen_.object)));
}

TEST_F(DecideTest, ContentIsDeletedAndCounted) {
  seen_.contents = {{kSecrets, 1, 1, {}}, {kTasks, 3, 2, {{"noizy.dev/task", 3}}}};
  const Plan plan = Decide(seen_);
  EXPECT_FALSE(plan.let_go);
  EXPECT_EQ(plan.to_empty, (std::vector<ResourceRef>{kSecrets, kTasks}));
  EXPECT_EQ(plan.status.phase, "Terminating");
  EXPECT_EQ(
      Text(plan.status, "NamespaceContentRemaining"),
      "True SomeResourcesRemain: Some resources are remaining: secrets has 1 resource instances, "
      "tasks.noizy.dev has 3 resource instances");
  EXPECT_EQ(Text(plan.status, "NamespaceFinalizersRemaining"),
            "True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: "
            "noizy.dev/task in 3 resource instances");
  EXPECT_EQ(Text(plan.status, "NamespaceDeletionDiscoveryFailure"),
            "False ResourcesDiscovered: All resources successfully discovered");
  EXPECT_EQ(
      Text(plan.status, "NamespaceDeletionContentFailure"),
      "False ContentDeleted: All content successfully deleted, may be waiting on finalization");
  EXPECT_EQ(FindCondition(plan.status.conditions, "NamespaceContentRemaining")->observed_generation,
            2);
}

TEST_F(DecideTest, WhatIsBeingDeletedIsOnlyWaitedFor) {
  seen_.contents = {{kTasks, 3, 0, {}}};
  const Plan plan = Decide(seen_);
  EXPECT_TRUE(plan.to_empty.empty());
  EXPECT_FALSE(plan.let_go);
  EXPECT_NE(plan.look_again, std::nullopt);
}

TEST_F(DecideTest, NothingIsLetGoOnHearsay) {
  seen_.discovery_failure = "the server cannot tell";
  Plan plan = Decide(seen_);
  EXPECT_FALSE(plan.let_go);
  EXPECT_EQ(Text(plan.status, "NamespaceDeletionDiscoveryFailure"),
            "True DiscoveryFailed: the server cannot tell");
  EXPECT_NE(plan.look_again, std::nullopt);
  seen_.discovery_failure.clear();
  seen_.content_failures = {"tasks.noizy.dev: forbidden"};
  plan = Decide(seen_);
  EXPECT_FALSE(plan.let_go);
  EXPECT_EQ(Text(plan.status, "NamespaceDeletionContentFailure"),
            "True ContentDeletionFailed: tasks.noizy.dev: forbidden");
}

TEST_F(DecideTest, LooksAgainSoonerForYoungDeletions) {
  seen_.contents = {{kTasks, 1, 0, {}}};
  EXPECT_EQ(Decide(seen_).look_again, kShortestInterval);
  At(std::chrono::seconds(8));
  EXPECT_EQ(Decide(seen_).look_again, std::chrono::seconds(2));
  At(std::chrono::hours(1));
  EXPECT_EQ(Decide(seen_).look_again, kLongestInterval);
  At(-std::chrono::hours(1));  // the wall clock was set back
  EXPECT_EQ(Decide(seen_).look_again, kShortestInterval);
}

TEST_F(DecideTest, DecidingAgainChangesNothing) {
  seen_.contents = {{kTasks, 3, 2, {{"noizy.dev/task", 3}}}};
  seen_.object.status = Decide(seen_).status;
  At(std::chrono::minutes(1));
  EXPECT_TRUE(Decide(seen_).status == seen_.object.status);
}

TEST_F(DecideTest, FailuresOfDeletionsAreAdded) {
  seen_.content_failures = {"a: no list"};
  const NamespaceStatus status = WithFailures({}, seen_, {"b: no delete"});
  EXPECT_EQ(Text(status, "NamespaceDeletionContentFailure"),
            "True ContentDeletionFailed: a: no list, b: no delete");
}

}  // namespace
}  // namespace noizy::namespace_controller
