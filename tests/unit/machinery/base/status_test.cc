#include "machinery/base/status.h"

#include <gtest/gtest.h>

namespace noizy {
namespace {

TEST(StatusTest, OkIsNothing) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.reason(), StatusReason::kOk);
  EXPECT_EQ(status.message(), "");
  EXPECT_EQ(status.ToString(), "OK");
  EXPECT_TRUE(status.WithContext("x").ok());
  EXPECT_TRUE(Status(StatusReason::kOk, "ignored").ok());
}

TEST(StatusTest, NamesAreKubernetesOwn) {
  EXPECT_EQ(ReasonName(StatusReason::kAlreadyExists), "AlreadyExists");
  EXPECT_EQ(ReasonName(StatusReason::kRequestEntityTooLarge), "RequestEntityTooLarge");
  for (int i = static_cast<int>(StatusReason::kBadRequest);
       i <= static_cast<int>(StatusReason::kTimeout); ++i) {
    const auto reason = static_cast<StatusReason>(i);
    EXPECT_EQ(ReasonFromName(ReasonName(reason)), reason) << i;
  }
  EXPECT_EQ(ReasonFromName("Nonsense"), StatusReason::kUnknown);
  EXPECT_EQ(ReasonFromName(""), StatusReason::kUnknown);
}

TEST(StatusTest, CodesFollowTheTable) {
  EXPECT_EQ(HttpCode(StatusReason::kConflict), 409);
  EXPECT_EQ(HttpCode(StatusReason::kExpired), 410);
  EXPECT_EQ(HttpCode(StatusReason::kInvalid), 422);
  EXPECT_EQ(ReasonFromHttpCode(404), StatusReason::kNotFound);
  EXPECT_EQ(ReasonFromHttpCode(204), StatusReason::kOk);
  EXPECT_EQ(ReasonFromHttpCode(409), StatusReason::kConflict);
  EXPECT_EQ(ReasonFromHttpCode(418), StatusReason::kUnknown);
  EXPECT_EQ(ReasonFromGrpcCode(GrpcCode(StatusReason::kTooManyRequests)),
            StatusReason::kTooManyRequests);
  EXPECT_EQ(ReasonFromGrpcCode(GrpcCode(StatusReason::kServiceUnavailable)),
            StatusReason::kServiceUnavailable);
  EXPECT_EQ(ExitCode(StatusReason::kOk), 0);
  EXPECT_EQ(ExitCode(StatusReason::kNotFound), 1);
}

TEST(StatusTest, ErrorsSayWhatTheyAreAbout) {
  const Status status = NotFound("tasks.noizy.dev", "a");
  EXPECT_EQ(status.message(), "tasks.noizy.dev \"a\" not found");
  EXPECT_EQ(status.details().kind, "tasks");
  EXPECT_EQ(status.details().group, "noizy.dev");
  EXPECT_EQ(status.details().name, "a");
  EXPECT_EQ(status.WithContext("reading").message(), "reading: tasks.noizy.dev \"a\" not found");
  EXPECT_EQ(status.WithContext("reading").details().name, "a");
  EXPECT_EQ(NotFound("secrets", "s").details().group, "");
}

TEST(StatusTest, InvalidListsEveryCause) {
  EXPECT_EQ(Invalid("Task", "noizy.dev", "a", {{"FieldValueRequired", "Required value", "spec.x"}})
                .message(),
            "Task.noizy.dev \"a\" is invalid: spec.x: Required value");
  EXPECT_EQ(Invalid("Secret", "", "s", {{"R", "m", "f"}, {"R", "n", "g"}}).message(),
            "Secret \"s\" is invalid: [f: m, g: n]");
}

Result<int> Half(int number) {
  if (number % 2 != 0) return BadRequest("odd");
  return number / 2;
}

Result<int> Quarter(int number) {
  NOIZY_ASSIGN_OR_RETURN(const int half, Half(number));
  NOIZY_RETURN_IF_ERROR(Half(half).status());
  return half / 2;
}

TEST(ResultTest, AValueOrWhyNot) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).status().message(), "odd");
  EXPECT_EQ(Quarter(5).status().reason(), StatusReason::kBadRequest);
  EXPECT_EQ(Quarter(5).ValueOr(7), 7);
  EXPECT_TRUE(Quarter(8).status().ok());
}

TEST(ResultTest, AnOkStatusIsNoValue) {
  const Result<int> result = Status::Ok();
  EXPECT_EQ(result.status().reason(), StatusReason::kInternalError);
}

}  // namespace
}  // namespace noizy
