// Tables as kubectl prints them: cells left-aligned, three spaces between columns, the last column
// bare.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/value/value.h"

namespace noizy::cli {

/// Lines of cells. Widths are remembered from one Print to the next, so that the rows of a watch
/// stay in line.
class TextTable {
 public:
  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  /// The rows added since the last call.
  std::string Print();

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> widths_;
};

/// What `get` shows of a server-side Table (meta.k8s.io/v1).
struct TableView {
  bool wide = false;            // columns of lower priority too
  bool with_namespace = false;  // NAMESPACE first
  bool show_labels = false;     // LABELS last
  bool headers = true;
  std::string kind_prefix = {};                 // "task.noizy.dev/": put before names
  std::vector<std::string> label_columns = {};  // -L
  std::string event_column = {};                // "ADDED": put first, when not empty
};

/// Adds a Table's rows (and headers) to `out`. The columns of a watch's later Tables are absent:
/// `columns` keeps those of the first.
void AddTableRows(const Value& table, const TableView& view, Array& columns, TextTable& out);

/// How a cell's value is shown: up to its first line break, "..." behind it when there is more.
std::string CellText(const Value& cell);

}  // namespace noizy::cli
