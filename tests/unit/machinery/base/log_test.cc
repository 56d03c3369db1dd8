#include "machinery/base/log.h"

#include <gtest/gtest.h>

namespace noizy {
namespace {

std::string Written(const std::function<void()>& write) {
  ::testing::internal::CaptureStderr();
  write();
  return ::testing::internal::GetCapturedStderr();
}

class LogTest : public ::testing::Test {
 protected:
  ~LogTest() override { ConfigureLog(LogLevel::kInfo, LogFormat::kText); }
};

TEST_F(LogTest, TextLinesCarryLevelMessageAndFields) {
  ConfigureLog(LogLevel::kInfo, LogFormat::kText);
  const std::string line = Written([] {
    LogInfo("Bound the Task", {{"object", "Task default/a"}});
  });
  EXPECT_TRUE(line.starts_with("I 20")) << line;
  EXPECT_NE(line.find("\"Bound the Task\" object=\"Task default/a\"\n"), std::string::npos) << line;
}

TEST_F(LogTest, JsonLinesAreJson) {
  ConfigureLog(LogLevel::kInfo, LogFormat::kJson);
  const std::string line = Written([] { LogWarning("Said \"so\"", {{"k", "v"}}); });
  EXPECT_TRUE(line.starts_with("{\"ts\":\"20")) << line;
  EXPECT_NE(line.find("\"level\":\"warning\",\"msg\":\"Said \\\"so\\\"\",\"k\":\"v\"}\n"),
            std::string::npos)
      << line;
}

TEST_F(LogTest, NobodyCanForgeALineOrMoveTheCursor) {
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    ConfigureLog(LogLevel::kInfo, format);
    const std::string line = Written([] { LogInfo("x", {{"name", "a\nI forged \x1b[2J\x7f"}}); });
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
    EXPECT_NE(line.find("\\n"), std::string::npos);
    EXPECT_NE(line.find("\\u001b"), std::string::npos);
  }
}

TEST_F(LogTest, LowerLevelsAreNotWritten) {
  ConfigureLog(LogLevel::kError, LogFormat::kText);
  EXPECT_EQ(Written([] { LogWarning("x"); }), "");
  EXPECT_NE(Written([] { LogError("x"); }), "");
  ConfigureLog(LogLevel::kDebug, LogFormat::kText);
  EXPECT_NE(Written([] { LogDebug("x"); }), "");
}

}  // namespace
}  // namespace noizy
