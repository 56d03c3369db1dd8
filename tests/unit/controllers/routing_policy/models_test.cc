#include "controllers/routing_policy/models.h"

#include <gtest/gtest.h>

namespace noizy::routing_policy {
namespace {

KeySource Keys() {
  return {[](const RoutingSecretKeyRef& ref) -> Result<std::string> {
            if (ref.name == "llm") return std::string("sk-secret");
            return NotFound("secrets", ref.name);
          },
          [](const std::string& name) -> std::optional<std::string> {
            if (name == "SET" || name == "NOIZY_CA_PASSPHRASE") return "sk-env";
            return {};
          }};
}

RoutingProvider Named(std::string name, std::string url = "") {
  RoutingProvider provider;
  provider.name = std::move(name);
  provider.api = "openai";
  provider.base_url = std::move(url);
  return provider;
}

RoutingProvider WithSecret(const std::string& secret) {
  RoutingProvider provider = Named(secret);
  provider.api_key.emplace().secret_key_ref = RoutingSecretKeyRef{"default", secret, "key"};
  return provider;
}

RoutingProvider WithVariable(const std::string& variable) {
  RoutingProvider provider = Named(variable);
  provider.api_key.emplace().env = variable;
  return provider;
}

TEST(ModelsTest, FillInTheKeys) {
  RoutingAi ai;
  ai.providers = {WithSecret("llm"), WithVariable("SET"), Named("local", "http://localhost:11434")};
  const Models models = ModelsOf(ai, Keys());
  EXPECT_TRUE(models.problems.empty()) << models.problems.front();
  ASSERT_EQ(models.options.providers.size(), 3);
  EXPECT_EQ(models.options.providers[0].api_key, "sk-secret");
  EXPECT_EQ(models.options.providers[1].api_key, "sk-env");
  EXPECT_EQ(models.options.providers[2].api_key, "");
}

TEST(ModelsTest, NameWhatCannotBeAskedAndKeepTheRest) {
  RoutingAi ai;
  ai.providers = {WithSecret("gone"),
                  WithVariable("UNSET"),
                  Named("lan", "http://10.0.0.1"),
                  Named("cloud", "https://169.254.169.254"),
                  WithVariable("NOIZY_CA_PASSPHRASE"),
                  Named("good")};
  const Models models = ModelsOf(ai, Keys());
  ASSERT_EQ(models.problems.size(), 5);
  EXPECT_NE(models.problems[4].find("noizy's own variables"), std::string::npos);
  EXPECT_NE(models.problems[0].find("\"gone\" not found"), std::string::npos);
  EXPECT_NE(models.problems[1].find("no variable UNSET"), std::string::npos);
  EXPECT_NE(models.problems[2].find("https://"), std::string::npos);
  EXPECT_NE(models.problems[3].find("link-local"), std::string::npos);
  ASSERT_EQ(models.options.providers.size(), 1);
  EXPECT_EQ(models.options.providers[0].name, "good");
}

TEST(ModelsTest, WantAPriceWhereDollarsAreBudgeted) {
  RoutingAi ai;
  ai.budget.usd_per_day = "1.50";
  RoutingProvider priced = Named("priced");
  priced.pricing = RoutingPricing{"3.00", "15.00"};
  ai.providers = {Named("unknown"), priced, Named("here", "http://127.0.0.1:1")};
  const Models models = ModelsOf(ai, Keys());
  EXPECT_EQ(models.options.budget.nanodollars_per_day, 1'500'000'000);
  ASSERT_EQ(models.problems.size(), 1);
  EXPECT_NE(models.problems[0].find("provider \"unknown\": pricing"), std::string::npos);
  ASSERT_EQ(models.options.providers.size(), 2);
  EXPECT_EQ(models.options.providers[0].price->input_nanodollars, 3000);
  EXPECT_EQ(models.options.providers[0].price->output_nanodollars, 15000);
  EXPECT_EQ(models.options.providers[1].price->output_nanodollars, 0);
}

TEST(ModelsTest, CarryTheLimits) {
  RoutingAi ai;
  ai.budget.requests_per_minute = 60;
  ai.budget.tokens_per_day = 200'000;
  ai.circuit_breaker = {.failure_threshold = 2, .open_seconds = 0.5};
  const Models models = ModelsOf(ai, Keys());
  EXPECT_EQ(models.options.budget.requests_per_minute, 60);
  EXPECT_EQ(models.options.budget.tokens_per_day, 200'000);
  EXPECT_EQ(models.options.circuit.failure_threshold, 2);
  EXPECT_EQ(models.options.circuit.open_for, std::chrono::milliseconds(500));
  EXPECT_EQ(models.problems.front(), "spec.ai.providers names no provider");
}

}  // namespace
}  // namespace noizy::routing_policy
