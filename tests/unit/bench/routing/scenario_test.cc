#include "bench/routing/scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "bench/routing/oracles.h"
#include "bench/routing/scenario_set.h"
#include "machinery/value/json.h"

namespace noizy::bench {
namespace {

struct Marks {
  int right = 0;
  int all = 0;
  std::string wrong;
};

std::map<std::string, Marks> MarksOf(const Contestant& contestant, std::uint64_t seed) {
  std::map<std::string, Marks> marks;
  for (const Scenario& scenario : ScenarioSet(seed)) {
    const Judgement judgement = Judge(scenario, contestant);
    EXPECT_TRUE(judgement.feasible) << scenario.name << ": " << judgement.did;
    Marks& mark = marks[scenario.category];
    ++mark.all;
    mark.right += judgement.right ? 1 : 0;
    if (!judgement.right) mark.wrong += scenario.name + ": " + judgement.did + "\n";
  }
  for (const auto& [category, mark] : marks)
    std::printf("%s, %s: %d of %d\n", contestant.name.c_str(), category.c_str(), mark.right,
                mark.all);
  return marks;
}

TEST(Scenarios, AreAtLeast240InEightCategories) {
  std::map<std::string, int> categories;
  for (const Scenario& scenario : ScenarioSet(1)) ++categories[scenario.category];
  EXPECT_EQ(categories.size(), 8U);
  EXPECT_GE(ScenarioSet(1).size(), 240U);
}

TEST(Scenarios, AreTheSameAsDataAndFromTheSameSeed) {
  const auto first = ScenarioSet(7);
  const auto again = ScenarioSet(7);
  for (std::size_t i = 0; i < first.size(); ++i) {
    const std::string line = ToJson(ToValue(first[i]));
    EXPECT_EQ(line, ToJson(ToValue(again[i])));
    const Result<Scenario> read = ScenarioFrom(*ParseJson(line));
    ASSERT_TRUE(read.ok()) << read.status().message();
    EXPECT_EQ(ToJson(ToValue(*read)), line);
  }
  EXPECT_NE(ToJson(ToValue(ScenarioSet(8)[0])) + ToJson(ToValue(ScenarioSet(8)[100])),
            ToJson(ToValue(first[0])) + ToJson(ToValue(first[100])));
}

TEST(Scenarios, FastestFinishIsRightWhereNumbersTell) {
  for (const auto& [category, marks] : MarksOf({"FastestFinish", "FastestFinish"}, 1)) {
    if (category == "free text") continue;
    EXPECT_EQ(marks.right, marks.all) << marks.wrong;
  }
}

TEST(Scenarios, AModelInTheBandIsRightThereToo) {
  for (const auto& [category, marks] : MarksOf({"banded", "AI", 25, Reader({}, 1)}, 1)) {
    if (category != "free text") {
      EXPECT_EQ(marks.right, marks.all) << marks.wrong;
    } else {
      EXPECT_GE(marks.right * 10, marks.all * 8) << marks.wrong;
    }
  }
}

std::string OtherName(const std::string& name) {
  return "x-" + std::string(name.rbegin(), name.rend());
}

/// What was done, in the other names.
std::string Renamed(std::string did, const Scenario& scenario) {
  for (const Node& node : scenario.nodes) {
    if (did.ends_with(" " + node.metadata.name))
      return did.replace(did.find(' ') + 1, std::string::npos, OtherName(node.metadata.name));
  }
  return did;
}

/// The same grid with its nodes called otherwise, and listed from the other end.
Scenario Renamed(const Scenario& scenario) {
  std::string line = ToJson(ToValue(scenario));
  for (const Node& node : scenario.nodes) {
    const std::string& name = node.metadata.name;
    const std::string other = OtherName(name);
    for (auto at = line.find("\"" + name + "\""); at != std::string::npos;
         at = line.find("\"" + name + "\"", at + 1))
      line.replace(at + 1, name.size(), other);
  }
  Scenario renamed = *ScenarioFrom(*ParseJson(line));
  std::ranges::reverse(renamed.nodes);
  std::ranges::reverse(renamed.running);
  return renamed;
}

TEST(Invariance, NamesAndOrderOfNodesMoveNoDecision) {
  int flips = 0;
  int all = 0;
  for (const Contestant& contestant :
       {Contestant{"FastestFinish", "FastestFinish"}, Contestant{"model", "AI", 25, Reader({}, 1)},
        Contestant{"free model", "AI", kFree, Reader({}, 1)}}) {
    for (const Scenario& scenario : ScenarioSet(1)) {
      const std::string did = Renamed(Judge(scenario, contestant).did, scenario);
      const std::string other = Judge(Renamed(scenario), contestant).did;
      if (did != other && ++flips < 5)
        std::printf("%s, %s: %s, %s\n", contestant.name.c_str(), scenario.name.c_str(), did.c_str(),
                    other.c_str());
      ++all;
    }
  }
  std::printf("%d of %d decisions differ\n", flips, all);
  EXPECT_LE(flips * 100, all);
}

TEST(Scenarios, NobodyLeavesWhatIsFeasible) {
  MarksOf({"adversary", "AI", kFree, Adversary()}, 1);
  for (const char* strategy : {"LeastLoaded", "RoundRobin", "PowerOfTwo"})
    MarksOf({strategy, strategy}, 1);
}

}  // namespace
}  // namespace noizy::bench
