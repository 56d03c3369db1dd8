// Why a provider gave no answer, and what that means for the next try. What counts is the
// provider's error code, then the HTTP code: a 429 may say "in a second" or "when you have paid".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "machinery/base/clock.h"

namespace noizy::model {

enum class Fault : std::uint8_t {
  kUnreachable,    // refused, reset, no such host, not who it should be
  kTimeout,        // no complete answer in the time it had
  kRateLimited,    // too many requests just now
  kOverloaded,     // the provider has no room
  kServerError,    // the provider failed
  kQuota,          // paid for no more: waiting does not help
  kCredentials,    // the key is missing, wrong or may not
  kRequest,        // it refuses what it was sent: its other answers would be the same
  kContent,        // the model or a filter refused to answer
  kTruncated,      // the answer ended at its token limit
  kMalformed,      // no answer of the format it speaks
  kAnswerInvalid,  // an answer that whoever asked cannot use
};

/// What follows from a fault.
struct FaultRule {
  Fault fault;
  /// Told in a decision's record and in metrics.
  std::string_view name;
  /// Whether the same provider may be asked the same again.
  bool may_retry;
  /// Whether it says something about the provider, and so counts towards opening its circuit.
  bool counts;
  /// Whether it opens the circuit at once: no later request fares better.
  bool opens;
};

const FaultRule& RuleOf(Fault fault);

struct ProviderError {
  Fault fault = Fault::kServerError;
  int http_code = 0;  // 0: no reply came
  /// The provider's own code, such as "insufficient_quota".
  std::string code;
  std::string message;
  /// How long it asks to be left alone.
  std::optional<Duration> retry_after;
  /// The provider says whether to try again, whatever its code.
  std::optional<bool> may_retry;

  /// "429 insufficient_quota: You exceeded your current quota".
  std::string ToString() const;
};

/// What an HTTP code other than 2xx means where the body tells nothing better.
Fault FaultOfHttpCode(int code);

}  // namespace noizy::model
