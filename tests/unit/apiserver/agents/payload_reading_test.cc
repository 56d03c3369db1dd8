#include "apiserver/agents/payload_reading.h"

#include "tests/unit/apiserver/agents/payload_fixture.h"

namespace noizy::apiserver {
namespace {

class PayloadReadingTest : public PayloadAgentsTest {
 protected:
  StatusReason ReasonFor(const std::string& node, const Task& task, std::int64_t attempt = 1) {
    return PayloadFor(grid_, node, Ref(task, attempt)).status().reason();
  }
  // All of it from `offset` on, or the failure.
  Result<std::string> ReadAll(const PayloadName& payload, std::int64_t offset) {
    const auto source =
        ReadPayload(payloads_, executor_, payload, offset, [] { return Status::Ok(); });
    std::string all;
    while (true) {
      Result<std::string> piece = Unavailable("nothing came");
      source->Next([&](Result<std::string> read) { piece = std::move(read); });
      executor_.RunUntilIdle();
      if (!piece.ok()) return piece;
      if (piece->empty()) return all;
      all += *piece;
    }
  }
};

TEST_F(PayloadReadingTest, OnlyTheNodeOfTheOpenAttemptGetsIt) {
  const Task task = CreatePayloadTask("t", "x");
  EXPECT_EQ(ReasonFor("a", task), StatusReason::kForbidden);
  Bind("t", "a");
  EXPECT_EQ(Get(PayloadFor(grid_, "a", Ref(task, 1))).sha256, task.spec.payload_ref->sha256);
  EXPECT_EQ(ReasonFor("b", task), StatusReason::kForbidden);
  EXPECT_EQ(ReasonFor("a", task, 2), StatusReason::kConflict);
  Task other = task;
  other.metadata.uid = "another";
  EXPECT_EQ(ReasonFor("a", other), StatusReason::kConflict);
  ChangeTask("t", [&](TaskStatus& status) {
    status.attempts.back().finish_time = FormatMicroTime(clock_.Now());
  });
  EXPECT_EQ(ReasonFor("a", task), StatusReason::kConflict);
}

TEST_F(PayloadReadingTest, ATaskThatIsGoneOrHasNoneIsSaid) {
  const Task plain = CreateTask("plain");
  Bind("plain", "a");
  EXPECT_EQ(ReasonFor("a", plain), StatusReason::kBadRequest);
  Task gone = plain;
  gone.metadata.name = "gone";
  EXPECT_EQ(ReasonFor("a", gone), StatusReason::kNotFound);
}

TEST_F(PayloadReadingTest, ItComesInPiecesFromItsOffset) {
  std::string bytes(kPayloadPieceBytes * 2, 'a');
  bytes += "end";
  const PayloadName payload = {CreatePayloadTask("t", bytes).spec.payload_ref->sha256, 1};
  EXPECT_EQ(Get(ReadAll(payload, 0)), bytes);
  EXPECT_EQ(Get(ReadAll(payload, static_cast<std::int64_t>(bytes.size()) - 2)), "nd");
}

TEST_F(PayloadReadingTest, ALostOneIsNamed) {
  const PayloadName lost{std::string(64, 'a'), 1};
  const Status status = ReadAll(lost, 0).status();
  EXPECT_EQ(status.reason(), StatusReason::kNotFound);
  EXPECT_NE(status.message().find("lost the payload " + lost.sha256), std::string::npos);
}

}  // namespace
}  // namespace noizy::apiserver
