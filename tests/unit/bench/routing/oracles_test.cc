#include "bench/routing/oracles.h"

#include <gtest/gtest.h>

namespace noizy::bench {
namespace {

TEST(ModelAtTest, TellsWhatBecameOfItsQuestions) {
  const auto asked = std::make_shared<Asked>();
  EXPECT_EQ(asked->ToString(), "0 questions, 0.00 s each: 0 answered");
  const model::Asker ask = ModelAt("nonsense", "m", asked);
  for (int i = 0; i < 2; ++i) {
    const model::Outcome outcome =
        ask({}, std::chrono::seconds(1), [](const model::ChatAnswer&) { return Status::Ok(); });
    EXPECT_EQ(outcome.reason, "RequestRefused") << outcome.message;
  }
  asked->waited = std::chrono::milliseconds(500);
  EXPECT_EQ(asked->ToString(), "2 questions, 0.25 s each: 0 answered, 2 RequestRefused");
}

}  // namespace
}  // namespace noizy::bench
