#include "apiserver/audit/audit_event.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

class AuditEventTest : public ::testing::Test {
 protected:
  AuditEventTest() {
    request_.method = "POST";
    request_.path = "/apis/noizy.dev/v1/namespaces/default/tasks";
    request_.query = "dryRun=All";
    request_.body = R"({"kind":"Task"})";
    request_.headers = {{"User-Agent", "kubectl/v1.32"}};
    request_.remote_address = "192.168.1.4:5000";
  }
  Value Line(AuditLevel level, int code = 201, std::string body = R"({"kind":"Task","x":1})") {
    reply_ = {code, {}, {SharedBytes(std::move(body))}};
    AuditRecord record;
    record.level = level;
    record.id = "id-1";
    record.stage = AuditStage::kResponseComplete;
    record.request = &request_;
    record.access = &access_;
    record.api_version = "v1";
    record.user = &ada_;
    record.impersonated = impersonated_;
    record.code = code;
    record.reply = &reply_;
    line_ = AuditLine(record);
    Result<Value> value = ParseJson(line_);
    EXPECT_TRUE(value.ok()) << line_;
    return value.ValueOr(Value());
  }

  HttpRequest request_;
  HttpReply reply_;
  const Access access_{
      .verb = "create", .group = "noizy.dev", .resource = "tasks", .ns = "default"};
  const Identity ada_{"ada", {"studio"}, "u1", {{"scope", {"all"}}}};
  const Identity* impersonated_ = nullptr;
  std::string line_;
};

TEST_F(AuditEventTest, MetadataSaysWhoDidWhatAndHowItEnded) {
  const Value event = Line(AuditLevel::kMetadata);
  EXPECT_EQ(StringAt(event, {"kind"}), "Event");
  EXPECT_EQ(StringAt(event, {"level"}), "Metadata");
  EXPECT_EQ(StringAt(event, {"auditID"}), "id-1");
  EXPECT_EQ(StringAt(event, {"requestURI"}),
            "/apis/noizy.dev/v1/namespaces/default/tasks?dryRun=All");
  EXPECT_EQ(StringAt(event, {"user", "username"}), "ada");
  EXPECT_EQ(ToJson(*Find(event, {"user", "extra"})), R"({"scope":["all"]})");
  EXPECT_EQ(
      ToJson(*Find(event, {"objectRef"})),
      R"({"resource":"tasks","namespace":"default","apiGroup":"noizy.dev","apiVersion":"v1"})");
  EXPECT_EQ(ToJson(*Find(event, {"sourceIPs"})), R"(["192.168.1.4"])");
  EXPECT_EQ(IntAt(event, {"responseStatus", "code"}), 201);
  EXPECT_EQ(Find(event, {"requestObject"}), nullptr);
  EXPECT_EQ(Find(event, {"responseObject"}), nullptr);
}

TEST_F(AuditEventTest, HigherLevelsHoldTheBodies) {
  EXPECT_EQ(StringAt(Line(AuditLevel::kRequest), {"requestObject", "kind"}), "Task");
  EXPECT_EQ(Find(Line(AuditLevel::kRequest), {"responseObject"}), nullptr);
  EXPECT_EQ(IntAt(Line(AuditLevel::kRequestResponse), {"responseObject", "x"}), 1);
}

TEST_F(AuditEventTest, FailuresSayWhy) {
  const Value event =
      Line(AuditLevel::kMetadata, 403,
           R"({"kind":"Status","status":"Failure","reason":"Forbidden","message":"no"})");
  EXPECT_EQ(StringAt(event, {"responseStatus", "reason"}), "Forbidden");
  EXPECT_EQ(StringAt(event, {"responseStatus", "message"}), "no");
}

TEST_F(AuditEventTest, ActingAsAnotherShowsBoth) {
  const Identity bob{"bob", {}};
  impersonated_ = &bob;
  const Value event = Line(AuditLevel::kMetadata);
  EXPECT_EQ(StringAt(event, {"user", "username"}), "ada");
  EXPECT_EQ(StringAt(event, {"impersonatedUser", "username"}), "bob");
}

TEST_F(AuditEventTest, NothingAClientSendsEndsTheLine) {
  request_.headers = {{"User-Agent", "x\"}\n{\"kind\":\"Event\",\"user\":\"root\"}\xff"}};
  request_.query = "a=\"\r\n\xc3";
  request_.body = "{\"a\":\"\n\"}";
  const Value event = Line(AuditLevel::kRequest);
  EXPECT_EQ(line_.find('\n'), std::string::npos);
  EXPECT_EQ(StringAt(event, {"user", "username"}), "ada");
  EXPECT_EQ(Find(event, {"requestObject"}), nullptr) << "a body that is no JSON is left out";
  request_.headers = {{"User-Agent", std::string(100'000, 'x')}};
  EXPECT_LT(ToJson(Line(AuditLevel::kMetadata)).size(), 20'000U);
}

}  // namespace
}  // namespace noizy::apiserver
