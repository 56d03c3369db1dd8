#include "controllers/garbage_collector/decide.h"

#include <gtest/gtest.h>

#include "tests/unit/controllers/garbage_collector/family.h"

namespace noizy::garbage_collector {
namespace {

using Write = Plan::Write;

NodePtr Pointer(Node node) {
  return std::make_shared<const Node>(std::move(node));
}

// A child with one owner for each state, named by its place.
Observed WithOwners(const std::vector<OwnerState>& states,
                    std::vector<std::string> finalizers = {}) {
  std::vector<OwnerReference> references;
  for (std::size_t i = 0; i < states.size(); ++i) {
    references.push_back(OwnedBy("owner-" + std::to_string(i), true));
  }
  return {
      Pointer(MakeNode("child", std::move(references), std::move(finalizers))), states, {}, true};
}

TEST(DecideTest, WhatNobodyOwnsStays) {
  EXPECT_EQ(Decide({Pointer(MakeNode("a")), {}, {}, true}).write, Write::kNone);
}

TEST(DecideTest, WhatHasAnOwnerStays) {
  const Plan plan = Decide(WithOwners({OwnerState::kPresent}));
  EXPECT_EQ(plan.write, Write::kNone);
  EXPECT_EQ(plan.look_again, std::nullopt);
}

TEST(DecideTest, WhatHasLostAllItsOwnersIsDeleted) {
  const Plan plan = Decide(WithOwners({OwnerState::kAbsent, OwnerState::kAbsent}));
  EXPECT_EQ(plan.write, Write::kDelete);
  EXPECT_EQ(plan.propagation_policy, "Background");
}

TEST(DecideTest, FinalizersSayHowItIsDeleted) {
  EXPECT_EQ(Decide(WithOwners({OwnerState::kAbsent}, {"orphan"})).propagation_policy, "Orphan");
  EXPECT_EQ(Decide(WithOwners({OwnerState::kAbsent}, {"foregroundDeletion"})).propagation_policy,
            "Foreground");
  EXPECT_EQ(Decide(WithOwners({OwnerState::kAbsent}, {"x.dev/other"})).propagation_policy,
            "Background");
}

TEST(DecideTest, OneOwnerLeftKeepsItAndTheOthersAreForgotten) {
  const Plan plan =
      Decide(WithOwners({OwnerState::kAbsent, OwnerState::kPresent, OwnerState::kWaiting}));
  EXPECT_EQ(plan.write, Write::kSetOwners);
  ASSERT_EQ(plan.owners.size(), 1U);
  EXPECT_EQ(plan.owners[0].name, "owner-1");
}

TEST(DecideTest, AnUnknownOwnerKeepsEverythingAsItIs) {
  for (const OwnerState other : {OwnerState::kAbsent, OwnerState::kPresent, OwnerState::kWaiting}) {
    const Plan plan = Decide(WithOwners({other, OwnerState::kUnknown}));
    EXPECT_EQ(plan.write, Write::kNone);
    EXPECT_EQ(plan.look_again, kUnknownOwnerInterval);
  }
}

TEST(DecideTest, AReferenceThatCanMeanNothingIsToldAndDeletesNothing) {
  const Plan plan = Decide(WithOwners({OwnerState::kAbsent, OwnerState::kOutOfReach}));
  EXPECT_EQ(plan.write, Write::kNone);
  EXPECT_TRUE(plan.warn_out_of_reach);
}

TEST(DecideTest, AWaitingOwnersDependentGoes) {
  EXPECT_EQ(Decide(WithOwners({OwnerState::kWaiting})).propagation_policy, "Background");
}

TEST(DecideTest, AWaitingOwnersDependentTakesItsOwnDependentsFirst) {
  Observed seen = WithOwners({OwnerState::kWaiting, OwnerState::kAbsent});
  seen.dependents = {Pointer(MakeNode("grandchild", {OwnedBy("child", true)}))};
  const Plan plan = Decide(seen);
  EXPECT_EQ(plan.write, Write::kDelete);
  EXPECT_EQ(plan.propagation_policy, "Foreground");
}

TEST(DecideTest, ACircleIsOpened) {
  Observed seen = WithOwners({OwnerState::kWaiting});
  seen.dependents = {
      Pointer(Dying(MakeNode("owner-0", {OwnedBy("child", true)}, {"foregroundDeletion"})))};
  const Plan plan = Decide(seen);
  EXPECT_EQ(plan.write, Write::kSetOwners);
  ASSERT_EQ(plan.owners.size(), 1U);
  EXPECT_FALSE(plan.owners[0].block_owner_deletion);
  // Then it goes.
  Node opened = *seen.node;
  opened.metadata.owner_references = plan.owners;
  seen.node = Pointer(opened);
  EXPECT_EQ(Decide(seen).write, Write::kDelete);
}

TEST(DecideTest, TheDyingAreLeftAlone) {
  EXPECT_EQ(
      Decide({Pointer(Dying(MakeNode("a", {OwnedBy("gone")}, {"x.dev/other"}))), {}, {}, true})
          .write,
      Write::kNone);
}

TEST(DecideTest, ForegroundWaitsForThoseThatBlock) {
  const NodePtr owner = Pointer(Dying(MakeNode("owner", {}, {"foregroundDeletion"})));
  const NodePtr blocking = Pointer(MakeNode("blocking", {OwnedBy("owner", true)}));
  const NodePtr other =
      Pointer(MakeNode("other", {OwnedBy("owner", false), OwnedBy("third", true)}));
  EXPECT_EQ(Decide({owner, {}, {other, blocking}, true}).write, Write::kNone);
  const Plan plan = Decide({owner, {}, {other}, true});
  EXPECT_EQ(plan.write, Write::kRemoveFinalizer);
  EXPECT_EQ(plan.finalizer, "foregroundDeletion");
}

TEST(DecideTest, OrphanLetsTheDependentsGoFirst) {
  const NodePtr owner = Pointer(Dying(MakeNode("owner", {}, {"orphan"})));
  const Plan plan = Decide({owner, {}, {Pointer(MakeNode("child", {OwnedBy("owner")}))}, true});
  EXPECT_EQ(plan.to_orphan.size(), 1U);
  EXPECT_EQ(plan.write, Write::kRemoveFinalizer);
  EXPECT_EQ(plan.finalizer, "orphan");
}

TEST(DecideTest, WhatNeedsAllDependentsWaitsUntilAllAreKnown) {
  for (const char* finalizer : {"orphan", "foregroundDeletion"}) {
    const Plan plan = Decide({Pointer(Dying(MakeNode("owner", {}, {finalizer}))), {}, {}, false});
    EXPECT_EQ(plan.write, Write::kNone);
    EXPECT_EQ(plan.look_again, kIncompleteInterval);
  }
}

}  // namespace
}  // namespace noizy::garbage_collector
