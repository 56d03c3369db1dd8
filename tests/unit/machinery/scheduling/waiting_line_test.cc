#include "machinery/scheduling/waiting_line.h"

#include <gtest/gtest.h>

#include <deque>

#include "tests/unit/machinery/scheduling/grids.h"

namespace noizy::scheduling {
namespace {

class Line : public ::testing::Test {
 protected:
  TaskClass& Class(const std::string& ns, std::int64_t priority, const std::string& created) {
    TaskClass& made = classes_.emplace_back();
    made.like.key.ns = ns;
    made.like.priority = priority;
    made.waiting.emplace(Place{created, {ns, "t"}}, nullptr);
    line_.Update(made);
    return made;
  }
  TaskClass* First() {
    return line_.First([this](const std::string& ns) { return shares_[ns]; });
  }

  std::deque<TaskClass> classes_;
  std::map<std::string, double> shares_;
  WaitingLine line_;
};

TEST_F(Line, PriorityBeforeShareBeforeAge) {
  EXPECT_EQ(First(), nullptr);
  TaskClass& old = Class("a", 0, "1");
  TaskClass& young = Class("b", 0, "2");
  EXPECT_EQ(First(), &old);
  shares_["a"] = 0.5;
  EXPECT_EQ(First(), &young);
  TaskClass& urgent = Class("a", 1, "3");
  EXPECT_EQ(First(), &urgent);
  line_.Remove(urgent);
  EXPECT_EQ(First(), &young);
}

TEST_F(Line, WhoSleepsOrHasNobodyWaitingIsOut) {
  TaskClass& one = Class("a", 0, "1");
  one.asleep = Asleep::kNoNode;
  line_.Update(one);
  EXPECT_TRUE(line_.empty());
  one.asleep = Asleep::kNo;
  line_.Update(one);
  EXPECT_EQ(First(), &one);
  one.waiting.clear();
  line_.Update(one);
  EXPECT_TRUE(line_.empty());
}

TEST_F(Line, AClassStandsWhereItsFirstTaskBelongs) {
  TaskClass& one = Class("a", 0, "5");
  TaskClass& other = Class("a", 0, "3");
  EXPECT_EQ(First(), &other);
  one.waiting.emplace(Place{"1", {"a", "u"}}, nullptr);
  line_.Update(one);
  EXPECT_EQ(First(), &one);
}

}  // namespace
}  // namespace noizy::scheduling
