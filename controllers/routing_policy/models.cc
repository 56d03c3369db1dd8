#include "controllers/routing_policy/models.h"

#include <chrono>
#include <utility>

namespace noizy::routing_policy {
namespace {

Result<std::string> KeyOf(const RoutingProvider& provider, const KeySource& keys) {
  if (!provider.api_key) return std::string();
  if (provider.api_key->secret_key_ref) return keys.secret(*provider.api_key->secret_key_ref);
  // noizy's own variables hold what opens the grid, such as the CA's passphrase.
  if (provider.api_key->env.starts_with("NOIZY"))
    return BadRequest("apiKey.env: noizy's own variables are not for providers");
  const auto key = keys.environment(provider.api_key->env);
  if (key && !key->empty()) return *key;
  return BadRequest("apiKey.env: the control plane has no variable " + provider.api_key->env);
}

bool IsLocal(const std::string& url) {
  for (const char* host : {"http://localhost", "http://127.", "http://[::1]", "https://localhost",
                           "https://127.", "https://[::1]"}) {
    if (url.starts_with(host)) return true;
  }
  return false;
}

// What runs on this machine costs nothing; any other price has to be told.
std::optional<model::Price> PriceOf(const RoutingProvider& provider, const std::string& url) {
  if (!provider.pricing) return IsLocal(url) ? std::optional(model::Price{}) : std::nullopt;
  const auto input = model::ParseDollars(provider.pricing->usd_per_million_input_tokens);
  const auto output = model::ParseDollars(provider.pricing->usd_per_million_output_tokens);
  if (!input || !output) return {};
  constexpr std::int64_t kMillion = 1'000'000;
  return model::Price{*input / kMillion, *output / kMillion};
}

Result<model::Provider> ProviderOf(const RoutingProvider& spec, const KeySource& keys,
                                   bool has_dollar_budget) {
  model::Provider provider;
  provider.name = spec.name;
  provider.api = spec.api;
  provider.base_url = spec.base_url;
  provider.model = spec.model;
  provider.api_version = spec.api_version;
  provider.allow_plain_http = spec.allow_plain_http;
  NOIZY_ASSIGN_OR_RETURN(provider.api_key, KeyOf(spec, keys));
  provider.price = PriceOf(spec, model::BaseUrlOf(provider));
  if (has_dollar_budget && !provider.price)
    return BadRequest("pricing: usdPerDay is set, so what it costs has to be told");
  // It connects to nothing yet: what is wrong with the URL is found out now.
  if (const auto transport = model::ConnectTo(provider); !transport.ok()) return transport.status();
  return provider;
}

}  // namespace

Models ModelsOf(const RoutingAi& ai, const KeySource& keys) {
  Models models;
  model::Budget& budget = models.options.budget;
  budget.requests_per_minute = ai.budget.requests_per_minute;
  budget.tokens_per_day = ai.budget.tokens_per_day;
  if (!ai.budget.usd_per_day.empty())
    budget.nanodollars_per_day = model::ParseDollars(ai.budget.usd_per_day);
  models.options.circuit.failure_threshold = ai.circuit_breaker.failure_threshold;
  models.options.circuit.open_for = std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(ai.circuit_breaker.open_seconds));
  const bool dollars = budget.nanodollars_per_day.has_value();
  for (const RoutingProvider& spec : ai.providers) {
    Result<model::Provider> provider = ProviderOf(spec, keys, dollars);
    if (provider.ok()) {
      models.options.providers.push_back(std::move(*provider));
    } else {
      models.problems.push_back("provider \"" + spec.name + "\": " + provider.status().message());
    }
  }
  if (ai.providers.empty()) models.problems.emplace_back("spec.ai.providers names no provider");
  return models;
}

}  // namespace noizy::routing_policy
