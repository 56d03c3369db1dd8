#include "apiserver/filters/audit.h"

#include <filesystem>

#include "machinery/os/files.h"
#include "tests/unit/apiserver/second_server.h"

namespace noizy::apiserver {
namespace {

class AuditTest : public SecondServerTest {
 protected:
  AuditTest() {
    path_ = ::testing::TempDir() + "noizy-audit-filter-" +
            ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".log";
    std::filesystem::remove(path_);
    log_ = *AuditLog::Open({.path = path_}, clock_, executor_);
  }
  ~AuditTest() override { std::filesystem::remove(path_); }

  // The second server audits by `policy`.
  void Audit(std::string_view policy) {
    ApiServerOptions options = SecondOptions();
    options.audit.log = log_.get();
    if (!policy.empty()) options.audit.policy = *AuditPolicy::Parse(policy);
    StartSecond(std::move(options));
  }

  std::vector<Value> Events() {
    executor_.RunUntilIdle();
    std::vector<Value> events;
    const std::string text = ReadFile(path_).ValueOr("");
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      Result<Value> event = ParseJson(text.substr(at, end - at));
      EXPECT_TRUE(event.ok()) << text.substr(at, end - at);
      events.push_back(event.ValueOr(Value()));
      at = end + 1;
    }
    return events;
  }

  static constexpr std::string_view kEverything =
      "{apiVersion: audit.k8s.io/v1, kind: Policy, omitStages: [RequestReceived], "
      "rules: [{level: RequestResponse}]}";
  std::string path_;
  FakeExecutor executor_{clock_};
  std::unique_ptr<AuditLog> log_;
};

TEST_F(AuditTest, EachRequestLeavesOneLine) {
  Audit("");
  const Answer answer = Call("GET", TaskPath("none"), "", {{"Audit-Id", "mine"}});
  EXPECT_EQ(FindHeader(answer.headers, "Audit-Id"), "mine");
  Call("GET", "/readyz");
  const std::vector<Value> events = Events();
  ASSERT_EQ(events.size(), 1U) << "probes are left out";
  EXPECT_EQ(StringAt(events[0], {"auditID"}), "mine");
  EXPECT_EQ(StringAt(events[0], {"user", "username"}), "admin");
  EXPECT_EQ(StringAt(events[0], {"verb"}), "get");
  EXPECT_EQ(StringAt(events[0], {"objectRef", "name"}), "none");
  EXPECT_EQ(IntAt(events[0], {"responseStatus", "code"}), 404);
}

TEST_F(AuditTest, WhatCameIsToldBeforeItIsAnsweredUnlessThePolicyOmitsThat) {
  Audit("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: Request}]}");
  ASSERT_EQ(Call("POST", "/api/v1/namespaces/default/configmaps",
                 R"({"metadata":{"name":"c"},"data":{"k":"open"}})")
                .code,
            201);
  const std::vector<Value> events = Events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(StringAt(events[0], {"stage"}), "RequestReceived");
  EXPECT_EQ(StringAt(events[0], {"user", "username"}), "admin");
  EXPECT_EQ(Find(events[0], {"requestObject"}), nullptr);
  EXPECT_EQ(Find(events[0], {"responseStatus"}), nullptr);
  EXPECT_EQ(StringAt(events[1], {"requestObject", "data", "k"}), "open");
  EXPECT_EQ(StringAt(events[1], {"stage"}), "ResponseComplete");
  EXPECT_EQ(StringAt(events[0], {"auditID"}), StringAt(events[1], {"auditID"}));
}

TEST_F(AuditTest, RefusalsAreThereToo) {
  Audit("");
  transport_ = MakeInProcessTransport(second_->handler(), {"eve", {}, "02"});
  EXPECT_EQ(Call("GET", kTasks).code, 403);
  transport_ = MakeInProcessTransport(second_->handler(), {});
  EXPECT_EQ(Call("GET", kTasks).code, 401);
  const std::vector<Value> events = Events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(StringAt(events[0], {"responseStatus", "reason"}), "Forbidden");
  EXPECT_EQ(IntAt(events[1], {"responseStatus", "code"}), 401);
}

TEST_F(AuditTest, WhoActsAsWhomIsSaid) {
  Audit("");
  Call("GET", kTasks, "", {{"Impersonate-User", "ada"}});
  const std::vector<Value> events = Events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(StringAt(events[0], {"user", "username"}), "admin");
  EXPECT_EQ(StringAt(events[0], {"impersonatedUser", "username"}), "ada");
}

TEST_F(AuditTest, ASecretsContentIsNeverThere) {
  Audit(kEverything);
  const std::string secrets = "/api/v1/namespaces/default/secrets";
  ASSERT_EQ(Call("POST", secrets, R"({"metadata":{"name":"s"},"stringData":{"k":"hunter2"}})").code,
            201);
  ASSERT_EQ(Call("GET", secrets).code, 200);
  ASSERT_EQ(Call("POST", "/api/v1/namespaces/default/configmaps",
                 R"({"metadata":{"name":"c"},"data":{"k":"open"}})")
                .code,
            201);
  const std::vector<Value> events = Events();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(StringAt(events[0], {"level"}), "Metadata");
  EXPECT_EQ(StringAt(events[2], {"requestObject", "data", "k"}), "open");
  EXPECT_EQ(StringAt(events[2], {"responseObject", "data", "k"}), "open");
  const std::string text = ReadFile(path_).ValueOr("");
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_EQ(text.find("aHVudGVyMg"), std::string::npos);
}

TEST_F(AuditTest, OddIdsAreReplaced) {
  Audit("");
  const Answer answer = Call("GET", kTasks, "", {{"Audit-Id", "x y"}});
  EXPECT_NE(FindHeader(answer.headers, "Audit-Id"), "x y");
  EXPECT_EQ(FindHeader(answer.headers, "Audit-Id").size(), 36U);
}

}  // namespace
}  // namespace noizy::apiserver
