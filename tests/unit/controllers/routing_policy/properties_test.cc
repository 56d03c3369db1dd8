// What must hold whatever a model answers, checked over random grids, Tasks and providers, garbage
// and faults among them: a bound node could run the Task, nobody waited past the deadline, nothing
// was spent past the budget, and every question left a record that repeats its decision.
// NOIZY_ROUTING_CASES sets how many (grid, Task, answer) are tried.
#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <deque>
#include <map>

#include "controllers/routing_policy/advice.h"
#include "machinery/routing/record.h"
#include "tests/unit/controllers/routing_policy/world.h"
#include "tests/unit/machinery/scheduling/grids.h"

namespace noizy::routing_policy {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kCasesPerClient = 40;
constexpr std::int64_t kReportedTokens = 340;  // by an answer of Chose()'s

std::uint64_t CasesWanted() {
  const char* text = std::getenv("NOIZY_ROUTING_CASES");
  std::uint64_t cases = 20'000;
  if (text != nullptr) std::from_chars(text, text + std::string_view(text).size(), cases);
  return cases;
}

HttpReply Body(std::string text, int code = 200) {
  HttpReply reply;
  reply.code = code;
  reply.body.emplace_back(std::move(text));
  return reply;
}

/// Providers that do whatever providers do, in virtual time, behind one real client.
class Providers {
 public:
  explicit Providers(std::uint64_t seed) : random_(seed) {
    const auto connect = [this](const model::Provider&) -> Result<std::unique_ptr<HttpTransport>> {
      return std::unique_ptr<HttpTransport>(std::make_unique<Line>(*this));
    };
    model::ModelClientOptions options;
    options.providers.resize(1 + random_.Below(2));
    for (std::size_t i = 0; i < options.providers.size(); ++i) {
      options.providers[i].name = "p" + std::to_string(i);
      options.providers[i].api = "openai";
      options.providers[i].base_url = "http://127.0.0.1:1";
      options.providers[i].model = "m";
    }
    if (random_.Below(2) == 0) budget_.requests_per_minute = 1 + random_.Below(20);
    if (random_.Below(2) == 0) budget_.tokens_per_day = 500 + random_.Below(20'000);
    options.budget = budget_;
    client_ = std::make_unique<model::ModelClient>(
        model::ModelClientContext{clock_, random_, connect,
                                  [this](Duration span) { clock_.Advance(span); }},
        std::move(options));
  }

  /// Asks, and checks time and budget.
  model::Outcome Ask(const routing::Question& question, Duration deadline) {
    const MonotonicTime began = clock_.Monotonic();
    model::Outcome outcome =
        client_->Ask(routing::PromptOf(question.inputs), deadline, AcceptFor(question));
    // A transport counts in milliseconds.
    EXPECT_LE(clock_.Monotonic() - began, deadline + milliseconds(1));
    if (budget_.tokens_per_day) {
      EXPECT_LE(tokens_, *budget_.tokens_per_day);
      EXPECT_LE(client_->spent_today().tokens, *budget_.tokens_per_day);
    }
    if (budget_.requests_per_minute) CheckLastMinute();
    return outcome;
  }
  FakeClock& clock() { return clock_; }

 private:
  struct Line final : HttpTransport {
    explicit Line(Providers& owner) : all(owner) {}
    Result<HttpReply> Do(const HttpRequest&, milliseconds timeout) override {
      return all.Answer(timeout);
    }
    Status Stream(const HttpRequest&, const StreamSink&) override { return Internal("unused"); }
    Providers& all;
  };

  void CheckLastMinute() {
    while (!calls_.empty() && calls_.front() <= clock_.Monotonic() - std::chrono::minutes(1))
      calls_.pop_front();
    EXPECT_LE(static_cast<std::int64_t>(calls_.size()), *budget_.requests_per_minute);
  }

  Result<HttpReply> Answer(milliseconds timeout) {
    calls_.push_back(clock_.Monotonic());
    const milliseconds needed(random_.Below(2500));
    clock_.Advance(std::min(timeout, needed));
    if (needed >= timeout) return Timeout("no answer");
    switch (random_.Below(8)) {
      case 0:
        return Body(Garbage(), 200 + static_cast<int>(random_.Below(400)));
      case 1: {
        HttpReply reply = Body(R"({"error":{"message":"slow down"}})", 429);
        reply.headers.emplace_back("Retry-After", std::to_string(random_.Below(5)));
        return reply;
      }
      case 2:
        return Unavailable("connection refused");
      case 3:
        return Mangled(Chose("c" + std::to_string(random_.Below(9))));
      default:
        tokens_ += kReportedTokens;
        return Chose("c" + std::to_string(random_.Below(7)));
    }
  }
  std::string Garbage() {
    std::string text(random_.Below(200), ' ');
    for (char& c : text) c = static_cast<char>(random_.Below(256));
    return text;
  }
  // One byte of it is another.
  HttpReply Mangled(const HttpReply& reply) {
    std::string text = reply.BodyText();
    text[random_.Below(text.size())] = static_cast<char>(random_.Below(256));
    return Body(std::move(text));
  }

  FakeClock clock_;
  SeededRandom random_;
  model::Budget budget_;
  std::unique_ptr<model::ModelClient> client_;
  std::deque<MonotonicTime> calls_;
  std::int64_t tokens_ = 0;
};

/// One grid, one Task that asks, and what is in its way.
class Case {
 public:
  Case(std::uint64_t seed, Providers& providers) : random_(seed), providers_(providers) {
    for (scheduling::NodeView& node : random_.Nodes()) {
      grid_.SetNode(node);
      nodes_[node.name] = std::move(node);
    }
    for (scheduling::TaskView& task : random_.Tasks(5)) {
      if (nodes_.empty()) break;
      auto node = nodes_.begin();
      std::advance(node, static_cast<std::ptrdiff_t>(random_.Below(nodes_.size())));
      task.node = node->first;
      running_.push_back(task);
      grid_.SetTask(task);
    }
    wanted_ = random_.Task("wanted");
    wanted_.gang.reset();
    wanted_.planned.reset();  // a plan's place has the plan's record
    wanted_.routing.policy = "p";
    wanted_.routing.strategies.insert(wanted_.routing.strategies.begin(), "AI");
    wanted_.routing.require_ai = random_.OneIn(6);
    scheduling::AiRouting& ai = wanted_.routing.ai.emplace();
    ai.waits = !random_.OneIn(3);
    ai.counts = !random_.OneIn(6);
    ai.band_percent = static_cast<double>(random_.Below(200));
    ai.deadline = milliseconds(1 + random_.Below(3000));
    grid_.SetTask(wanted_);
  }

  /// Returns the questions that were asked.
  std::uint64_t Run() {
    std::uint64_t questions = 0;
    Check(Plan());
    for (const scheduling::Question& question : std::exchange(asked_, {})) {
      ++questions;
      Carry(question);
      Check(Plan());
    }
    return questions;
  }

 private:
  scheduling::Plan Plan() {
    scheduling::Plan plan = scheduling::Decide(grid_, providers_.clock().Now());
    asked_ = plan.questions;
    return plan;
  }

  void Carry(const scheduling::Question& question) {
    routing::Terms terms;
    terms.policy = "p";
    terms.band_percent = wanted_.routing.ai->band_percent;
    const auto asked = QuestionOf(question, terms, "Features", nullptr,
                                  [](const std::string&) { return std::shared_ptr<const Node>(); });
    ASSERT_TRUE(asked) << "the core asks only where there is something to choose";
    const model::Outcome outcome = providers_.Ask(*asked, question.deadline);
    scheduling::Reply reply = ReplyOf(*asked, outcome, "Wait");
    ASSERT_NE(reply.record, nullptr);
    EXPECT_FALSE(reply.record->outcome.empty());
    EXPECT_EQ(reply.record->candidate_nodes, asked->nodes);
    const Status replayed = routing::Replay(*reply.record);
    EXPECT_TRUE(replayed.ok()) << replayed.message();
    record_ = reply.record;
    grid_.SetAdvice(question.task_class, reply, providers_.clock().Now());
  }

  void Check(const scheduling::Plan& plan) {
    for (const scheduling::Binding& binding : plan.bindings) {
      ASSERT_EQ(binding.task.name, "wanted");
      CheckFits(nodes_.at(binding.node));
      if (!binding.advice) continue;
      ASSERT_EQ(binding.record, record_) << "a model's decision has its record";
      EXPECT_EQ(binding.record->answer_node, binding.node);
      EXPECT_TRUE(wanted_.routing.ai->counts);
    }
  }
  // By hand: what makes a node fit, without the scheduler's filters.
  void CheckFits(const scheduling::NodeView& node) {
    scheduling::Resources used;
    for (const scheduling::TaskView& task : running_) {
      if (task.node == node.name) scheduling::AddTo(used, task.requests);
    }
    EXPECT_EQ(scheduling::MissingResource(wanted_.requests, node.allocatable, used), "");
    EXPECT_TRUE(node.ready && !node.unschedulable);
    EXPECT_TRUE(node.capabilities.contains(wanted_.type));
    EXPECT_TRUE(wanted_.node_name.empty() || wanted_.node_name == node.name);
    EXPECT_TRUE(wanted_.pinned_to.empty() || wanted_.pinned_to == node.name);
    for (const auto& label : wanted_.node_selector)
      EXPECT_EQ(std::ranges::count(node.labels, label), 1);
    for (const scheduling::Taint& taint : node.taints) {
      const bool soft = taint.effect == scheduling::TaintEffect::kPreferNoSchedule;
      EXPECT_TRUE(soft || !wanted_.tolerations.empty());
    }
  }

  scheduling::RandomGrid random_;
  Providers& providers_;
  scheduling::Grid grid_;
  std::map<std::string, scheduling::NodeView> nodes_;
  std::vector<scheduling::TaskView> running_;
  scheduling::TaskView wanted_;
  std::vector<scheduling::Question> asked_;
  std::shared_ptr<const RoutingRecord> record_;
};

TEST(RoutingProperties, HoldForEveryGridTaskAndAnswer) {
  const std::uint64_t cases = CasesWanted();
  std::uint64_t answers = 0;
  std::unique_ptr<Providers> providers;
  for (std::uint64_t seed = 0; answers < cases; ++seed) {
    if (seed % kCasesPerClient == 0) providers = std::make_unique<Providers>(seed);
    answers += Case(seed, *providers).Run();
    ASSERT_FALSE(HasFailure()) << "with seed " << seed;
  }
  std::printf("%llu (grid, Task, answer)\n", static_cast<unsigned long long>(answers));
}

}  // namespace
}  // namespace noizy::routing_policy
