#include "machinery/model/retry_after.h"

#include <gtest/gtest.h>

#include "machinery/meta/time.h"

namespace noizy::model {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const WallTime kNow = *ParseTime("2026-11-22T10:00:00Z");

TEST(RetryAfterTest, ReadsEveryForm) {
  struct Case {
    HttpHeaders headers;
    Duration expected;
  };
  const std::vector<Case> cases = {
      {{{"Retry-After", "2"}}, seconds(2)},
      {{{"retry-after", "0.25"}}, milliseconds(250)},
      {{{"Retry-After", "Sun, 22 Nov 2026 10:00:07 GMT"}}, seconds(7)},
      {{{"Retry-After", "Sun, 22 Nov 2026 09:00:00 GMT"}}, seconds(0)},
      {{{"Retry-After-Ms", "150"}, {"Retry-After", "9"}}, milliseconds(150)},
      {{{"Retry-After", "1e9"}}, std::chrono::hours(24)},
      {{{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "6m0s"}},
       std::chrono::minutes(6)},
      {{{"x-ratelimit-remaining-requests", "0"},
        {"x-ratelimit-reset-requests", "12ms"},
        {"x-ratelimit-remaining-tokens", "0"},
        {"x-ratelimit-reset-tokens", "1s"}},
       seconds(1)},
      {{{"anthropic-ratelimit-tokens-remaining", "0"},
        {"anthropic-ratelimit-tokens-reset", "2026-11-22T10:00:30Z"}},
       seconds(30)},
  };
  for (const Case& one : cases) {
    const auto found = RetryAfter(one.headers, kNow);
    ASSERT_TRUE(found) << one.headers.front().second;
    EXPECT_EQ(*found, one.expected) << one.headers.front().second;
  }
}

TEST(RetryAfterTest, TakesNothingFromNonsense) {
  const std::vector<HttpHeaders> cases = {
      {},
      {{"Retry-After", ""}},
      {{"Retry-After", "-1"}},
      {{"Retry-After", "soon"}},
      {{"Retry-After", "nan"}},
      {{"Retry-After-Ms", "-5"}},
      {{"Retry-After", "Sun, 22 Xyz 2026 10:00:07 GMT"}},
      // There is room left: the reset is not ours to wait for.
      {{"x-ratelimit-remaining-requests", "12"}, {"x-ratelimit-reset-requests", "6m0s"}},
      // Azure's way of saying that it does not know.
      {{"x-ratelimit-remaining-requests", "-1"}, {"x-ratelimit-reset-requests", "0"}},
  };
  for (const HttpHeaders& headers : cases) {
    EXPECT_FALSE(RetryAfter(headers, kNow)) << (headers.empty() ? "" : headers.front().second);
  }
}

TEST(ParseHttpDateTest, ReadsTheFormThatIsSent) {
  EXPECT_EQ(*ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), *ParseTime("1994-11-06T08:49:37Z"));
  for (const char* text : {"", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 ovD 1994 08:49:37 GMT",
                           "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 31 Feb 2026 08:49:37 GMT"}) {
    EXPECT_FALSE(ParseHttpDate(text)) << text;
  }
}

}  // namespace
}  // namespace noizy::model
