// A terminal that a program has to itself: keys as they are typed, a screen to draw on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "machinery/base/clock.h"

namespace noizy {

/// What a program writes its output to; kStandardInput is in fd.h.
inline constexpr int kStandardOutput = 1;

/// In characters.
struct TerminalSize {
  int columns = 80;
  int rows = 24;

  bool operator==(const TerminalSize&) const = default;
};

/// One thread. Gives the terminal back as it was when it goes.
class Terminal {
 public:
  virtual ~Terminal() = default;
  /// As it is now: people change it.
  virtual TerminalSize Size() const = 0;
  virtual void Show(std::string_view bytes) = 0;
  /// What was typed, Ctrl-C too, as the terminal sends it; "" when nothing was for `timeout`. Empty
  /// once the terminal is gone.
  virtual std::optional<std::string> Typed(Duration timeout) = 0;
};

/// The terminal behind two descriptors, on its second screen, so that what was on the first comes
/// back. Null when either is no terminal. The descriptors outlive it.
std::unique_ptr<Terminal> TakeTerminal(int input, int output);

}  // namespace noizy
