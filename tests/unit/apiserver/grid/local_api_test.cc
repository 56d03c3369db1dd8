#include "apiserver/grid/local_api.h"

#include <gtest/gtest.h>

#include "machinery/base/executor.h"

namespace noizy::apiserver {
namespace {

HttpReply TextReply(const std::string& text) {
  HttpReply reply;
  reply.body.emplace_back(text);
  return reply;
}

/// Holds the exchange for the test to answer, and writes down what comes of it.
class LocalApiTest : public testing::Test {
 protected:
  std::shared_ptr<LocalStream> Send() {
    LocalEvents events;
    events.on_reply = [this](const HttpReply& reply) { log_ += "reply " + reply.BodyText() + ";"; };
    events.on_piece = [this](std::string_view piece) { log_ += std::string(piece) + ";"; };
    events.on_end = [this] { log_ += "end;"; };
    return api_.Send({}, std::move(events));
  }
  std::shared_ptr<HttpStream> Open() {
    HttpStreamEvents events;
    events.on_drained = [this] { log_ += "drained;"; };
    events.on_closed = [this] { log_ += "closed;"; };
    auto stream = exchange_->Stream(200, {}, std::move(events));
    exchange_.reset();
    return stream;
  }
  std::string Said() {
    executor_.RunUntilIdle();
    return std::exchange(log_, "");
  }

  std::string log_;
  FakeClock clock_;
  FakeExecutor executor_{clock_};
  std::shared_ptr<HttpExchange> exchange_;
  LocalApi api_{[this](std::shared_ptr<HttpExchange> exchange) { exchange_ = std::move(exchange); },
                executor_};
};

TEST_F(LocalApiTest, AnAnswerComesOnce) {
  (void)Send();
  exchange_->Reply(TextReply("a"));
  exchange_->Reply(TextReply("b"));
  EXPECT_EQ(log_, "") << "on the executor, not within Reply";
  EXPECT_EQ(Said(), "reply a;");
}

TEST_F(LocalApiTest, ADroppedRequestIsAnswered) {
  (void)Send();
  exchange_.reset();
  EXPECT_NE(Said().find("without an answer"), std::string::npos);
}

TEST_F(LocalApiTest, PiecesComeInOrderAndTheirWriterHearsThatTheyAreTaken) {
  (void)Send();
  const auto stream = Open();
  stream->Write({SharedBytes("a"), SharedBytes("b")});
  EXPECT_EQ(stream->QueuedBytes(), 2U);
  EXPECT_EQ(Said(), "a;b;drained;");
  EXPECT_EQ(stream->QueuedBytes(), 0U);
  stream->Close();
  stream->Close();
  EXPECT_EQ(Said(), "end;");
}

TEST_F(LocalApiTest, LettingGoOfTheStreamEndsIt) {
  (void)Send();
  Open().reset();
  EXPECT_EQ(Said(), "end;");
}

TEST_F(LocalApiTest, WhoCancelsHearsNothingMoreAndTheWriterIsTold) {
  const auto call = Send();
  const auto stream = Open();
  stream->Write({SharedBytes("a")});
  call->Cancel();
  call->Cancel();
  EXPECT_EQ(Said(), "closed;");
  stream->Write({SharedBytes("b")});
  stream->Close();
  EXPECT_EQ(Said(), "");
}

TEST_F(LocalApiTest, AStreamThatOpensTooLateIsClosedAtOnce) {
  Send()->Cancel();
  const auto stream = Open();
  EXPECT_EQ(Said(), "closed;");
}

}  // namespace
}  // namespace noizy::apiserver
