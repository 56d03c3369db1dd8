#include "apiserver/agents/log_reader.h"

#include "tests/unit/apiserver/agents/agents_fixture.h"

namespace noizy::apiserver {
namespace {

class LogReaderTest : public testing::Test {
 protected:
  void Append(std::string_view data, bool end = false) {
    Get(logs_.Append(key_, logs_.Size(key_), data, end));
  }
  // A line of CRI form, second `second` of the first minute of 2026.
  static std::string Line(int second, const std::string& content, const std::string& tag = "F") {
    std::string text = "2026-01-01T00:00:";
    text += second < 10 ? "0" : "";
    text += std::to_string(second) + ".000000000Z stdout " + tag + " ";
    return text + content + "\n";
  }
  std::string ReadAll(const LogQuery& query) {
    LogReader reader(logs_, key_, query, nullptr);
    std::string all;
    for (std::string piece = reader.Next(); !piece.empty(); piece = reader.Next()) all += piece;
    return all;
  }

  ScratchFolder folder_;
  LogKey key_{"11111111-2222-4333-8444-555555555555", 1};
  LogStore logs_{folder_.path()};
};

TEST_F(LogReaderTest, GivesTheContentsOfTheLines) {
  Append(Line(1, "one") + Line(2, "") + Line(3, "a b  c"));
  EXPECT_EQ(ReadAll({}), "one\n\na b  c\n");
}

TEST_F(LogReaderTest, TimestampsComeBeforeEachLineButNotBeforeItsPieces) {
  Append(Line(1, "one") + Line(2, "long ", "P") + Line(3, "line") + Line(4, "open", "P"));
  LogQuery query;
  query.timestamps = true;
  EXPECT_EQ(ReadAll(query),
            "2026-01-01T00:00:01.000000000Z one\n2026-01-01T00:00:02.000000000Z long "
            "line\n2026-01-01T00:00:04.000000000Z open");
}

TEST_F(LogReaderTest, SinceSkipsWhatIsOlder) {
  Append(Line(1, "one") + Line(2, "two") + Line(3, "three"));
  LogQuery query;
  query.since = Get(ParseTime("2026-01-01T00:00:02Z"));
  EXPECT_EQ(ReadAll(query), "two\nthree\n");
}

TEST_F(LogReaderTest, TailCountsWholeLines) {
  Append(Line(1, "one") + Line(2, "lo", "P") + Line(2, "ng") + Line(3, "three"));
  const auto tail = [&](std::int64_t lines) {
    LogQuery query;
    query.tail_lines = lines;
    return ReadAll(query);
  };
  EXPECT_EQ(tail(0), "");
  EXPECT_EQ(tail(1), "three\n");
  EXPECT_EQ(tail(2), "long\nthree\n");
  EXPECT_EQ(tail(3), "one\nlong\nthree\n");
  EXPECT_EQ(tail(100), "one\nlong\nthree\n");
}

TEST_F(LogReaderTest, TailsOfLongLogsAreFoundAcrossReads) {
  std::string text;
  std::vector<std::string> contents;
  for (int i = 0; i < 5000; ++i) {
    contents.push_back("line " + std::to_string(i) +
                       std::string(static_cast<std::size_t>(i % 90), 'x'));
    text += Line(i % 60, contents.back());
  }
  Append(text);
  for (const std::int64_t lines : {1, 7, 700, 1200, 4999, 5000, 6000}) {
    LogQuery query;
    query.tail_lines = lines;
    std::string expected;
    for (std::size_t i = 5000 - std::min<std::size_t>(5000, static_cast<std::size_t>(lines));
         i < 5000; ++i) {
      expected += contents[i] + "\n";
    }
    EXPECT_EQ(ReadAll(query), expected) << lines;
  }
}

TEST_F(LogReaderTest, AnEmptyLogHasNoTail) {
  LogQuery query;
  query.tail_lines = 5;
  EXPECT_EQ(ReadAll(query), "");
}

TEST_F(LogReaderTest, LimitCutsTheText) {
  Append(Line(1, "one") + Line(2, "two"));
  LogQuery query;
  query.limit_bytes = 6;
  LogReader reader(logs_, key_, query, nullptr);
  EXPECT_EQ(reader.Next(), "one\ntw");
  EXPECT_TRUE(reader.ended());
}

TEST_F(LogReaderTest, FollowingSeesWhatComesAndTheEnd) {
  int changes = 0;
  LogReader reader(logs_, key_, {}, [&] { ++changes; });
  EXPECT_EQ(reader.Next(), "");
  Append(Line(1, "one"));
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(reader.Next(), "one\n");
  EXPECT_EQ(reader.Next(), "");
  const std::string line = Line(2, "two");
  Append(line.substr(0, 10));  // half a line is not given
  EXPECT_EQ(reader.Next(), "");
  Append(line.substr(10));
  EXPECT_EQ(reader.Next(), "two\n");
  EXPECT_FALSE(reader.ended());
  Append("", true);
  EXPECT_EQ(changes, 4);
  EXPECT_EQ(reader.Next(), "");
  EXPECT_TRUE(reader.ended());
}

TEST_F(LogReaderTest, AnEndedLogIsReadToItsLastByte) {
  Append(Line(1, "one") + "2026-01-01T00:00:02.000000000Z stdout F cut off", true);
  LogReader reader(logs_, key_, {}, nullptr);
  EXPECT_EQ(reader.Next(), "one\n");
  EXPECT_EQ(reader.Next(), "cut off\n");
  EXPECT_EQ(reader.Next(), "");
  EXPECT_TRUE(reader.ended());
}

TEST_F(LogReaderTest, LinesOfAnotherFormAreGivenAsTheyAre) {
  Append("plain\n");
  EXPECT_EQ(ReadAll({}), "plain\n");
}

TEST_F(LogReaderTest, AReaderThatWentAwayIsNotCalled) {
  int changes = 0;
  {
    const LogReader reader(logs_, key_, {}, [&] { ++changes; });
  }
  Append(Line(1, "one"));
  EXPECT_EQ(changes, 0);
}

}  // namespace
}  // namespace noizy::apiserver
