#include "controllers/scheduler/assumed.h"

#include <gtest/gtest.h>

namespace noizy::scheduler {
namespace {

class Assumed : public ::testing::Test {
 protected:
  Assumed() {
    task_.metadata.ns = "default";
    task_.metadata.name = "t";
    task_.metadata.uid = "u1";
    assumed_.Add(Key(), {"u1", 2});
  }
  ObjectKey Key() const { return task_.metadata.Key(); }

  Task task_;
  AssumedBindings assumed_;
};

TEST_F(Assumed, HoldsUntilTheCopyShowsTheAttempt) {
  EXPECT_TRUE(assumed_.IsNewerThan(Key(), &task_));
  task_.status.attempt = 1;
  EXPECT_TRUE(assumed_.IsNewerThan(Key(), &task_));
  task_.status.attempt = 2;
  EXPECT_FALSE(assumed_.IsNewerThan(Key(), &task_));
  task_.status.attempt = 1;
  EXPECT_FALSE(assumed_.IsNewerThan(Key(), &task_)) << "it is forgotten";
}

TEST_F(Assumed, LetsGoOfWhatIsGone) {
  EXPECT_FALSE(assumed_.IsNewerThan(Key(), nullptr));
}

TEST_F(Assumed, LetsGoOfATaskOfTheSameName) {
  task_.metadata.uid = "u2";
  EXPECT_FALSE(assumed_.IsNewerThan(Key(), &task_));
}

TEST_F(Assumed, KnowsWhichWritesAreUnclear) {
  EXPECT_TRUE(assumed_.Unclear().empty());
  assumed_.Add(Key(), {"u1", 2, true});
  EXPECT_EQ(assumed_.Unclear(), std::vector{Key()});
  EXPECT_TRUE(assumed_.IsNewerThan(Key(), &task_)) << "until somebody has asked";
  assumed_.Remove(Key());
  EXPECT_TRUE(assumed_.Unclear().empty());
}

}  // namespace
}  // namespace noizy::scheduler
