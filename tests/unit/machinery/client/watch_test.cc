#include "machinery/client/watch.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"
#include "tests/fakes/fake_api.h"
#include "tests/fakes/widget.h"

namespace noizy {
namespace {

constexpr std::string_view kStream =
    "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\"}}}\n"
    "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"b\"}}}\n"
    "\n"
    "{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"c\\u00e9\"}}}\r\n"
    "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\"}}}\n";

class WatchDecoderTest : public testing::Test {
 protected:
  bool Feed(std::string_view text) { return decoder_.Feed(text); }

  std::vector<WatchEvent> events_;
  bool wanted_ = true;
  WatchDecoder decoder_{[this](WatchEvent event) {
    events_.push_back(std::move(event));
    return wanted_;
  }};
};

TEST_F(WatchDecoderTest, ReadsEveryTypeHoweverTheStreamIsCut) {
  for (std::size_t size = 1; size <= kStream.size(); ++size) {
    events_.clear();
    WatchDecoder decoder([this](WatchEvent event) {
      events_.push_back(std::move(event));
      return true;
    });
    for (std::size_t at = 0; at < kStream.size(); at += size) {
      ASSERT_TRUE(decoder.Feed(kStream.substr(at, size)));
    }
    ASSERT_EQ(events_.size(), 4U) << "pieces of " << size;
    EXPECT_EQ(events_[0].type, WatchEvent::Type::kAdded);
    EXPECT_EQ(events_[1].type, WatchEvent::Type::kModified);
    EXPECT_EQ(events_[2].type, WatchEvent::Type::kDeleted);
    EXPECT_EQ(NameOf(events_[2].object), "c\u00e9");
    EXPECT_EQ(events_[3].type, WatchEvent::Type::kBookmark);
    EXPECT_TRUE(decoder.status().ok());
  }
}

TEST_F(WatchDecoderTest, AnErrorEventIsAStatus) {
  EXPECT_FALSE(Feed(
      R"({"type":"ERROR","object":{"kind":"Status","status":"Failure","reason":"Expired","code":410,)"
      R"("message":"too old resource version"}})"
      "\n"));
  EXPECT_EQ(decoder_.status().reason(), StatusReason::kExpired);
  EXPECT_EQ(decoder_.status().message(), "too old resource version");
  EXPECT_TRUE(events_.empty());
}

TEST_F(WatchDecoderTest, AnErrorEventWithoutAnErrorIsStillOne) {
  EXPECT_FALSE(
      Feed("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"status\":\"Success\"}}\n"));
  EXPECT_FALSE(decoder_.status().ok());
}

TEST_F(WatchDecoderTest, WhatIsNoEventEndsTheWatch) {
  for (const char* line :
       {"<html>\n", "{}\n", "[]\n", "{\"type\":\"ADDED\"}\n", "{\"type\":\"ADDED\",\"object\":3}\n",
        "{\"type\":\"ODD\",\"object\":{}}\n", "{\"type\":\"ADDED\",\"object\":{}}garbage\n"}) {
    WatchDecoder decoder([](const WatchEvent&) { return true; });
    EXPECT_FALSE(decoder.Feed(line)) << line;
    EXPECT_EQ(decoder.status().reason(), StatusReason::kInternalError) << line;
  }
}

TEST_F(WatchDecoderTest, EndsWhenTheReceiverHasHadEnough) {
  wanted_ = false;
  EXPECT_FALSE(Feed(kStream));
  EXPECT_EQ(events_.size(), 1U);
  EXPECT_TRUE(decoder_.status().ok());
}

TEST_F(WatchDecoderTest, AnEndlessLineIsRefused) {
  const std::string piece(1024 * 1024, 'x');
  int fed = 0;
  while (Feed(piece) && fed < 100) ++fed;
  EXPECT_EQ(fed, 16);
  EXPECT_FALSE(decoder_.status().ok());
}

class ClientWatchTest : public testing::Test {
 protected:
  ClientWatchTest() { api_.AddKind<Widget>(); }
  Status Watch(const ListQuery& query = {}) {
    return client_.Watch(
        ResourceOf<Widget>(), "default", query,
        [this](const WatchEvent& event) {
          names_.emplace_back(NameOf(event.object));
          return names_.size() < limit_;
        },
        cancelled_);
  }

  FakeClock clock_;
  FakeApi api_{clock_};
  Client client_{api_.Transport()};
  std::vector<std::string> names_;
  std::size_t limit_ = 100;
  std::atomic<bool> cancelled_{false};
};

TEST_F(ClientWatchTest, FollowsOneNamespace) {
  api_.Put(MakeWidget("default", "a"));
  api_.Put(MakeWidget("other", "b"));
  api_.Put(MakeWidget("default", "c"));
  EXPECT_TRUE(Watch().ok());
  EXPECT_EQ(names_, (std::vector<std::string>{"a", "c", ""}));  // "" is the bookmark
}

TEST_F(ClientWatchTest, EndsWhenEnoughWasSeenOrWhenCancelled) {
  for (const char* name : {"a", "b", "c"}) api_.Put(MakeWidget("default", name));
  limit_ = 2;
  EXPECT_TRUE(Watch().ok());
  EXPECT_EQ(names_, (std::vector<std::string>{"a", "b"}));
  names_.clear();
  cancelled_ = true;
  api_.SetWatchMode(FakeApi::WatchMode::kKeepOpen);
  limit_ = 1;
  EXPECT_TRUE(Watch().ok());
}

TEST_F(ClientWatchTest, ARefusalIsTheServersStatus) {
  api_.SetFault([](const HttpRequest&) { return Forbidden("not you"); });
  const Status refused = Watch();
  EXPECT_EQ(refused.reason(), StatusReason::kForbidden);
  EXPECT_EQ(refused.message(), "not you");
}

TEST_F(ClientWatchTest, AnOldVersionIsExpired) {
  api_.Put(MakeWidget("default", "a"));
  api_.Compact();
  ListQuery query;
  query.resource_version = "1";
  EXPECT_EQ(Watch(query).reason(), StatusReason::kExpired);
}

}  // namespace
}  // namespace noizy
