#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

/// What a viewer sees and does.
struct Script {
  std::string seen;
  TerminalSize size;
  /// What is typed, given the last screen.
  std::function<std::optional<std::string>(const std::string& screen)> type;
};

class ScriptedTerminal final : public Terminal {
 public:
  explicit ScriptedTerminal(Script& script) : script_(script) {}
  TerminalSize Size() const override { return script_.size; }
  void Show(std::string_view bytes) override { script_.seen = bytes; }
  std::optional<std::string> Typed(Duration) override {
    std::this_thread::yield();
    return script_.type(script_.seen);
  }

 private:
  Script& script_;
};

class MonitorCommand : public CliTest {
 protected:
  void HaveTerminal() {
    grid_.take_terminal_ = [this] { return std::make_unique<ScriptedTerminal>(script_); };
  }
  bool Shows(std::string_view what) const { return script_.seen.find(what) != std::string::npos; }

  Script script_;
};

TEST_F(MonitorCommand, PrintsOnceWithoutATerminal) {
  grid_.PutTask("waits", "status: {phase: Pending, message: no node}");
  grid_.PutTask("elsewhere", "metadata: {namespace: other}");
  const FakeGrid::Outcome all = grid_.Run({"monitor"});
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_NE(all.out.find("default/waits     Pending   -      0"), std::string::npos) << all.out;
  EXPECT_NE(all.out.find("other/elsewhere"), std::string::npos);
  EXPECT_EQ(all.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(grid_.Run({"monitor", "-n", "default"}).out.find("other/elsewhere"), std::string::npos);
  EXPECT_NE(grid_.Run({"monitor", "-A", "-n", "default"}).out.find("other/elsewhere"),
            std::string::npos);
}

TEST_F(MonitorCommand, PrintsOnceWhenAsked) {
  HaveTerminal();
  EXPECT_EQ(grid_.Run({"monitor", "--once"}).out.find('\x1b'), std::string::npos);
  grid_.variables_["TERM"] = "dumb";
  EXPECT_EQ(grid_.Run({"monitor"}).out.find('\x1b'), std::string::npos);
  EXPECT_EQ(script_.seen, "");
}

TEST_F(MonitorCommand, DrawsWhatTheWatchesBringUntilTheViewerLeaves) {
  HaveTerminal();
  grid_.api_.SetWatchMode(FakeApi::WatchMode::kKeepOpen);
  bool made = false;
  script_.type = [&](const std::string&) -> std::optional<std::string> {
    if (!std::exchange(made, true)) grid_.PutTask("comes-later");
    return Shows("default/comes-later") ? "q" : "";
  };
  const FakeGrid::Outcome outcome = grid_.Run({"monitor"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(Shows("\x1b[1m")) << "colours";
}

TEST_F(MonitorCommand, DrawsAnewForAnotherSizeAndWithoutColours) {
  HaveTerminal();
  grid_.variables_["NO_COLOR"] = "1";
  script_.type = [&](const std::string& screen) -> std::optional<std::string> {
    script_.size = {20, 5};
    return std::ranges::count(screen, '\n') == 4 ? "\x03" : "";
  };
  EXPECT_EQ(grid_.Run({"monitor"}).code, 0);
  EXPECT_FALSE(Shows("\x1b[1m"));
}

TEST_F(MonitorCommand, EndsWithItsTerminal) {
  HaveTerminal();
  script_.type = [](const std::string&) { return std::nullopt; };
  EXPECT_EQ(grid_.Run({"monitor"}).code, 0);
}

TEST_F(MonitorCommand, EndsOnASignal) {
  HaveTerminal();
  script_.type = [this](const std::string&) {
    grid_.interrupt_ = true;
    return "";
  };
  EXPECT_EQ(grid_.Run({"monitor"}).code, 0);
}

TEST_F(MonitorCommand, SaysWhatItCannotSee) {
  HaveTerminal();
  grid_.api_.SetFault([](const HttpRequest&) { return Forbidden("nodes are not for you"); });
  const FakeGrid::Outcome outcome = grid_.Run({"monitor"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "error: nodes are not for you\n");
  EXPECT_EQ(grid_.Run({"monitor", "nodes"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
