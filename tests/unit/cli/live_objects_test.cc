#include "cli/live_objects.h"

#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class LiveObjectsTest : public CliTest {
 protected:
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const SharedObject& object : live_.All()) names.emplace_back(NameOf(*object));
    return names;
  }

  const Client client_{grid_.api_.Transport()};
  const std::atomic<bool> cancelled_{false};
  LiveObjects live_{client_, {"noizy.dev", "v1", "tasks", true}, "default", grid_.clock_};
};

TEST_F(LiveObjectsTest, ListsThenFollows) {
  grid_.PutTask("a");
  EXPECT_EQ(live_.Step(cancelled_), Duration::zero());
  EXPECT_EQ(Names(), (std::vector<std::string>{"a"}));
  const std::uint64_t before = live_.version();
  grid_.PutTask("b");
  grid_.api_.Erase({"noizy.dev", "v1", "tasks", true}, {"default", "a"});
  EXPECT_GT(live_.Step(cancelled_), Duration::zero()) << "a watch that ended at once is no loop";
  EXPECT_EQ(Names(), (std::vector<std::string>{"b"}));
  EXPECT_GT(live_.version(), before);
}

TEST_F(LiveObjectsTest, KeepsWhatItHeardAndTellsTheTrouble) {
  grid_.PutTask("a");
  live_.Step(cancelled_);
  grid_.api_.SetFault([](const HttpRequest&) { return Unavailable("away"); });
  EXPECT_GT(live_.Step(cancelled_), Duration::zero());
  EXPECT_EQ(live_.trouble().message(), "away");
  EXPECT_EQ(Names(), (std::vector<std::string>{"a"}));
  grid_.api_.SetFault({});
  live_.Step(cancelled_);
  EXPECT_TRUE(live_.trouble().ok());
}

TEST_F(LiveObjectsTest, ListsAgainWhereHistoryDoesNotReachBack) {
  live_.Step(cancelled_);
  grid_.PutTask("a");
  grid_.api_.Compact();
  EXPECT_EQ(live_.Step(cancelled_), Duration::zero());
  EXPECT_TRUE(live_.trouble().ok());
  live_.Step(cancelled_);
  EXPECT_EQ(Names(), (std::vector<std::string>{"a"}));
}

}  // namespace
}  // namespace noizy::cli
