#include "machinery/model/piece_splitter.h"

#include <gtest/gtest.h>

#include <vector>

namespace noizy::model {
namespace {

using Pieces = std::vector<std::string>;

/// The pieces of a body that comes in these parts.
Pieces Split(Framing framing, const std::vector<std::string>& parts, bool finish = true) {
  Pieces pieces;
  const auto keep = [&](std::string_view piece) {
    pieces.emplace_back(piece);
    return true;
  };
  PieceSplitter splitter(framing, 100);
  for (const std::string& part : parts) EXPECT_TRUE(splitter.Add(part, keep));
  if (finish) {
    EXPECT_TRUE(splitter.Finish(keep));
  }
  return pieces;
}

TEST(PieceSplitterTest, ReadsEventsAsTheStandardSays) {
  struct Case {
    std::string body;
    Pieces pieces;
  };
  const std::vector<Case> cases = {
      {"data: a\n\ndata: b\n\n", {"a", "b"}},
      {"data: a\r\n\r\ndata: b\r\n\r\n", {"a", "b"}},
      {"data: a\r\rdata: b\r\r", {"a", "b"}},
      {"data:a\ndata: b\ndata\n\n", {"a\nb\n"}},
      {"data:  two spaces\n\n", {" two spaces"}},
      {": keep-alive\n\n:\n\ndata: a\n\n", {"a"}},
      {"event: ping\nid: 7\nretry: 10\n\ndata: a\n\n", {"a"}},
      {"event: error\ndata: a\n\n", {"a"}},
      {"\xEF\xBB\xBF"
       "data: a\n\n",
       {"a"}},
      {"data: a\n\n\n\n\ndata: b\n\n", {"a", "b"}},
      {"database: a\n\n", {}},
      {"data:\n\n", {""}},
      {"data: a\n", {"a"}},
      {"data: a", {"a"}},
  };
  for (const Case& one : cases)
    EXPECT_EQ(Split(Framing::kEvents, {one.body}), one.pieces) << one.body;
}

TEST(PieceSplitterTest, ReadsLines) {
  EXPECT_EQ(Split(Framing::kLines, {"{1}\n\n  \n{2}\r\n{3}"}), (Pieces{"{1}", "{2}", "{3}"}));
  EXPECT_EQ(Split(Framing::kLines, {"{1}\n{2"}, false), (Pieces{"{1}"}));
}

TEST(PieceSplitterTest, DoesNotCareWhereTheNetworkCuts) {
  const std::string body = ": hello\r\n\r\ndata: ü€😀\r\ndata: b\r\n\r\nevent: x\r\ndata: c\r\n\r\n";
  const Pieces whole = Split(Framing::kEvents, {body});
  ASSERT_EQ(whole, (Pieces{"ü€😀\nb", "c"}));
  for (std::size_t cut = 0; cut <= body.size(); ++cut)
    EXPECT_EQ(Split(Framing::kEvents, {body.substr(0, cut), body.substr(cut)}), whole) << cut;
}

TEST(PieceSplitterTest, EndsWithAPieceThatIsTooLong) {
  const auto any = [](std::string_view) { return true; };
  const std::string sixty(60, 'a');
  PieceSplitter line(Framing::kLines, 100);
  EXPECT_TRUE(line.Add(sixty, any));
  EXPECT_FALSE(line.Add(sixty, any));
  EXPECT_TRUE(line.too_long());
  // Lines of one event count together, those of two do not.
  PieceSplitter event(Framing::kEvents, 100);
  EXPECT_TRUE(event.Add("data: " + sixty + "\n\ndata: " + sixty + "\n\n", any));
  EXPECT_FALSE(event.Add("data: " + sixty + "\ndata: " + sixty + "\n", any));
  EXPECT_TRUE(event.too_long());
}

TEST(PieceSplitterTest, StopsWhenNoMoreIsWanted) {
  int calls = 0;
  PieceSplitter splitter(Framing::kLines, 100);
  EXPECT_FALSE(splitter.Add("1\n2\n3\n", [&](std::string_view) { return ++calls < 2; }));
  EXPECT_EQ(calls, 2);
  EXPECT_FALSE(splitter.too_long());
}

}  // namespace
}  // namespace noizy::model
