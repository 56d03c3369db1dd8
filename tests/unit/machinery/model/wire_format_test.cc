#include "machinery/model/wire_format.h"

#include <gtest/gtest.h>

namespace noizy::model {
namespace {

TEST(WireFormatTest, IsFoundByTheApisName) {
  for (const std::string_view api : {"openai", "anthropic", "gemini", "ollama"}) {
    ASSERT_NE(WireFormatNamed(api), nullptr) << api;
    EXPECT_EQ(WireFormatNamed(api)->api, api);
  }
  EXPECT_EQ(WireFormatNamed("telepathy"), nullptr);
}

}  // namespace
}  // namespace noizy::model
