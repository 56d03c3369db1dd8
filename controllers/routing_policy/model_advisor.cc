#include "controllers/routing_policy/model_advisor.h"

#include <array>
#include <utility>

#include "controllers/routing_policy/advice.h"
#include "machinery/base/metrics.h"
#include "machinery/routing/question.h"

namespace noizy::routing_policy {
namespace {

// The same models, by all that a client is made of; keys too, so that a new one is used at once.
std::string IdentityOf(const model::ModelClientOptions& options) {
  std::string identity;
  const auto add = [&identity](std::string_view part) {
    identity.append(std::to_string(part.size())).append(":").append(part);
  };
  for (const model::Provider& provider : options.providers) {
    for (const std::string& part : {provider.name, provider.api, provider.base_url, provider.model,
                                    provider.api_key, provider.api_version})
      add(part);
    add(provider.allow_plain_http ? "plain" : "");
    add(provider.price ? std::to_string(provider.price->input_nanodollars) + "/" +
                             std::to_string(provider.price->output_nanodollars)
                       : "");
  }
  const auto number = [&](const std::optional<std::int64_t>& limit) {
    add(limit ? std::to_string(*limit) : "");
  };
  number(options.budget.requests_per_minute);
  number(options.budget.tokens_per_day);
  number(options.budget.nanodollars_per_day);
  number(options.circuit.failure_threshold);
  number(options.circuit.open_for.count());
  return identity;
}

// The policies and their providers are the operator's, so that their names are a closed set.
void Count(const std::string& policy, const model::Call& call) {
  const MetricLabels labels = {{"policy", policy}, {"provider", call.provider}};
  Histogram("noizy_routing_call_seconds", "Time of one request to a model provider.",
            LatencyBuckets(), labels)
      .Observe(std::chrono::duration<double>(call.latency).count());
  const auto tokens = [&](const char* direction, std::int64_t number) {
    Counter("noizy_routing_tokens_total", "Tokens exchanged with models.",
            {{"policy", policy}, {"provider", call.provider}, {"direction", direction}})
        .Increment(static_cast<double>(number));
  };
  tokens("input", call.usage.input);
  tokens("output", call.usage.output);
  constexpr double kNano = 1e-9;
  Counter("noizy_routing_cost_dollars_total", "What models cost, by the prices in the policies.",
          labels)
      .Increment(static_cast<double>(call.nanodollars) * kNano);
}

void TellCircuits(const std::string& policy, const std::vector<model::ProviderState>& providers) {
  using State = model::CircuitBreaker::State;
  for (const model::ProviderState& provider : providers) {
    const double open = provider.circuit == State::kOpen ? 1 : 0;
    Gauge("noizy_routing_circuit_open",
          "1 while a provider is left alone after failures, 0.5 while one request tries it.",
          {{"policy", policy}, {"provider", provider.name}})
        .Set(provider.circuit == State::kHalfOpen ? 0.5 : open);
  }
}

void Count(const std::string& policy, const model::Outcome& outcome,
           const model::ModelClient& client) {
  Counter("noizy_routing_questions_total", "Questions asked of models, by what came of them.",
          {{"policy", policy}, {"outcome", outcome.answer ? "Answered" : outcome.reason}})
      .Increment();
  for (const model::Call& call : outcome.calls) Count(policy, call);
  TellCircuits(policy, client.providers());
}

void Count(const scheduling::Decided& decided) {
  const MetricLabels labels = {{"policy", decided.policy}};
  Counter("noizy_routing_decisions_total", "Tasks that were bound under a policy.", labels)
      .Increment();
  if (decided.cached)
    Counter("noizy_routing_cache_hits_total",
            "Tasks that were bound by what a model had said of an earlier one.", labels)
        .Increment();
  if (!decided.fallback) return;
  Counter("noizy_routing_fallbacks_total", "Tasks that a policy's fallback bound, by why.",
          {{"policy", decided.policy},
           {"reason", decided.outcome.empty() ? "NotAnswered" : decided.outcome}})
      .Increment();
}

}  // namespace

struct ModelAdvisor::Served {
  Served(model::ModelClientContext context, const Models& models)
      : identity(IdentityOf(models.options)), client(std::move(context), models.options) {}

  const std::string identity;
  model::ModelClient client;
  // Executor thread only.
  routing::Terms terms;
  std::string visibility;
  std::string mode;
};

ModelAdvisor::ModelAdvisor(AdvisorContext context, InformerFactory& informers)
    : context_(std::move(context)),
      tasks_(informers.Get<Task>().lister()),
      nodes_(informers.Get<Node>().lister()) {}

ModelAdvisor::~ModelAdvisor() = default;

void ModelAdvisor::Serve(const RoutingPolicy& policy, const Models& models,
                         const model::Expense& spent) {
  std::shared_ptr<Served>& served = served_[policy.metadata.name];
  if (!served || served->identity != IdentityOf(models.options)) {
    const model::Expense before = served ? served->client.spent_today() : spent;
    served = std::make_shared<Served>(
        model::ModelClientContext{context_.clock, context_.random, context_.connect, context_.pause,
                                  context_.stopped},
        models);
    served->client.RestoreSpending(before);
  }
  const RoutingAi ai = policy.spec.ai.value_or(RoutingAi{});
  served->terms = {policy.metadata.name, policy.metadata.generation, ai.band_percent,
                   ai.instructions, ai.temperature};
  served->visibility = ai.payload_visibility;
  served->mode = ai.mode;
}

void ModelAdvisor::Forget(const std::string& policy) {
  served_.erase(policy);
  figures_.erase(policy);
}

model::Asker ModelAdvisor::AskerOf(const std::string& policy) const {
  const auto found = served_.find(policy);
  if (found == served_.end()) return {};
  return [served = found->second, policy](const model::ChatRequest& chat, Duration deadline,
                                          const model::ModelClient::Accept& accept) {
    model::Outcome outcome = served->client.Ask(chat, deadline, accept);
    Count(policy, outcome, served->client);
    return outcome;
  };
}

PolicyFigures ModelAdvisor::FiguresOf(const std::string& policy) const {
  const auto known = figures_.find(policy);
  PolicyFigures figures = known == figures_.end() ? PolicyFigures{} : known->second;
  if (const auto served = served_.find(policy); served != served_.end()) {
    figures.providers = served->second->client.providers();
    figures.spent_today = served->second->client.spent_today();
    figures.exhausted = served->second->client.exhausted();
    TellCircuits(policy, figures.providers);
  }
  return figures;
}

void ModelAdvisor::NoteDecided(const scheduling::Decided& decided) {
  PolicyFigures& figures = figures_[decided.policy];
  ++figures.decisions;
  if (decided.fallback) ++figures.fallbacks;
  if (decided.cached) ++figures.cache_hits;
  Count(decided);
}

void ModelAdvisor::Ask(const scheduling::Question& asked, Done done) {
  const auto found = served_.find(asked.policy);
  if (found == served_.end())
    return done(Unavailable("no model of policy \"" + asked.policy + "\" can be asked"));
  const std::shared_ptr<Served> served = found->second;
  const auto task = tasks_.Get(asked.like.key);
  const auto question = QuestionOf(asked, served->terms, served->visibility, task.get(),
                                   [this](const std::string& name) {
                                     return nodes_.Get({"", name});
                                   });
  if (!question) return done(Unavailable("there is only one node to choose"));
  const bool taken = context_.run([served, done, question = *question, mode = served->mode,
                                   deadline = asked.deadline, policy = asked.policy] {
    const model::Outcome outcome =
        served->client.Ask(routing::PromptOf(question.inputs), deadline, AcceptFor(question));
    Count(policy, outcome, served->client);
    done(ReplyOf(question, outcome, mode));
  });
  if (!taken) done(Unavailable("too many questions are under way"));
}

}  // namespace noizy::routing_policy
