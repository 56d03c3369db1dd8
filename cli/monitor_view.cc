#include "cli/monitor_view.h"

#include <algorithm>
#include <map>
#include <utility>

#include "cli/monitor_panes.h"

namespace noizy::cli {
namespace {

constexpr std::string_view kKeys = "q quit   tab, \u2190 \u2192 pane   \u2191 \u2193 scroll";
// How many turns the pane in focus has for each of another's, when lines are given out.
constexpr int kFocusTurns = 3;
constexpr std::size_t kPageRows = 10;
constexpr std::size_t kPaperEvents = 20;

/// Phases in the order of a Task's life: "2 Pending, 5 Running".
std::string PhaseCounts(const std::vector<SharedObject>& tasks) {
  std::map<std::string_view, int> counts;
  for (const SharedObject& task : tasks) {
    const std::string_view phase = StringAt(*task, {"status", "phase"});
    ++counts[phase.empty() ? "Pending" : phase];
  }
  std::string text;
  for (const std::string_view phase :
       {"Pending", "Scheduled", "Running", "Succeeded", "Failed", "Cancelled"}) {
    if (counts.contains(phase))
      text += (text.empty() ? "" : ", ") + std::to_string(counts[phase]) + " " + std::string(phase);
  }
  return text.empty() ? "none" : text;
}

std::vector<ScreenLine> Summary(const MonitorState& state) {
  const auto ready = std::ranges::count_if(
      state.nodes, [](const SharedObject& node) { return IsReadyNode(*node); });
  std::vector<ScreenLine> lines;
  lines.push_back({"noizy  " + state.server + "  " + TimeOfDay(state.now), LineStyle::kHeading});
  lines.push_back({"Nodes: " + std::to_string(ready) + " of " + std::to_string(state.nodes.size()) +
                       " ready   Tasks: " + PhaseCounts(state.tasks),
                   LineStyle::kPlain});
  if (!state.trouble.empty()) lines.push_back({"! " + state.trouble, LineStyle::kBad});
  return lines;
}

/// How many lines each pane gets of `lines`: its title first, then in turns, until each has what it
/// wants.
std::array<std::size_t, kPanes> ShareOut(std::size_t lines, Pane focus,
                                         const std::vector<PaneText>& panes) {
  std::array<std::size_t, kPanes> given{};
  const auto give = [&](std::size_t pane, std::size_t most) {
    const bool gives = lines > 0 && given[pane] < most;
    given[pane] += gives ? 1 : 0;
    lines -= gives ? 1 : 0;
    return gives;
  };
  for (std::size_t pane = 0; pane < kPanes; ++pane) give(pane, 1);
  for (bool more = true; more;) {
    more = false;
    for (std::size_t pane = 0; pane < kPanes; ++pane) {
      const int turns = pane == static_cast<std::size_t>(focus) ? kFocusTurns : 1;
      for (int i = 0; i < turns; ++i) more |= give(pane, panes[pane].Lines());
    }
  }
  return given;
}

void AddPane(const PaneText& pane, bool focus, std::size_t scrolled, std::size_t lines,
             std::vector<ScreenLine>& out) {
  if (lines == 0) return;
  std::string title = (focus ? "> " : "  ") + pane.title;
  const std::size_t room = lines > 2 ? lines - 2 : 0;  // below title and headings
  const std::size_t last = pane.rows.size() - std::min(room, pane.rows.size());
  const std::size_t first = std::min(scrolled, last);
  if (last > 0 && room > 0)
    title += "  (" + std::to_string(first + 1) + " to " + std::to_string(first + room) + ")";
  out.push_back({std::move(title), focus ? LineStyle::kFocus : LineStyle::kHeading});
  if (lines > 1) out.push_back(pane.headings);
  for (std::size_t i = first; i < std::min(first + room, pane.rows.size()); ++i)
    out.push_back(pane.rows[i]);
}

/// A control character would be the terminal's master: what objects say is shown, never obeyed.
std::string Clean(std::string_view text) {
  std::string clean;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are control characters too.
    const bool second_set =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (second_set) ++i;
    clean += second_set || byte < 0x20 || byte == 0x7F ? '?' : text[i];
  }
  return clean;
}

std::string Clipped(std::string_view text, std::size_t columns) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (begins && ++characters > columns) return std::string(text.substr(0, i));
  }
  return std::string(text);
}

std::string_view CodeOf(LineStyle style) {
  switch (style) {
    case LineStyle::kPlain:
      return "";
    case LineStyle::kHeading:
      return "\x1b[1m";
    case LineStyle::kFocus:
      return "\x1b[1;7m";
    case LineStyle::kGood:
      return "\x1b[32m";
    case LineStyle::kWarning:
      return "\x1b[33m";
    case LineStyle::kBad:
      return "\x1b[31m";
  }
  return "";
}

enum class Key : std::uint8_t { kNone, kQuit, kNext, kPrevious, kUp, kDown, kPageUp, kPageDown };

Key KeyAt(std::string_view& typed) {
  static constexpr std::pair<std::string_view, Key> kBound[] = {
      {"\x1b[A", Key::kUp},       {"\x1bOA", Key::kUp},        {"k", Key::kUp},
      {"\x1b[B", Key::kDown},     {"\x1bOB", Key::kDown},      {"j", Key::kDown},
      {"\x1b[C", Key::kNext},     {"\x1bOC", Key::kNext},      {"\t", Key::kNext},
      {"\x1b[D", Key::kPrevious}, {"\x1bOD", Key::kPrevious},  {"\x1b[Z", Key::kPrevious},
      {"\x1b[5~", Key::kPageUp},  {"\x1b[6~", Key::kPageDown}, {" ", Key::kPageDown},
      {"q", Key::kQuit},          {"Q", Key::kQuit},           {"\x03", Key::kQuit}};
  for (const auto& [sequence, key] : kBound) {
    if (!typed.starts_with(sequence)) continue;
    typed.remove_prefix(sequence.size());
    return key;
  }
  typed.remove_prefix(1);
  return Key::kNone;
}

std::size_t RowsIn(const MonitorState& state) {
  return DrawPanes(state)[static_cast<std::size_t>(state.focus)].rows.size();
}

void Scroll(MonitorState& state, std::size_t up, std::size_t down) {
  std::size_t& scrolled = state.scrolled[static_cast<std::size_t>(state.focus)];
  const std::size_t rows = RowsIn(state);
  scrolled = std::min(scrolled + down, rows == 0 ? 0 : rows - 1);
  scrolled -= std::min(up, scrolled);
}

}  // namespace

std::vector<ScreenLine> DrawMonitor(const MonitorState& state, TerminalSize size) {
  const auto rows = static_cast<std::size_t>(std::max(size.rows, 1));
  std::vector<ScreenLine> lines = Summary(state);
  const std::vector<PaneText> panes = DrawPanes(state);
  const std::size_t taken = lines.size() + 1;  // and the keys
  const auto given = ShareOut(rows > taken ? rows - taken : 0, state.focus, panes);
  for (std::size_t i = 0; i < kPanes; ++i) {
    const bool focus = i == static_cast<std::size_t>(state.focus);
    AddPane(panes[i], focus, state.scrolled[i], given[i], lines);
  }
  lines.resize(std::max(lines.size(), rows - 1));  // the keys stand at the foot
  lines.push_back({std::string(kKeys), LineStyle::kPlain});
  lines.resize(std::min(lines.size(), rows));
  for (ScreenLine& line : lines)
    line.text = Clipped(Clean(line.text), static_cast<std::size_t>(std::max(size.columns, 1)));
  return lines;
}

std::string PrintMonitor(const MonitorState& state) {
  std::string text;
  const auto print = [&text](const ScreenLine& line) { text += Clean(line.text) + "\n"; };
  for (const ScreenLine& line : Summary(state)) print(line);
  std::vector<PaneText> panes = DrawPanes(state);
  std::vector<ScreenLine>& events = panes[static_cast<std::size_t>(Pane::kEvents)].rows;
  events.resize(std::min(events.size(), kPaperEvents));
  for (const PaneText& pane : panes) {
    print({});
    print({pane.title});
    if (!pane.rows.empty()) print(pane.headings);
    for (const ScreenLine& row : pane.rows) print(row);
  }
  return text;
}

std::string PaintScreen(const std::vector<ScreenLine>& lines, Colour colour) {
  std::string painted = "\x1b[H";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view code = colour == Colour::kAnsi ? CodeOf(lines[i].style) : "";
    if (i > 0) painted += "\r\n";
    painted += code;
    painted += lines[i].text;
    if (!code.empty()) painted += "\x1b[0m";
    painted += "\x1b[K";
  }
  return painted + "\x1b[J";
}

bool ObeyKeys(std::string_view typed, MonitorState& state) {
  const auto look_at = [&state](std::size_t step) {
    state.focus = static_cast<Pane>((static_cast<std::size_t>(state.focus) + step) % kPanes);
  };
  while (!typed.empty()) {
    switch (KeyAt(typed)) {
      case Key::kQuit:
        return false;
      case Key::kNext:
        look_at(1);
        break;
      case Key::kPrevious:
        look_at(kPanes - 1);
        break;
      case Key::kUp:
        Scroll(state, 1, 0);
        break;
      case Key::kDown:
        Scroll(state, 0, 1);
        break;
      case Key::kPageUp:
        Scroll(state, kPageRows, 0);
        break;
      case Key::kPageDown:
        Scroll(state, 0, kPageRows);
        break;
      case Key::kNone:
        break;
    }
  }
  return true;
}

}  // namespace noizy::cli
