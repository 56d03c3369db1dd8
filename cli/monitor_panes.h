// The panes of `monitor`, each a table of what it shows. For monitor_view.cc.
#pragma once

#include <string>
#include <vector>

#include "cli/monitor_view.h"

namespace noizy::cli {

/// One pane, whole: as much of it is shown as fits.
struct PaneText {
  std::string title;
  ScreenLine headings;
  std::vector<ScreenLine> rows;

  /// Without rows there is nothing to head.
  std::size_t Lines() const { return rows.empty() ? 1 : rows.size() + 2; }
};

/// One for each Pane, in their order.
std::vector<PaneText> DrawPanes(const MonitorState& state);

bool IsReadyNode(const Value& node);
/// "14:03:59Z".
std::string TimeOfDay(WallTime time);

}  // namespace noizy::cli
