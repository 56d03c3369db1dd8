#include "apiserver/audit/audit_log.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "machinery/os/files.h"

namespace noizy::apiserver {
namespace {

class AuditLogTest : public ::testing::Test {
 protected:
  AuditLogTest() {
    folder_ = ::testing::TempDir() + "noizy-audit-" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    options_.path = folder_ + "/audit.log";
  }
  ~AuditLogTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<AuditLog> Open() {
    auto log = AuditLog::Open(options_, clock_, executor_);
    EXPECT_TRUE(log.ok()) << log.status().message();
    return *std::move(log);
  }
  std::string Text() { return ReadFile(options_.path).ValueOr(""); }

  // Long enough for what has gathered to be written.
  void Pause() { executor_.Advance(std::chrono::seconds(1)); }

  std::string folder_;
  AuditLogOptions options_;
  FakeClock clock_;
  FakeExecutor executor_{clock_};
};

TEST_F(AuditLogTest, LinesAreWrittenApartFromWhoeverSendsThem) {
  const auto log = Open();
  log->Write("a");
  log->Write("b");
  EXPECT_EQ(executor_.RunUntilIdle(), 1) << "one write for both";
  EXPECT_EQ(Text(), "a\nb\n");
}

TEST_F(AuditLogTest, ManyLinesAreWrittenTogether) {
  const auto log = Open();
  log->Write("a");
  executor_.RunUntilIdle();
  EXPECT_EQ(Text(), "a\n") << "a line alone does not wait";
  log->Write("b");
  log->Write("c");
  EXPECT_EQ(executor_.RunUntilIdle(), 0);
  Pause();
  EXPECT_EQ(Text(), "a\nb\nc\n");
}

TEST_F(AuditLogTest, WhatIsQueuedAtTheEndIsWritten) {
  Open()->Write("last");
  EXPECT_EQ(Text(), "last\n");
}

TEST_F(AuditLogTest, AFileIsContinued) {
  Open()->Write("a");
  Open()->Write("b");
  EXPECT_EQ(Text(), "a\nb\n");
}

TEST_F(AuditLogTest, AFullQueueDropsAndCounts) {
  options_.max_queued_bytes = 8;
  Counter dropped("noizy_apiserver_audit_events_dropped_total", "");
  const double before = dropped.Value();
  const auto log = Open();
  log->Write("12345");
  log->Write("12345");
  EXPECT_EQ(dropped.Value(), before + 1);
  Pause();
  log->Write("67890");
  Pause();
  EXPECT_EQ(Text(), "12345\n67890\n");
}

TEST_F(AuditLogTest, AFullFileIsPutAsideAndTheOldestRemoved) {
  options_.max_bytes = 10;
  options_.max_backups = 2;
  const auto log = Open();
  for (const char* line : {"1111111", "2222222", "3333333", "4444444", "5555555"}) {
    log->Write(line);
    Pause();
  }
  EXPECT_EQ(Text(), "5555555\n");
  const auto names = ListFolder(folder_);
  ASSERT_EQ(names->size(), 3U);
  EXPECT_EQ(names->at(0), "audit-2026-01-01T00-00-03.000000Z.log");
  EXPECT_EQ(ReadFile(folder_ + "/" + names->at(0)).ValueOr(""), "3333333\n");
  EXPECT_EQ(ReadFile(folder_ + "/" + names->at(1)).ValueOr(""), "4444444\n");
}

TEST_F(AuditLogTest, AnImpossiblePathIsAnErrorAtStart) {
  options_.path = "/dev/null/audit.log";
  EXPECT_FALSE(AuditLog::Open(options_, clock_, executor_).ok());
}

}  // namespace
}  // namespace noizy::apiserver
