#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>

#include "machinery/os/fd.h"
#include "machinery/os/terminal.h"

namespace noizy {
namespace {

// The second screen, no cursor, and lines that are cut at the edge: a character may be wider than
// we think. And all of it back.
constexpr std::string_view kTake = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[H\x1b[2J";
constexpr std::string_view kGiveBack = "\x1b[?7h\x1b[?25h\x1b[?1049l";

class PosixTerminal final : public Terminal {
 public:
  PosixTerminal(int input, int output, const termios& before)
      : input_(input), output_(output), before_(before) {
    termios raw = before;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL);
    raw.c_oflag &= ~static_cast<tcflag_t>(OPOST);  // lines end as we say
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    ::tcsetattr(input_, TCSAFLUSH, &raw);
    Show(kTake);
  }
  ~PosixTerminal() override {
    Show(kGiveBack);
    ::tcsetattr(input_, TCSAFLUSH, &before_);
  }

  TerminalSize Size() const override {
    winsize size{};
    if (::ioctl(output_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
    return {size.ws_col, size.ws_row};
  }

  // A terminal that cannot be written to cannot be read either, which Typed tells.
  void Show(std::string_view bytes) override { (void)WriteAll(output_, bytes).ok(); }

  std::optional<std::string> Typed(Duration timeout) override {
    const std::array fds = {input_};
    if (!AwaitReadable(fds, timeout).front()) return "";
    std::array<char, 256> buffer{};
    const Result<std::size_t> read = ReadSome(input_, buffer);
    if (!read.ok() || *read == 0) return std::nullopt;
    return std::string(buffer.data(), *read);
  }

 private:
  const int input_;
  const int output_;
  const termios before_;
};

}  // namespace

std::unique_ptr<Terminal> TakeTerminal(int input, int output) {
  termios before{};
  if (::isatty(output) != 1 || ::tcgetattr(input, &before) != 0) return nullptr;
  return std::make_unique<PosixTerminal>(input, output, before);
}

}  // namespace noizy
