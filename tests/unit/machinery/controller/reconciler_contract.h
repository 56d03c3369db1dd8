// The contract test of reconcilers: one line in a reconciler's test registers every case.
//
//   const bool kRegistered = RegisterReconcilerContract({
//       .name = "Task",
//       .add = [](ReconcilerHarness& harness) -> Controller& {
//         harness.api.AddKind<Task>();
//         Controller& controller =
//         harness.Add(std::make_unique<TaskReconciler>(harness.Context())); controller.For<Task>();
//         return controller;
//       },
//       .world = {…},
//   });
//
// The checks themselves, and the harness for a reconciler's own tests, are in tests/fakes.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "tests/fakes/reconciler_checks.h"

namespace noizy {

class ReconcilerContractCase : public testing::Test {
 public:
  using Check = std::string (*)(const ReconcilerScenario&);
  ReconcilerContractCase(std::shared_ptr<const ReconcilerScenario> scenario, Check check)
      : scenario_(std::move(scenario)), check_(check) {}
  void TestBody() override { EXPECT_EQ(check_(*scenario_), ""); }

 private:
  std::shared_ptr<const ReconcilerScenario> scenario_;
  Check check_;
};

/// Registers <name>ReconcilerContract.* before main. Always true.
inline bool RegisterReconcilerContract(ReconcilerScenario scenario) {
  static constexpr std::pair<const char*, ReconcilerContractCase::Check> kCases[] = {
      {"ObjectGone", CheckObjectGone},
      {"BeingDeleted", CheckBeingDeleted},
      {"SecondRunIsNoOp", CheckSecondRunIsNoOp},
      {"Conflict", CheckConflict},
      {"StoreErrorBacksOff", CheckStoreError},
      {"CacheIsNotMutated", CheckCacheIsNotMutated},
      {"ConditionsHaveReasons", CheckConditionsHaveReasons},
      {"EventsShuffled", CheckEventsShuffled},
  };
  const std::string suite = scenario.name + "ReconcilerContract";
  const auto shared = std::make_shared<const ReconcilerScenario>(std::move(scenario));
  for (const auto& [name, check] : kCases) {
    testing::RegisterTest(suite.c_str(), name, nullptr, nullptr, __FILE__, __LINE__,
                          [shared, check = check]() -> ReconcilerContractCase* {
                            return new ReconcilerContractCase(shared, check);  // GoogleTest owns it
                          });
  }
  return true;
}

}  // namespace noizy
