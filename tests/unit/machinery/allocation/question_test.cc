#include "machinery/allocation/question.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/allocation/waiting_world.h"

namespace noizy::allocation {
namespace {

TEST(AllocationQuestion, TellsWhatIsFeasibleUnderIdsAndNoNames) {
  const World world;
  const auto question = world.Ask();
  ASSERT_TRUE(question.ok()) << question.status().ToString();
  EXPECT_EQ(question->nodes.size(), 2);
  ASSERT_EQ(question->tasks.size(), 2);
  const std::string& user = question->prompt.user;
  for (const char* name : {"small", "large", "other", "any", "big", "uid", "secret"})
    EXPECT_EQ(user.find(name), std::string::npos) << name;
  const Value told = *ParseJson(user);
  const std::string large = World::IdOf(*question, "large");
  const Array& tasks = *ArrayAt(told, {"tasks"});
  EXPECT_EQ(Find(tasks[0], {"choices"})->get_object().size(), 2);
  EXPECT_EQ(Find(tasks[1], {"choices"})->get_object().size(), 1);
  EXPECT_FALSE(Find(tasks[1], {"choices", large, "roomNow"})->get_bool());
  EXPECT_TRUE(Find(tasks[0], {"choices", large, "roomNow"})->get_bool());
  EXPECT_TRUE(question->prompt.system.ends_with("Be quick."));
}

TEST(AllocationQuestion, NobodyIsAskedAboutNothing) {
  World world;
  world.objects.nodes = {world.objects.nodes.back()};
  EXPECT_EQ(world.Ask().status().message(),
            "no node could run any of the 2 Tasks that wait; noizy why task/NAME tells what each "
            "lacks");
  world.objects.tasks.clear();
  EXPECT_EQ(world.Ask().status().message(), "no Task waits for a node that could be planned");
}

// A model could plan half of one.
TEST(AllocationQuestion, NobodyIsAskedAboutMembersOfGangs) {
  World world;
  for (const char* name : {"one", "two"}) {
    Task task = TaskOf(name, "1");
    task.spec.gang.emplace();
    task.spec.gang->name = "g";
    task.spec.gang->size = 3;
    world.Add(std::move(task));
  }
  const auto question = world.Ask();
  ASSERT_TRUE(question.ok()) << question.status().ToString();
  ASSERT_EQ(question->tasks.size(), 2);
  EXPECT_EQ(question->tasks[0].place.task.name, "any");
  EXPECT_EQ(question->tasks[1].place.task.name, "big");
}

TEST(AllocationQuestion, HasNoMoreTasksThanAPlan) {
  World world;
  for (int i = 0; i < 40; ++i) world.Add(TaskOf("more-" + std::to_string(i), "1"));
  EXPECT_EQ(world.Ask()->tasks.size(), scheduling::kMostPlaces);
}

}  // namespace
}  // namespace noizy::allocation
