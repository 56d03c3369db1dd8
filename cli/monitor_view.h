// What `monitor` draws: pure functions of what is known of the grid, and of the screen's size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/live_objects.h"
#include "machinery/os/terminal.h"

namespace noizy::cli {

enum class Pane : std::uint8_t { kNodes, kTasks, kFailovers, kEvents };
inline constexpr std::size_t kPanes = 4;

/// What there is to see, and where the viewer looks.
struct MonitorState {
  std::string server = {};
  std::vector<SharedObject> nodes = {};
  std::vector<SharedObject> tasks = {};
  std::vector<SharedObject> events = {};
  /// Why what is shown may be old; "" when it is not.
  std::string trouble = {};
  WallTime now = {};
  Pane focus = Pane::kTasks;
  /// How many rows of each pane are scrolled away.
  std::array<std::size_t, kPanes> scrolled = {};
};

enum class LineStyle : std::uint8_t { kPlain, kHeading, kFocus, kGood, kWarning, kBad };

struct ScreenLine {
  std::string text;  // no control characters
  LineStyle style = LineStyle::kPlain;

  bool operator==(const ScreenLine&) const = default;
};

/// At most `size.rows` lines of at most `size.columns` characters. The pane in focus gets the most
/// room, and every pane its title.
std::vector<ScreenLine> DrawMonitor(const MonitorState& state, TerminalSize size);

/// The same for paper: as long and as wide as it gets, with the latest events alone.
std::string PrintMonitor(const MonitorState& state);

enum class Colour : std::uint8_t { kNone, kAnsi };

/// What a terminal is sent to show `lines` in place of what it shows.
std::string PaintScreen(const std::vector<ScreenLine>& lines, Colour colour);

/// What keys do. False: to leave.
bool ObeyKeys(std::string_view typed, MonitorState& state);

}  // namespace noizy::cli
