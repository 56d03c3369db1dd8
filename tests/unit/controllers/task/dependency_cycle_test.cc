#include "controllers/task/dependency_cycle.h"

#include <gtest/gtest.h>

namespace noizy::task_controller {
namespace {

using Names = std::vector<std::string>;

class DependencyCycleTest : public ::testing::Test {
 protected:
  Task Add(const std::string& name, Names depends_on, const std::string& phase = "Pending") {
    Task task;
    task.metadata.ns = "default";
    task.metadata.name = name;
    task.spec.depends_on = std::move(depends_on);
    task.status.phase = phase;
    tasks_.Apply({WatchEvent::Type::kAdded, task.ToValue()});
    return task;
  }
  Names Find(const Task& task) { return FindDependencyCycle(task, tasks_.lister()); }

  Informer<Task> tasks_;
};

TEST_F(DependencyCycleTest, IsNamedInItsOrder) {
  Add("b", {"leaf", "c"});
  Add("c", {"a"});
  Add("leaf", {});
  EXPECT_EQ(Find(Add("a", {"leaf", "b"})), (Names{"a", "b", "c"}));
}

TEST_F(DependencyCycleTest, ADiamondIsNone) {
  Add("b", {"d"});
  Add("c", {"d"});
  Add("d", {"missing"});
  EXPECT_EQ(Find(Add("a", {"b", "c"})), Names());
}

TEST_F(DependencyCycleTest, ACircleFurtherOnIsNotOurs) {
  Add("b", {"c"});
  Add("c", {"b"});
  EXPECT_EQ(Find(Add("a", {"b"})), Names());
}

TEST_F(DependencyCycleTest, WhatIsFinishedHoldsNobodyUp) {
  Add("b", {"a"}, "Succeeded");
  EXPECT_EQ(Find(Add("a", {"b"})), Names());
}

TEST_F(DependencyCycleTest, ALongChainIsWalked) {
  constexpr int kLength = 100'000;
  for (int i = 1; i < kLength; ++i) Add(std::to_string(i), {std::to_string(i + 1)});
  Add(std::to_string(kLength), {"0"});
  EXPECT_EQ(Find(Add("0", {"1"})).size(), kLength + 1U);
}

}  // namespace
}  // namespace noizy::task_controller
