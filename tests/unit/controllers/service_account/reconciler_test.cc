#include "controllers/service_account/reconciler.h"

#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::service_account {
namespace {

Namespace Team() {
  Namespace ns;
  ns.metadata.name = "team";
  return ns;
}

Controller& AddTo(ReconcilerHarness& harness) {
  harness.api.AddKind<Namespace>();
  harness.api.AddKind<ServiceAccount>();
  Controller& controller =
      harness.Add(std::make_unique<ServiceAccountReconciler>(harness.Context()));
  Register(controller);
  return controller;
}

const bool kRegistered = RegisterReconcilerContract(
    {.name = "ServiceAccount", .add = AddTo, .world = {Team().ToValue()}});

TEST(ServiceAccount, EachNamespaceHasOneAndGetsItBack) {
  ReconcilerHarness harness;
  AddTo(harness);
  harness.api.Put(Team().ToValue());
  harness.Settle();
  ASSERT_TRUE(harness.api.Find<noizy::ServiceAccount>({"team", "default"}));
  harness.api.Erase(ResourceOf<noizy::ServiceAccount>(), {"team", "default"});
  harness.Settle();
  EXPECT_TRUE(harness.api.Find<noizy::ServiceAccount>({"team", "default"}));
}

TEST(ServiceAccount, NothingIsMadeWhereNothingMayBe) {
  Namespace going = Team();
  going.metadata.deletion_timestamp = "2026-01-01T00:00:00Z";
  const noizy::ServiceAccount account;
  EXPECT_FALSE(Decide(nullptr, nullptr));
  EXPECT_FALSE(Decide(&going, nullptr));
  const Namespace team = Team();
  EXPECT_FALSE(Decide(&team, &account));
  EXPECT_TRUE(Decide(&team, nullptr));
}

}  // namespace
}  // namespace noizy::service_account
