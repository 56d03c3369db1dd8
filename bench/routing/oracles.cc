#include "bench/routing/oracles.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "machinery/base/random.h"
#include "machinery/value/json.h"

namespace noizy::bench {
namespace {

double Number(const Value& object, std::string_view name) {
  const Value* value = Find(object, {name});
  return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

double FinishOf(const Value& candidate) {
  return Number(candidate, "finishSeconds");
}

bool Sooner(const Value& a, const Value& b) {
  return FinishOf(a) < FinishOf(b);
}

bool HasGpu(const Value& candidate, std::string_view maker) {
  const Array* gpus = ArrayAt(candidate, {"gpus"});
  return gpus != nullptr && std::ranges::any_of(*gpus, [&](const Value& gpu) {
           return StringAt(gpu, {"name"}).find(maker) != std::string_view::npos;
         });
}

/// A word in a task's text, and who has what it stands for.
struct Wish {
  std::string_view word;
  bool (*met)(const Value& candidate);
};

constexpr std::array kWishes = {
    Wish{"CUDA", [](const Value& c) { return HasGpu(c, "NVIDIA"); }},
    Wish{"NVIDIA", [](const Value& c) { return HasGpu(c, "NVIDIA"); }},
    Wish{"ROCm", [](const Value& c) { return HasGpu(c, "Radeon"); }},
    Wish{"Metal", [](const Value& c) { return HasGpu(c, "Apple"); }},
    Wish{"ProRes", [](const Value& c) { return HasGpu(c, "Apple"); }},
    Wish{".exe", [](const Value& c) { return StringAt(c, {"os"}) == "windows"; }},
    Wish{"PowerShell", [](const Value& c) { return StringAt(c, {"os"}) == "windows"; }},
    Wish{"Xcode", [](const Value& c) { return StringAt(c, {"os"}) == "darwin"; }},
    Wish{"systemd", [](const Value& c) { return StringAt(c, {"os"}) == "linux"; }},
    Wish{"apt-get", [](const Value& c) { return StringAt(c, {"os"}) == "linux"; }},
};

/// The candidates that the task's text asks for; all where it asks for none of them.
std::vector<Value> Wanted(const Value& shown) {
  const Array* candidates = ArrayAt(shown, {"candidates"});
  std::vector<Value> all(candidates->begin(), candidates->end());
  const std::string_view text = StringAt(shown, {"task", "untrustedText"});
  std::vector<Value> wanted = all;
  for (const Wish& wish : kWishes) {
    if (text.find(wish.word) == std::string_view::npos) continue;
    std::erase_if(wanted, [&](const Value& candidate) { return !wish.met(candidate); });
  }
  return wanted.empty() ? all : wanted;
}

std::string Chosen(const Value& candidate) {
  return ToJson(Object{{"candidate", StringAt(candidate, {"id"})},
                       {"taskClass", "other"},
                       {"estimate", "10 to 100 s"},
                       {"confidence", "medium"},
                       {"reason", "It seems to be the best one"}});
}

model::Outcome Said(std::string text, const model::ModelClient::Accept& accept) {
  model::Outcome outcome;
  outcome.provider = "simulated";
  model::ChatAnswer answer{std::move(text), {}, "simulated"};
  if (const Status usable = accept(answer); !usable.ok()) {
    outcome.reason = "AnswerInvalid";
    outcome.message = usable.message();
    outcome.refused_text = std::move(answer.text);
    return outcome;
  }
  outcome.answer = std::move(answer);
  return outcome;
}

std::string Read(const Value& shown, const Noise& noise, Random& random) {
  const double drawn = random.Unit();
  if (drawn < noise.garbage) return "I would go for the first one.";
  const Array& all = *ArrayAt(shown, {"candidates"});
  if (drawn < noise.garbage + noise.wrong) return Chosen(all[random.Below(all.size())]);
  const std::vector<Value> wanted = Wanted(shown);
  return Chosen(*std::ranges::min_element(wanted, Sooner));
}

}  // namespace

model::Asker Reader(Noise noise, std::uint64_t seed) {
  return [noise, random = std::make_shared<SeededRandom>(seed)](
             const model::ChatRequest& prompt, Duration, const model::ModelClient::Accept& accept) {
    return Said(Read(*ParseJson(prompt.user), noise, *random), accept);
  };
}

model::Asker Adversary() {
  return [](const model::ChatRequest& prompt, Duration, const model::ModelClient::Accept& accept) {
    const Value shown = *ParseJson(prompt.user);
    return Said(Chosen(*std::ranges::max_element(*ArrayAt(shown, {"candidates"}), Sooner)), accept);
  };
}

std::string Asked::ToString() const {
  std::size_t answered = questions;
  for (const auto& [reason, count] : failures) answered -= count;
  const double each = std::chrono::duration<double>(waited).count() /
                      static_cast<double>(std::max<std::size_t>(questions, 1));
  std::array<char, 32> seconds{};
  std::snprintf(seconds.data(), seconds.size(), "%.2f", each);
  std::string text = std::to_string(questions);
  text.append(" questions, ").append(seconds.data()).append(" s each: ");
  text.append(std::to_string(answered)).append(" answered");
  for (const auto& [reason, count] : failures)
    text.append(", ").append(std::to_string(count)).append(" ").append(reason);
  return text;
}

model::Asker ModelAt(const std::string& url, const std::string& name,
                     std::shared_ptr<Asked> asked) {
  model::ModelClientOptions options;
  model::Provider& provider = options.providers.emplace_back();
  provider.name = "url";
  provider.api = "openai";
  provider.base_url = url;
  provider.model = name;
  const auto client = std::make_shared<model::ModelClient>(
      model::ModelClientContext{RealClock::Instance(), SystemRandom::Instance(), model::ConnectTo,
                                [](Duration span) { std::this_thread::sleep_for(span); }},
      options);
  return [client, asked = std::move(asked)](const model::ChatRequest& prompt, Duration deadline,
                                            const model::ModelClient::Accept& accept) {
    model::Outcome outcome = client->Ask(prompt, deadline, accept);
    ++asked->questions;
    asked->waited += outcome.latency;
    if (!outcome.answer) ++asked->failures[outcome.reason];
    return outcome;
  };
}

}  // namespace noizy::bench
