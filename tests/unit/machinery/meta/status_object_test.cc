#include "machinery/meta/status_object.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy {
namespace {

TEST(StatusObject, NotFoundAsKubernetesWritesIt) {
  EXPECT_EQ(ToJson(StatusToValue(NotFound("tasks.noizy.dev", "a"))),
            R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",)"
            R"("message":"tasks.noizy.dev \"a\" not found","reason":"NotFound",)"
            R"("details":{"name":"a","group":"noizy.dev","kind":"tasks"},"code":404})");
}

TEST(StatusObject, Success) {
  EXPECT_EQ(ToJson(StatusToValue(Status::Ok())),
            R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success"})");
  EXPECT_TRUE(StatusFromValue(StatusToValue(Status::Ok())).ok());
}

TEST(StatusObject, RoundTripsCausesAndRetry) {
  const Status invalid =
      Invalid("Task", "noizy.dev", "a", {{"FieldValueRequired", "Required value", "spec.exec"}});
  const Status back = StatusFromValue(StatusToValue(invalid));
  EXPECT_EQ(back.ToString(), invalid.ToString());
  EXPECT_EQ(back.details().causes, invalid.details().causes);
  EXPECT_EQ(back.details().kind, "Task");

  StatusDetails details;
  details.uid = "u";
  details.retry_after_seconds = 3;
  const Status limited(StatusReason::kTooManyRequests, "slow down", details);
  EXPECT_EQ(StatusFromValue(StatusToValue(limited)).details().retry_after_seconds, 3);
  EXPECT_EQ(StatusFromValue(StatusToValue(limited)).details().uid, "u");
}

TEST(StatusObject, FallsBackToTheCode) {
  const auto reason_of = [](std::string_view text) {
    return StatusFromValue(*ParseJson(text)).reason();
  };
  EXPECT_EQ(reason_of(R"({"kind": "Status", "status": "Failure", "code": 404})"),
            StatusReason::kNotFound);
  EXPECT_EQ(reason_of(R"({"kind": "Status", "status": "Failure", "code": 200})"),
            StatusReason::kUnknown);
  EXPECT_EQ(reason_of(R"({"kind": "Status", "status": "Failure"})"), StatusReason::kUnknown);
  EXPECT_EQ(reason_of(R"({"message": "odd"})"), StatusReason::kUnknown);
  EXPECT_EQ(reason_of("[]"), StatusReason::kUnknown);
}

}  // namespace
}  // namespace noizy
