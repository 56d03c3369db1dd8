#include <gtest/gtest.h>

#include "machinery/client/typed.h"
#include "machinery/routing/record.h"
#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

RoutingRecord Recorded() {
  const routing::Question question = *routing::MakeQuestion(
      {}, Object{{"type", "exec"}}, {{"a", 10, Object{{"cores", 8}}}, {"b", 11, Object{}}});
  model::Outcome outcome;
  outcome.answer.emplace().text =
      R"({"candidate":"c1","taskClass":"build","estimate":"1 to 10 s","confidence":"low","reason":""})";
  return routing::RecordOf(question, outcome, "Wait", "Followed");
}

class RouteReplay : public CliTest {
 protected:
  void Put(const std::string& name, const RoutingRecord& record) {
    Task task;
    task.metadata.name = name;
    task.metadata.ns = "default";
    task.spec.exec.emplace().command = {"true"};
    task.status.attempts.resize(2);
    task.status.attempts[0].number = 1;
    task.status.attempts[0].routing.emplace().record = Recorded();
    task.status.attempts[1].number = 2;
    task.status.routing.emplace().record = record;
    grid_.api_.Put(task.ToValue());
  }
};

TEST_F(RouteReplay, CountsWhatComesOutAsItWas) {
  Put("a", Recorded());
  Put("b", Recorded());
  EXPECT_EQ(grid_.Run({"route", "replay"}).out, "4 recorded decisions, all of them as they were\n");
  EXPECT_EQ(grid_.Run({"route", "replay", "task/b"}).out,
            "2 recorded decisions, all of them as they were\n");
}

TEST_F(RouteReplay, NamesWhatDoesNot) {
  RoutingRecord forged = Recorded();
  forged.answer_node = "elsewhere";
  Put("a", forged);
  const auto ran = grid_.Run({"route", "replay"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.out.find("default/a   2"), std::string::npos) << ran.out;
  EXPECT_EQ(ran.err, "error: 1 of 2 recorded decisions come out otherwise\n");
}

TEST_F(RouteReplay, WantsOneTaskOrNone) {
  EXPECT_EQ(grid_.Run({"route", "replay", "a", "b"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
