// A policy, two nodes and models that answer as a test says, over a FakeApi in virtual time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controllers/routing_policy/model_advisor.h"
#include "controllers/routing_policy/reconciler.h"
#include "kinds/secret.h"
#include "machinery/value/json.h"
#include "tests/fakes/reconciler_harness.h"

namespace noizy::routing_policy {

/// A provider that answers each request with what `answer` makes of the prompt.
class FakeModel final : public HttpTransport {
 public:
  using Answer = std::function<Result<HttpReply>(const HttpRequest&)>;
  explicit FakeModel(Answer answer) : answer_(std::move(answer)) {}
  Result<HttpReply> Do(const HttpRequest& request, std::chrono::milliseconds) override {
    return answer_(request);
  }
  Status Stream(const HttpRequest&, const StreamSink&) override { return Internal("unused"); }

 private:
  const Answer answer_;
};

/// An answer in the openai format.
inline HttpReply Chose(const std::string& id) {
  const Value placement = Object{{"candidate", id},
                                 {"taskClass", "inference"},
                                 {"estimate", "10 to 100 s"},
                                 {"confidence", "high"},
                                 {"reason", "It has the GPU."}};
  const Value body =
      Object{{"model", "m-1"},
             {"choices", Array{Object{{"message", Object{{"content", ToJson(placement)}}},
                                      {"finish_reason", "stop"}}}},
             {"usage", Object{{"prompt_tokens", 300}, {"completion_tokens", 40}}}};
  HttpReply reply;
  reply.body.emplace_back(ToJson(body));
  return reply;
}

/// What the model was told, without the rules.
inline Value Told(const HttpRequest& request) {
  const Value body = *ParseJson(request.body);
  return *ParseJson(StringAt(ArrayAt(body, {"messages"})->at(1), {"content"}));
}

inline RoutingPolicy AskingPolicy() {
  RoutingPolicy policy;
  policy.metadata.name = "inference";
  policy.metadata.generation = 1;
  policy.spec.strategy = "AI";
  RoutingAi& ai = policy.spec.ai.emplace();
  ai.mode = "Wait";
  RoutingProvider& provider = ai.providers.emplace_back();
  provider.name = "local";
  provider.api = "openai";
  provider.base_url = "http://127.0.0.1:4000";
  provider.model = "m";
  return policy;
}

struct World {
  ReconcilerHarness harness;
  FakeModel::Answer answer = [](const HttpRequest&) { return Chose("c1"); };
  /// What waits to be run on another thread.
  std::vector<std::function<void()>> elsewhere;
  bool has_room = true;
  std::shared_ptr<ModelAdvisor> advisor;

  World() {
    harness.api.AddKind<RoutingPolicy>();
    harness.api.AddKind<Secret>();
    harness.api.AddKind<Task>();
    harness.api.AddKind<Node>();
    advisor = std::make_shared<ModelAdvisor>(Context(), harness.informers);
    auto& controller = harness.Add(std::make_unique<RoutingPolicyReconciler>(
        harness.Context(), advisor,
        [](const std::string&) -> std::optional<std::string> { return {}; }));
    controller.For<RoutingPolicy>();
  }

  AdvisorContext Context() {
    const auto connect = [this](const model::Provider&) -> Result<std::unique_ptr<HttpTransport>> {
      return std::unique_ptr<HttpTransport>(
          std::make_unique<FakeModel>([this](const HttpRequest& r) { return answer(r); }));
    };
    const auto pause = [this](Duration span) { harness.clock.Advance(span); };
    const auto run = [this](std::function<void()> function) {
      if (has_room) elsewhere.push_back(std::move(function));
      return has_room;
    };
    return {harness.clock, harness.random, connect, pause, run};
  }

  void RunElsewhere() {
    for (const auto& function : std::exchange(elsewhere, {})) function();
  }

  RoutingPolicy Policy() { return *harness.api.Find<RoutingPolicy>({"", "inference"}); }
};

}  // namespace noizy::routing_policy
