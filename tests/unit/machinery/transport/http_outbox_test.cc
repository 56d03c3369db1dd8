#include "machinery/transport/http_outbox.h"

#include <gtest/gtest.h>

namespace noizy {
namespace {

std::vector<SharedBytes> Pieces(std::string_view text) {
  return {SharedBytes::Static(text)};
}

std::string TextOf(const HttpOutbox::Mail& mail) {
  HttpReply reply;
  reply.body = mail.pieces;
  return reply.BodyText();
}

TEST(HttpOutboxTest, TakesOneReplyPerExchange) {
  HttpOutbox outbox;
  EXPECT_FALSE(outbox.Reply(0, Pieces("before any exchange")));
  const ExchangeNumber first = outbox.BeginExchange();
  EXPECT_FALSE(outbox.Collect().ended);
  EXPECT_TRUE(outbox.Reply(first, Pieces("one")));
  EXPECT_FALSE(outbox.Reply(first, Pieces("again")));
  EXPECT_EQ(outbox.queued_bytes(), 3U);
  const HttpOutbox::Mail mail = outbox.Collect();
  EXPECT_TRUE(mail.ended);
  EXPECT_FALSE(mail.streaming);
  EXPECT_EQ(TextOf(mail), "one");
  outbox.Sent(3);
  const ExchangeNumber second = outbox.BeginExchange();
  EXPECT_FALSE(outbox.Reply(first, Pieces("late")));
  EXPECT_TRUE(outbox.Reply(second, Pieces("two")));
  EXPECT_EQ(TextOf(outbox.Collect()), "two");
}

TEST(HttpOutboxTest, FramesChunks) {
  HttpOutbox outbox;
  const ExchangeNumber exchange = outbox.BeginExchange();
  EXPECT_FALSE(outbox.Write(exchange, Pieces("not open")));
  EXPECT_TRUE(outbox.Open(exchange, SharedBytes::Static("head|"), StreamFraming::kChunked,
                          std::make_shared<HttpStreamEvents>()));
  EXPECT_TRUE(
      outbox.Write(exchange, {SharedBytes::Static("0123456789"), SharedBytes::Static("abcdef")}));
  EXPECT_FALSE(outbox.Write(exchange, Pieces("")));
  HttpOutbox::Mail mail = outbox.Collect();
  EXPECT_EQ(TextOf(mail), "head|10\r\n0123456789abcdef\r\n");
  EXPECT_TRUE(mail.streaming);
  EXPECT_FALSE(mail.ended);
  EXPECT_NE(outbox.Listener(), nullptr);
  EXPECT_TRUE(outbox.Close(exchange));
  EXPECT_EQ(outbox.Listener(), nullptr);
  EXPECT_FALSE(outbox.Write(exchange, Pieces("after")));
  EXPECT_FALSE(outbox.Close(exchange));
  mail = outbox.Collect();
  EXPECT_EQ(TextOf(mail), "0\r\n\r\n");
  EXPECT_TRUE(mail.ended);
}

TEST(HttpOutboxTest, LeavesOldClientsBytesBare) {
  HttpOutbox outbox;
  const ExchangeNumber exchange = outbox.BeginExchange();
  outbox.Open(exchange, SharedBytes::Static("head|"), StreamFraming::kUntilClose,
              std::make_shared<HttpStreamEvents>());
  outbox.Write(exchange, Pieces("body"));
  outbox.Close(exchange);
  EXPECT_EQ(TextOf(outbox.Collect()), "head|body");
}

TEST(HttpOutboxTest, TheServerEndsAStream) {
  HttpOutbox outbox;
  EXPECT_EQ(outbox.EndStream(), nullptr);
  const ExchangeNumber exchange = outbox.BeginExchange();
  EXPECT_EQ(outbox.EndStream(), nullptr);
  const auto events = std::make_shared<HttpStreamEvents>();
  outbox.Open(exchange, SharedBytes::Static("head|"), StreamFraming::kChunked, events);
  EXPECT_EQ(outbox.EndStream(), events);
  EXPECT_EQ(outbox.EndStream(), nullptr);
  EXPECT_FALSE(outbox.Write(exchange, Pieces("after")));
  EXPECT_EQ(TextOf(outbox.Collect()), "head|0\r\n\r\n");
}

TEST(HttpOutboxTest, DropsEverythingOncePeerIsGone) {
  HttpOutbox outbox;
  const ExchangeNumber exchange = outbox.BeginExchange();
  const auto events = std::make_shared<HttpStreamEvents>();
  outbox.Open(exchange, SharedBytes::Static("head"), StreamFraming::kChunked, events);
  EXPECT_GT(outbox.queued_bytes(), 0U);
  EXPECT_EQ(outbox.Shut(), events);
  EXPECT_EQ(outbox.queued_bytes(), 0U);
  EXPECT_FALSE(outbox.Write(exchange, Pieces("x")));
  EXPECT_TRUE(outbox.Collect().pieces.empty());
  EXPECT_EQ(outbox.Shut(), nullptr);
}

}  // namespace
}  // namespace noizy
