#include "apiserver/agents/logs.h"

#include "tests/unit/apiserver/agents/agents_fixture.h"

namespace noizy::apiserver {
namespace {

constexpr const char* kUid = "11111111-2222-4333-8444-555555555555";

class LogsTest : public testing::Test {
 protected:
  std::int64_t Append(std::int64_t offset, std::string_view data, bool end = false) {
    return Get(logs_.Append(key_, offset, data, end));
  }
  std::string All() { return logs_.Read(key_, 0, 1 << 20); }

  ScratchFolder folder_;
  LogKey key_{kUid, 1};
  LogStore logs_{folder_.path() + "/logs", 100};
};

TEST_F(LogsTest, PiecesAreAppendedInOrder) {
  EXPECT_EQ(Append(0, "one\n"), 4);
  EXPECT_EQ(Append(4, "two\n"), 8);
  EXPECT_EQ(All(), "one\ntwo\n");
  EXPECT_EQ(logs_.Read(key_, 4, 2), "tw");
  EXPECT_EQ(logs_.Read(key_, 8, 10), "");
  EXPECT_EQ(logs_.Size(key_), 8);
}

TEST_F(LogsTest, WhatCameBeforeIsTrimmed) {
  Append(0, "one\ntwo\n");
  EXPECT_EQ(Append(0, "one\n"), 8);
  EXPECT_EQ(Append(4, "two\nthree\n"), 14);
  EXPECT_EQ(All(), "one\ntwo\nthree\n");
}

TEST_F(LogsTest, AGapIsNotWrittenAndTheAnswerSaysWhereWeAre) {
  Append(0, "one\n");
  EXPECT_EQ(Append(10, "later\n"), 4);
  EXPECT_EQ(All(), "one\n");
}

TEST_F(LogsTest, WhatExceedsTheCapIsAcceptedAndThrownAway) {
  EXPECT_EQ(Append(0, std::string(90, 'a')), 90);
  EXPECT_EQ(Append(90, std::string(90, 'b')), 180);
  EXPECT_EQ(Append(180, "c"), 181);
  EXPECT_EQ(logs_.StoredBytes(key_), 100);
  EXPECT_EQ(All(), std::string(90, 'a') + std::string(10, 'b'));
  LogStore restarted(folder_.path() + "/logs", 100);
  EXPECT_EQ(restarted.Size(key_), 100);
  EXPECT_EQ(Get(restarted.Append(key_, 181, "d", false)),
            100);  // goes back, and is thrown away again
  EXPECT_EQ(Get(restarted.Append(key_, 100, std::string(81, 'b'), false)), 181);
}

TEST_F(LogsTest, SizesAndEndsSurviveARestart) {
  Append(0, "one\n", true);
  EXPECT_TRUE(logs_.HasEnded(key_));
  LogStore restarted(folder_.path() + "/logs");
  EXPECT_EQ(restarted.Size(key_), 4);
  EXPECT_TRUE(restarted.HasEnded(key_));
  EXPECT_FALSE(restarted.HasEnded({kUid, 2}));
}

TEST_F(LogsTest, AttemptsAreApartAndRemovedTogether) {
  Append(0, "one\n");
  Get(logs_.Append({kUid, 2}, 0, "two\n", false));
  const std::string other = "99999999-2222-4333-8444-555555555555";
  Get(logs_.Append({other, 1}, 0, "other\n", false));
  EXPECT_EQ(All(), "one\n");
  EXPECT_EQ(logs_.Uids(), (std::vector<std::string>{kUid, other}));
  logs_.Remove(kUid);
  EXPECT_EQ(All(), "");
  EXPECT_EQ(logs_.Size({kUid, 2}), 0);
  EXPECT_EQ(logs_.Uids(), std::vector<std::string>{other});
}

TEST_F(LogsTest, NamesThatAreNoUidsTouchNoFile) {
  for (const std::string uid :
       {"", "..", "../../etc", "a/b", "11111111-2222-4333-8444-55555555555/"}) {
    EXPECT_EQ(logs_.Append({uid, 1}, 0, "x", false).status().reason(), StatusReason::kBadRequest)
        << uid;
    EXPECT_EQ(logs_.Read({uid, 1}, 0, 10), "");
    logs_.Remove(uid);
  }
  EXPECT_FALSE(logs_.Append({kUid, 0}, 0, "x", false).ok());
  EXPECT_FALSE(logs_.Append({kUid, 1}, -1, "x", false).ok());
  EXPECT_TRUE(std::filesystem::exists(folder_.path()));
}

TEST_F(LogsTest, ListenersHearOfGrowthAndOfTheEnd) {
  int heard = 0;
  const auto id = logs_.Listen(key_, [&] {
    ++heard;
    logs_.Size(key_);  // no lock is held
  });
  EXPECT_TRUE(logs_.IsFollowed(key_));
  Append(0, "one\n");
  EXPECT_EQ(heard, 1);
  Append(0, "one\n");  // nothing new
  EXPECT_EQ(heard, 1);
  logs_.Conclude(key_);
  logs_.Conclude(key_);
  EXPECT_EQ(heard, 2);
  logs_.Unlisten(key_, id);
  Append(4, "two\n");
  EXPECT_EQ(heard, 2);
  EXPECT_FALSE(logs_.IsFollowed(key_));
}

TEST_F(LogsTest, RemovalEndsTheLogForThoseWhoFollow) {
  Append(0, "one\n");
  int heard = 0;
  const auto id = logs_.Listen(key_, [&] { ++heard; });
  logs_.Remove(kUid);
  EXPECT_EQ(heard, 1);
  EXPECT_TRUE(logs_.HasEnded(key_));
  logs_.Unlisten(key_, id);
}

TEST_F(LogsTest, AFullDiskIsAnErrorAndNothingCounts) {
  Append(0, "one\n");
  // A folder where the file should be, for an attempt that has none yet.
  std::filesystem::create_directories(folder_.path() + "/logs/" + kUid + "/2.log");
  const auto failed = logs_.Append({kUid, 2}, 0, "x", false);
  EXPECT_EQ(failed.status().reason(), StatusReason::kServiceUnavailable);
  EXPECT_EQ(All(), "one\n");
}

}  // namespace
}  // namespace noizy::apiserver
