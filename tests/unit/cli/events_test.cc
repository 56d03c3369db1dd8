#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class Events : public CliTest {
 protected:
  void SetUp() override {
    Put("late", "default", "a",
        "lastTimestamp: '2026-01-01T00:00:30Z'\ntype: Warning\nreason: Slow\nmessage: \"x\\ny\"");
    Put("early", "default", "b",
        "eventTime: '2026-01-01T00:00:00Z'\ntype: Normal\nreason: Made\nmessage: m");
    Put("far", "other", "a", "type: Normal\nreason: Far\nmessage: f");
    grid_.clock_.Advance(std::chrono::seconds(60));
  }
  void Put(const std::string& name, const std::string& ns, const std::string& about,
           const std::string& rest) {
    grid_.api_.Put(Yaml("apiVersion: v1\nkind: Event\nmetadata: {name: " + name +
                        ", namespace: " + ns + "}\ninvolvedObject: {kind: Task, name: " + about +
                        ", namespace: " + ns + "}\n" + rest));
  }
};

TEST_F(Events, AreListedByTime) {
  EXPECT_EQ(grid_.Run({"events"}).out,
            "LAST SEEN   TYPE      REASON   OBJECT   MESSAGE\n"
            "60s         Normal    Made     task/b   m\n"
            "30s         Warning   Slow     task/a   x...\n");
}

TEST_F(Events, ArePickedByObjectTypeAndNamespace) {
  EXPECT_EQ(grid_.Run({"events", "--for", "task/a", "--no-headers"}).out,
            "30s   Warning   Slow   task/a   x...\n");
  EXPECT_EQ(grid_.Run({"events", "--types=warning", "--no-headers"}).out,
            "30s   Warning   Slow   task/a   x...\n");
  EXPECT_EQ(grid_.Run({"events", "-A", "-o", "name"}).out, "event/early\nevent/far\nevent/late\n");
  EXPECT_EQ(grid_.Run({"events", "-n", "other"}).out.substr(0, 9), "LAST SEEN");
  EXPECT_EQ(grid_.Run({"events", "-A"}).out.substr(0, 12), "NAMESPACE   ");
  EXPECT_EQ(grid_.Run({"events", "-n", "empty"}).err, "No events found in empty namespace.\n");
}

TEST_F(Events, AreFollowed) {
  int streams = 0;
  grid_.OnStream([&](const HttpRequest&) {
    if (++streams == 1) Put("new", "default", "a", "type: Normal\nreason: New\nmessage: n");
    if (streams == 2) Put("other", "default", "b", "type: Normal\nreason: Other\nmessage: o");
    if (streams == 3) Put("third", "default", "a", "type: Warning\nreason: Third\nmessage: t");
    if (streams == 4) grid_.api_.SetFault([](const HttpRequest&) { return Forbidden("enough"); });
  });
  const FakeGrid::Outcome watched =
      grid_.Run({"events", "--for=task/a", "-w", "-o", "jsonpath={.reason},"});
  EXPECT_EQ(watched.out, "Slow,New,Third,");
  EXPECT_EQ(watched.err, "error: enough\n");
}

TEST_F(Events, FollowedOnesComeInATable) {
  int streams = 0;
  grid_.OnStream([&](const HttpRequest&) {
    if (++streams == 1) {
      Put("lost", "default", "a", "type: Normal\nreason: Lost\nmessage: l");
      grid_.api_.Compact();
    }
    if (streams == 2) Put("new", "default", "a", "type: Normal\nreason: New\nmessage: n");
    if (streams == 3) grid_.api_.SetFault([](const HttpRequest&) { return Forbidden("enough"); });
  });
  const FakeGrid::Outcome watched = grid_.Run({"events", "--types=Normal", "-w", "--no-headers"});
  EXPECT_TRUE(watched.out.starts_with("60s   Normal   Made   task/b   m\n")) << watched.out;
  EXPECT_NE(watched.out.find("New"), std::string::npos) << watched.out;
}

TEST_F(Events, WrongUsage) {
  EXPECT_EQ(grid_.Run({"events", "a"}).code, 2);
  EXPECT_EQ(grid_.Run({"events", "--for", "a"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
