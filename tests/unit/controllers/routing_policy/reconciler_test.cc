#include "controllers/routing_policy/reconciler.h"

#include "machinery/value/base64.h"
#include "tests/unit/controllers/routing_policy/world.h"
#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::routing_policy {
namespace {

Controller& AddTo(ReconcilerHarness& harness) {
  harness.api.AddKind<RoutingPolicy>();
  harness.api.AddKind<Secret>();
  harness.api.AddKind<Task>();
  harness.api.AddKind<Node>();
  const AdvisorContext context{harness.clock, harness.random, model::ConnectTo, [](Duration) {},
                               [](const auto&) { return false; }};
  Controller& controller = harness.Add(std::make_unique<RoutingPolicyReconciler>(
      harness.Context(), std::make_shared<ModelAdvisor>(context, harness.informers),
      [](const std::string&) -> std::optional<std::string> { return {}; }));
  controller.For<RoutingPolicy>();
  return controller;
}

const bool kRegistered = RegisterReconcilerContract(
    {.name = "RoutingPolicy", .add = AddTo, .world = {AskingPolicy().ToValue()}});

RoutingPolicy WithSecretKey() {
  RoutingPolicy policy = AskingPolicy();
  RoutingProvider& provider = policy.spec.ai->providers[0];
  provider.api_key.emplace().secret_key_ref = RoutingSecretKeyRef{"default", "llm", "key"};
  return policy;
}

TEST(RoutingPolicyReconciler, BecomesReadyOnceTheKeyIsThere) {
  World world;
  world.harness.api.Put(WithSecretKey().ToValue());
  world.harness.Settle();
  EXPECT_EQ(world.Policy().status.conditions[0].status, "False");
  Secret secret;
  secret.metadata.name = "llm";
  secret.metadata.ns = "default";
  secret.data = {{"key", EncodeBase64("sk-1\n")}};
  world.harness.api.Put(secret.ToValue());
  world.harness.Settle(2 * kLookAgain);
  EXPECT_EQ(world.Policy().status.conditions[0].status, "True");
  EXPECT_EQ(world.advisor->FiguresOf("inference").providers.size(), 1);
}

TEST(RoutingPolicyReconciler, TellsFiguresAndKeepsThem) {
  World world;
  world.harness.api.Put(AskingPolicy().ToValue());
  world.harness.Settle();
  world.advisor->NoteDecided({"inference", false, false});
  world.harness.Settle(2 * kLookAgain);
  EXPECT_EQ(world.Policy().status.decisions, 1);
  world.harness.Settle(4 * kLookAgain);
  EXPECT_EQ(world.Policy().status.decisions, 1);
}

TEST(RoutingPolicyReconciler, ModelsOfAnyPolicyCanBeAskedWithinItsBudget) {
  World world;
  RoutingPolicy policy = AskingPolicy();
  policy.spec.strategy = "LeastLoaded";
  policy.spec.ai->budget.requests_per_minute = 1;
  world.harness.api.Put(policy.ToValue());
  EXPECT_FALSE(world.advisor->AskerOf("inference"));
  world.harness.Settle();
  const model::Asker ask = world.advisor->AskerOf("inference");
  ASSERT_TRUE(ask);
  const auto any = [](const model::ChatAnswer&) { return Status::Ok(); };
  EXPECT_EQ(ask({}, std::chrono::seconds(1), any).provider, "local");
  EXPECT_EQ(ask({}, std::chrono::seconds(1), any).reason, "BudgetExhausted");
  world.harness.Settle(2 * kLookAgain);
  EXPECT_EQ(world.Policy().status.tokens_today, 340);
}

TEST(RoutingPolicyReconciler, ForgetsAPolicyThatIsGone) {
  World world;
  world.harness.api.Put(AskingPolicy().ToValue());
  world.harness.Settle();
  EXPECT_EQ(world.advisor->FiguresOf("inference").providers.size(), 1);
  world.harness.api.Erase(ResourceOf<RoutingPolicy>(), {"", "inference"});
  world.harness.Settle();
  EXPECT_TRUE(world.advisor->FiguresOf("inference").providers.empty());
}

}  // namespace
}  // namespace noizy::routing_policy
