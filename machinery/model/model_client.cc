#include "machinery/model/model_client.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "machinery/value/json.h"

namespace noizy::model {
namespace {

using std::chrono::milliseconds;

// The wait before the same provider is asked again; doubled from try to try, and shortened by up to
// a quarter, so that those who failed together do not come back together.
constexpr milliseconds kFirstWait{100};
constexpr double kJitter = 0.25;
// Of the time that is left, for a provider that has others behind it.
constexpr double kShare = 0.6;

// A provider that failed before it began costs nothing; one that was not heard to the end may.
bool MayHaveCost(const ProviderError& error) {
  return error.fault == Fault::kTimeout || (error.http_code >= 200 && error.http_code < 300);
}

std::size_t BytesOf(const ChatRequest& chat) {
  const std::size_t schema = chat.answer_schema.is_null() ? 0 : ToJson(chat.answer_schema).size();
  return chat.system.size() + chat.user.size() + schema;
}

// The most that a call can cost.
Expense MostFor(const Provider& provider, const ChatRequest& chat) {
  const TokenUsage most{TokensOf(BytesOf(chat)), chat.max_tokens};
  Expense expense{most.input + most.output, {}};
  if (provider.price) expense.nanodollars = provider.price->Of(most);
  return expense;
}

}  // namespace

struct ModelClient::Known {
  Known(std::size_t place, Provider given, Result<std::unique_ptr<HttpTransport>> way,
        CircuitOptions options)
      : index(place),
        provider(std::move(given)),
        transport(std::move(way)),
        format(WireFormatNamed(provider.api)),
        circuit(options) {}

  const std::size_t index;
  const Provider provider;
  const Result<std::unique_ptr<HttpTransport>> transport;
  const WireFormat* const format;
  // Under the client's mutex.
  CircuitBreaker circuit;
  std::string last_error;
  Duration latency{};
};

struct ModelClient::Question {
  // How far one provider has come with it.
  struct Progress {
    int tries = 0;
    bool done = false;
    MonotonicTime not_before{};
  };

  const ChatRequest& chat;
  const Accept& accept;
  MonotonicTime began;
  MonotonicTime deadline;
  std::vector<Progress> progress;  // by the provider's place
  std::string_view over_budget;
  Outcome outcome;
};

ModelClient::ModelClient(ModelClientContext context, ModelClientOptions options)
    : context_(std::move(context)), spending_(options.budget) {
  for (Provider& provider : options.providers) {
    auto transport = context_.connect(provider);
    known_.push_back(std::make_unique<Known>(known_.size(), std::move(provider),
                                             std::move(transport), options.circuit));
  }
}

ModelClient::~ModelClient() = default;

Outcome ModelClient::Ask(const ChatRequest& chat, Duration deadline, const Accept& accept) {
  const MonotonicTime now = context_.clock.Monotonic();
  Question question{chat, accept, now, now + deadline, {}, {}, {}};
  question.progress.resize(known_.size());
  while (!question.outcome.answer) {
    Known* const known = Next(question);
    if (known == nullptr) break;
    CallOnce(*known, question);
  }
  question.outcome.latency = context_.clock.Monotonic() - now;
  Conclude(question);
  return std::move(question.outcome);
}

// The first provider in order that may be asked now; waits for one when that is worth it.
ModelClient::Known* ModelClient::Next(Question& question) {
  while (true) {
    const MonotonicTime now = context_.clock.Monotonic();
    if (now >= question.deadline || (context_.stopped && context_.stopped())) return nullptr;
    std::optional<MonotonicTime> earliest;
    {
      const MutexLock lock(mutex_);
      if (Known* known = Askable(question, now, earliest)) return known;
    }
    if (!earliest || *earliest >= question.deadline) return nullptr;
    context_.pause(*earliest - now);
  }
}

ModelClient::Known* ModelClient::Askable(Question& question, MonotonicTime now,
                                         std::optional<MonotonicTime>& earliest) {
  for (std::size_t i = 0; i < known_.size(); ++i) {
    Known& known = *known_[i];
    const Question::Progress& progress = question.progress[i];
    if (progress.done || progress.tries >= kMostTries) continue;
    MonotonicTime from = progress.not_before;
    if (known.circuit.state(now) == CircuitBreaker::State::kOpen)
      from = std::max(from, known.circuit.opens_until());
    if (from > now) {
      earliest = earliest ? std::min(*earliest, from) : from;
    } else if (known.circuit.TryEnter(now)) {
      return &known;
    }
  }
  return nullptr;
}

Duration ModelClient::TimeFor(const Known& known, const Question& question) const {
  const MonotonicTime now = context_.clock.Monotonic();
  const Duration left = question.deadline - now;
  const MutexLock lock(mutex_);
  for (std::size_t i = 0; i < known_.size(); ++i) {
    const bool other = known_[i].get() != &known && !question.progress[i].done;
    if (other && known_[i]->circuit.state(now) != CircuitBreaker::State::kOpen) {
      return std::chrono::duration_cast<Duration>(left * kShare);
    }
  }
  return left;
}

AnswerOrError ModelClient::Send(const Known& known, const ChatRequest& chat,
                                Duration timeout) const {
  if (!known.transport.ok()) return ErrorOfTransport(known.transport.status());
  const HttpRequest request = known.format->encode(chat, known.provider);
  Result<HttpReply> reply =
      (*known.transport)
          ->Do(request, std::max(milliseconds(1), std::chrono::ceil<milliseconds>(timeout)));
  if (!reply.ok()) return ErrorOfTransport(reply.status());
  // Before it is read: an error's message is cut, a key in it with it.
  std::string body = reply->BodyText();
  TakeOutKey(known.provider.api_key, body);
  reply->body.clear();
  reply->body.emplace_back(std::move(body));
  AnswerOrError read = ReadReply(*known.format, *reply, context_.clock.Now());
  // And after it: JSON has more than one way to write a key.
  auto* error = std::get_if<ProviderError>(&read);
  TakeOutKey(known.provider.api_key, error ? error->message : std::get<ChatAnswer>(read).text);
  return read;
}

void ModelClient::CallOnce(Known& known, Question& question) {
  const Expense most = MostFor(known.provider, question.chat);
  if (!Reserve(known, question, most)) return;
  const Duration timeout = TimeFor(known, question);
  const MonotonicTime sent = context_.clock.Monotonic();
  const AnswerOrError reply = Send(known, question.chat, timeout);
  Call call{known.provider.name, context_.clock.Monotonic() - sent, {}, {}, 0};
  const Expense actual = Take(known, question, reply, most, call);

  question.outcome.provider = known.provider.name;
  call.nanodollars = actual.nanodollars.value_or(0);
  question.outcome.nanodollars += call.nanodollars;
  {
    const MutexLock lock(mutex_);
    spending_.Settle(most, actual, context_.clock.Now());
    known.latency = call.latency;
    if (call.error) {
      NoteError(known, question, *call.error);
    } else {
      known.circuit.Succeeded();
    }
  }
  question.outcome.calls.push_back(std::move(call));
}

bool ModelClient::Reserve(Known& known, Question& question, const Expense& most) {
  Question::Progress& progress = question.progress[known.index];
  ++progress.tries;
  const MutexLock lock(mutex_);
  question.over_budget = spending_.Reserve(most, context_.clock.Now());
  exhausted_ = question.over_budget;
  if (question.over_budget.empty()) return true;
  progress.done = true;
  known.circuit.Abandoned();
  return false;
}

// What the reply means for the question, and what it cost.
Expense ModelClient::Take(const Known& known, Question& question, const AnswerOrError& reply,
                          const Expense& most, Call& call) {
  if (const auto* error = std::get_if<ProviderError>(&reply)) {
    call.error = *error;
    return MayHaveCost(*error) ? most : Expense{};
  }
  const auto& answer = std::get<ChatAnswer>(reply);
  call.usage = answer.usage;
  question.outcome.usage.input += answer.usage.input;
  question.outcome.usage.output += answer.usage.output;
  if (const Status accepted = question.accept(answer); accepted.ok()) {
    question.outcome.answer = answer;
  } else {
    call.error = Unfinished(Fault::kAnswerInvalid, "");
    call.error->message = accepted.message();
    question.outcome.refused_text = answer.text;
  }
  return {answer.usage.input + answer.usage.output,
          known.provider.price.value_or(Price{}).Of(answer.usage)};
}

void ModelClient::NoteError(Known& known, Question& question, const ProviderError& error) {
  const MonotonicTime now = context_.clock.Monotonic();
  const FaultRule& rule = RuleOf(error.fault);
  known.last_error = error.ToString();
  if (rule.opens) {
    known.circuit.Open(now);
  } else if (rule.counts && error.retry_after) {
    known.circuit.LeaveAlone(now + *error.retry_after);
  } else if (rule.counts) {
    known.circuit.Failed(now);
  } else {
    known.circuit.Succeeded();  // it is there, and answers
  }
  Question::Progress& progress = question.progress[known.index];
  const bool again = error.may_retry.value_or(rule.may_retry) && !rule.opens;
  if (!again) progress.done = true;
  const double wait =
      static_cast<double>(1 << (progress.tries - 1)) * (1 - kJitter * context_.random.Unit());
  const auto backoff = std::chrono::duration_cast<Duration>(kFirstWait * wait);
  progress.not_before = now + std::max(backoff, error.retry_after.value_or(Duration::zero()));
}

// Why there is no answer: what went wrong last, unless nothing was even tried.
void ModelClient::Conclude(Question& question) const {
  Outcome& outcome = question.outcome;
  if (outcome.answer) return;
  if (known_.empty()) {
    outcome.reason = "NoProvider";
    outcome.message = "the policy names no provider";
  } else if (!outcome.calls.empty()) {
    const ProviderError& last = *outcome.calls.back().error;
    outcome.reason = RuleOf(last.fault).name;
    outcome.message = outcome.provider + ": " + last.ToString();
  } else if (!question.over_budget.empty()) {
    outcome.reason = "BudgetExhausted";
    outcome.message = "the policy's budget has no room for it: ";
    outcome.message += question.over_budget;
  } else if (context_.stopped && context_.stopped()) {
    outcome.reason = "Stopped";
    outcome.message = "whoever asks is stopping";
  } else {
    outcome.reason = "CircuitOpen";
    outcome.message = "every provider is left alone for now, after it failed";
  }
}

std::vector<ProviderState> ModelClient::providers() const {
  const MonotonicTime now = context_.clock.Monotonic();
  const MutexLock lock(mutex_);
  std::vector<ProviderState> states;
  for (const auto& known : known_) {
    states.push_back(
        {known->provider.name, known->circuit.state(now), known->last_error, known->latency});
  }
  return states;
}

Expense ModelClient::spent_today() const {
  const MutexLock lock(mutex_);
  return spending_.today(context_.clock.Now());
}

std::string_view ModelClient::exhausted() const {
  const MutexLock lock(mutex_);
  return exhausted_;
}

void ModelClient::RestoreSpending(const Expense& spent) {
  const MutexLock lock(mutex_);
  spending_.Restore(spent, context_.clock.Now());
}

}  // namespace noizy::model
