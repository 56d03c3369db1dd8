#include "machinery/model/provider_error.h"

#include <array>
#include <cstddef>

namespace noizy::model {
namespace {

constexpr bool kYes = true;
constexpr bool kNo = false;

// In the order of Fault.                                    again  counts opens
constexpr std::array kRules = {
    FaultRule{Fault::kUnreachable, "Unreachable", kYes, kYes, kNo},
    FaultRule{Fault::kTimeout, "Timeout", kNo, kYes, kNo},
    FaultRule{Fault::kRateLimited, "RateLimited", kYes, kYes, kNo},
    FaultRule{Fault::kOverloaded, "Overloaded", kYes, kYes, kNo},
    FaultRule{Fault::kServerError, "ServerError", kYes, kYes, kNo},
    FaultRule{Fault::kQuota, "QuotaExhausted", kNo, kYes, kYes},
    FaultRule{Fault::kCredentials, "CredentialsRefused", kNo, kYes, kYes},
    FaultRule{Fault::kRequest, "RequestRefused", kNo, kNo, kNo},
    FaultRule{Fault::kContent, "ContentRefused", kNo, kNo, kNo},
    FaultRule{Fault::kTruncated, "Truncated", kNo, kNo, kNo},
    FaultRule{Fault::kMalformed, "Malformed", kYes, kYes, kNo},
    FaultRule{Fault::kAnswerInvalid, "AnswerInvalid", kNo, kNo, kNo},
};

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kRules.size(); ++i) {
    if (static_cast<std::size_t>(kRules[i].fault) != i) return false;
  }
  return true;
}
static_assert(InOrder() && kRules.size() == static_cast<std::size_t>(Fault::kAnswerInvalid) + 1);

}  // namespace

const FaultRule& RuleOf(Fault fault) {
  return kRules[static_cast<std::size_t>(fault)];
}

std::string ProviderError::ToString() const {
  std::string text = http_code > 0 ? std::to_string(http_code) : std::string(RuleOf(fault).name);
  if (!code.empty()) text.append(" ").append(code);
  if (!message.empty()) text.append(": ").append(message);
  return text;
}

Fault FaultOfHttpCode(int code) {
  switch (code) {
    case 401:
    case 403:
      return Fault::kCredentials;
    case 402:
      return Fault::kQuota;
    case 408:
      return Fault::kTimeout;
    case 429:
      return Fault::kRateLimited;
    case 503:
    case 529:  // Anthropic's "overloaded"
      return Fault::kOverloaded;
    case 409:
    case 425:
      return Fault::kServerError;
    default:
      return code >= 500 ? Fault::kServerError : Fault::kRequest;
  }
}

}  // namespace noizy::model
