#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>

#include "machinery/os/fd.h"
#include "machinery/os/terminal.h"

namespace noizy {
namespace {

constexpr Duration kLong = std::chrono::seconds(30);

// Both ends of a terminal: ours is what its viewer sees and types.
class TerminalTest : public testing::Test {
 protected:
  TerminalTest() : viewer_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    EXPECT_EQ(::grantpt(viewer_.get()), 0);
    EXPECT_EQ(::unlockpt(viewer_.get()), 0);
    program_.Reset(::open(::ptsname(viewer_.get()), O_RDWR | O_NOCTTY));
    const winsize size{.ws_row = 10, .ws_col = 60, .ws_xpixel = 0, .ws_ypixel = 0};
    ::ioctl(viewer_.get(), TIOCSWINSZ, &size);
  }

  std::string Seen() {
    std::array<char, 4096> buffer{};
    const std::array fds = {viewer_.get()};
    if (!AwaitReadable(fds, kLong).front()) return "";
    return std::string(buffer.data(), ReadSome(viewer_.get(), buffer).ValueOr(0));
  }

  termios Settings() const {
    termios settings{};
    EXPECT_EQ(::tcgetattr(program_.get(), &settings), 0);
    return settings;
  }

  UniqueFd viewer_;
  UniqueFd program_;
};

TEST_F(TerminalTest, TakesTheScreenAndGivesItBack) {
  const termios before = Settings();
  auto terminal = TakeTerminal(program_.get(), program_.get());
  ASSERT_NE(terminal, nullptr);
  EXPECT_NE(Seen().find("\x1b[?1049h"), std::string::npos);
  EXPECT_EQ(Settings().c_lflag & (ICANON | ECHO | ISIG), 0U);
  terminal->Show("here");
  EXPECT_EQ(Seen(), "here");
  terminal.reset();
  EXPECT_NE(Seen().find("\x1b[?1049l"), std::string::npos);
  EXPECT_EQ(Settings().c_lflag, before.c_lflag);
  EXPECT_EQ(Settings().c_iflag, before.c_iflag);
}

TEST_F(TerminalTest, HandsOverKeysAsTheyAreTyped) {
  const auto terminal = TakeTerminal(program_.get(), program_.get());
  EXPECT_EQ(terminal->Typed(Duration::zero()), "");
  ASSERT_TRUE(WriteAll(viewer_.get(), "\x03").ok());
  EXPECT_EQ(terminal->Typed(kLong), "\x03") << "Ctrl-C is a key like others";
}

TEST_F(TerminalTest, TellsItsSizeAsItIs) {
  const auto terminal = TakeTerminal(program_.get(), program_.get());
  EXPECT_EQ(terminal->Size(), (TerminalSize{60, 10}));
  const winsize larger{.ws_row = 50, .ws_col = 200, .ws_xpixel = 0, .ws_ypixel = 0};
  ::ioctl(viewer_.get(), TIOCSWINSZ, &larger);
  EXPECT_EQ(terminal->Size(), (TerminalSize{200, 50}));
}

TEST_F(TerminalTest, TellsThatItIsGone) {
  const auto terminal = TakeTerminal(program_.get(), program_.get());
  viewer_.Reset();
  EXPECT_EQ(terminal->Typed(kLong), std::nullopt);
}

TEST_F(TerminalTest, APipeIsNoTerminal) {
  const Result<Pipe> pipe = MakePipe();
  ASSERT_TRUE(pipe.ok());
  EXPECT_EQ(TakeTerminal(program_.get(), pipe->write.get()), nullptr);
  EXPECT_EQ(TakeTerminal(pipe->read.get(), program_.get()), nullptr);
}

}  // namespace
}  // namespace noizy
