// Asks a policy's providers in their order until one gives an answer that can be used, the time is
// up, or there is nobody left to ask.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/mutex.h"
#include "machinery/base/random.h"
#include "machinery/model/chat.h"
#include "machinery/model/circuit_breaker.h"
#include "machinery/model/provider.h"
#include "machinery/model/provider_error.h"
#include "machinery/model/spending.h"
#include "machinery/model/wire_format.h"
#include "machinery/transport/http.h"

namespace noizy::model {

/// What the client needs from outside. All of it outlives the client.
struct ModelClientContext {
  const Clock& clock;
  Random& random;
  /// A way to a provider; ConnectTo but for tests.
  std::function<Result<std::unique_ptr<HttpTransport>>(const Provider&)> connect;
  /// Waits for so long, or until the process ends.
  std::function<void(Duration)> pause;
  /// True once nobody wants answers any more; nobody is asked then.
  std::function<bool()> stopped = {};
};

struct ModelClientOptions {
  std::vector<Provider> providers;  // in the order in which they are asked
  CircuitOptions circuit;
  Budget budget;
};

/// One request to one provider.
struct Call {
  std::string provider;
  Duration latency{};
  std::optional<ProviderError> error;
  TokenUsage usage = {};
  std::int64_t nanodollars = 0;
};

struct Outcome {
  std::optional<ChatAnswer> answer;
  /// Of the answer, or of the last one that was asked.
  std::string provider;
  /// "" with an answer; else a FaultRule's name, or NoProvider, CircuitOpen, BudgetExhausted or
  /// Stopped.
  std::string reason;
  std::string message;
  std::vector<Call> calls;
  /// The last answer that was of no use.
  std::string refused_text;
  /// From the first request to the end.
  Duration latency{};
  /// Of all calls.
  TokenUsage usage;
  std::int64_t nanodollars = 0;
};

/// Requests to one provider for one question, the first included.
inline constexpr int kMostTries = 3;

struct ProviderState {
  std::string name;
  CircuitBreaker::State circuit = CircuitBreaker::State::kClosed;
  std::string last_error;
  Duration latency{};
};

/// Thread-safe: circuits and budget are shared by all who ask, so that what one learns, the next
/// one knows.
class ModelClient {
 public:
  /// Ok when the answer can be used. It ends neither the circuit nor the time.
  using Accept = std::function<Status(const ChatAnswer&)>;

  ModelClient(ModelClientContext context, ModelClientOptions options);
  ModelClient(const ModelClient&) = delete;
  ModelClient& operator=(const ModelClient&) = delete;
  ~ModelClient();

  /// Blocks for no longer than `deadline`, but for what a provider's host may take to be found.
  /// Retries, waits and the providers that follow are all within it: a provider that has others
  /// after it gets its share of what is left.
  Outcome Ask(const ChatRequest& chat, Duration deadline, const Accept& accept);

  std::vector<ProviderState> providers() const;
  Expense spent_today() const;
  /// The limit that was in the way of the last request; "" when none was.
  std::string_view exhausted() const;
  /// What an earlier process spent today.
  void RestoreSpending(const Expense& spent);

 private:
  struct Known;
  struct Question;

  Known* Next(Question& question);
  Known* Askable(Question& question, MonotonicTime now, std::optional<MonotonicTime>& earliest)
      NOIZY_REQUIRES(mutex_);
  void CallOnce(Known& known, Question& question);
  bool Reserve(Known& known, Question& question, const Expense& most);
  static Expense Take(const Known& known, Question& question, const AnswerOrError& reply,
                      const Expense& most, Call& call);
  AnswerOrError Send(const Known& known, const ChatRequest& chat, Duration timeout) const;
  Duration TimeFor(const Known& known, const Question& question) const;
  void NoteError(Known& known, Question& question, const ProviderError& error)
      NOIZY_REQUIRES(mutex_);
  void Conclude(Question& question) const;

  const ModelClientContext context_;
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<Known>>
      known_;  // the list does not change; what is in it, under mutex_
  Spending spending_ NOIZY_GUARDED_BY(mutex_);
  std::string_view exhausted_ NOIZY_GUARDED_BY(mutex_);
};

/// ModelClient::Ask of some client, with whatever its owner does besides.
using Asker =
    std::function<Outcome(const ChatRequest&, Duration deadline, const ModelClient::Accept&)>;

}  // namespace noizy::model
