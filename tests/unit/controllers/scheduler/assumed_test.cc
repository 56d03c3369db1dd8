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
    Show();
    assumed_.Add(Key(), {"u1", 2, "n1", {{"cpu", 1000}}});
  }

  ObjectKey Key() const { return task_.metadata.Key(); }
  void Show() {
    task_.metadata.resource_version = std::to_string(++version_);
    tasks_.Apply({WatchEvent::Type::kModified, task_.ToValue()});
  }
  bool Holds() {
    assumed_.Settle(tasks_.lister());
    return assumed_.Has(Key());
  }

  Task task_;
  int version_ = 0;
  Informer<Task> tasks_;
  AssumedBindings assumed_;
};

TEST_F(Assumed, HoldsUntilTheCopyShowsTheAttempt) {
  EXPECT_TRUE(Holds());
  task_.status.attempt = 1;
  Show();
  EXPECT_TRUE(Holds());
  task_.status.attempt = 2;
  Show();
  EXPECT_FALSE(Holds());
}

TEST_F(Assumed, LetsGoOfWhatIsGone) {
  tasks_.Replace({});
  EXPECT_FALSE(Holds());
}

TEST_F(Assumed, LetsGoOfATaskOfTheSameName) {
  task_.metadata.uid = "u2";
  Show();
  EXPECT_FALSE(Holds());
}

TEST_F(Assumed, KnowsWhichWritesAreUnclear) {
  EXPECT_TRUE(assumed_.Unclear().empty());
  assumed_.Add(Key(), {"u1", 2, "n1", {}, true});
  EXPECT_EQ(assumed_.Unclear(), std::vector{Key()});
  EXPECT_TRUE(Holds()) << "until somebody has asked";
  assumed_.Remove(Key());
  EXPECT_TRUE(assumed_.Unclear().empty());
}

}  // namespace
}  // namespace noizy::scheduler
