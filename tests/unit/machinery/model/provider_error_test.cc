#include "machinery/model/provider_error.h"

#include <gtest/gtest.h>

namespace noizy::model {
namespace {

TEST(FaultOfHttpCodeTest, TellsWhatMayBeTriedAgain) {
  struct Case {
    int code;
    Fault fault;
    bool may_retry;
  };
  const std::vector<Case> cases = {
      {400, Fault::kRequest, false},    {401, Fault::kCredentials, false},
      {402, Fault::kQuota, false},      {403, Fault::kCredentials, false},
      {404, Fault::kRequest, false},    {408, Fault::kTimeout, false},
      {409, Fault::kServerError, true}, {422, Fault::kRequest, false},
      {429, Fault::kRateLimited, true}, {500, Fault::kServerError, true},
      {502, Fault::kServerError, true}, {503, Fault::kOverloaded, true},
      {504, Fault::kServerError, true}, {529, Fault::kOverloaded, true},
      {301, Fault::kRequest, false},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(FaultOfHttpCode(one.code), one.fault) << one.code;
    EXPECT_EQ(RuleOf(one.fault).may_retry, one.may_retry) << one.code;
  }
}

TEST(ProviderErrorTest, TellsCodeAndWords) {
  ProviderError error;
  error.fault = Fault::kQuota;
  error.http_code = 429;
  error.code = "insufficient_quota";
  error.message = "You exceeded your current quota";
  EXPECT_EQ(error.ToString(), "429 insufficient_quota: You exceeded your current quota");
  ProviderError silent;
  silent.fault = Fault::kTimeout;
  EXPECT_EQ(silent.ToString(), "Timeout");
}

}  // namespace
}  // namespace noizy::model
