#include "cli/table.h"

#include <algorithm>

#include "cli/text.h"
#include "machinery/meta/meta.h"
#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

constexpr std::size_t kGap = 3;
constexpr std::size_t kMinWidth = 6;

/// Characters, not bytes: UTF-8's continuation bytes take no place.
std::size_t WidthOf(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
  }));
}

bool IsShown(const Value& column, const TableView& view) {
  return view.wide || IntAt(column, {"priority"}).value_or(0) == 0;
}

std::string LabelsText(const Value& object) {
  const Object* labels = ObjectAt(object, {"metadata", "labels"});
  if (labels == nullptr || labels->empty()) return "<none>";
  std::vector<std::string> pairs;
  for (const auto& [key, value] : *labels) {
    pairs.push_back(std::string(key) + "=" +
                    (value.is_string() ? std::string(View(value.get_string())) : ""));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string text;
  for (const std::string& pair : pairs) text += (text.empty() ? "" : ",") + pair;
  return text;
}

/// The heading of a label's column: what stands behind its key's last slash.
std::string LabelHeading(std::string_view key) {
  return UpperCase(key.substr(key.rfind('/') + 1));
}

std::vector<std::string> Headings(const TableView& view, const Array& columns) {
  std::vector<std::string> cells;
  if (!view.event_column.empty()) cells.emplace_back("EVENT");
  if (view.with_namespace) cells.emplace_back("NAMESPACE");
  for (const Value& column : columns) {
    if (IsShown(column, view)) cells.push_back(UpperCase(StringAt(column, {"name"})));
  }
  for (const std::string& key : view.label_columns) cells.push_back(LabelHeading(key));
  if (view.show_labels) cells.emplace_back("LABELS");
  return cells;
}

std::vector<std::string> CellsOf(const Value& row, const TableView& view, const Array& columns) {
  std::vector<std::string> cells;
  const Value* object = Find(row, {"object"});
  const Value nothing;
  if (object == nullptr) object = &nothing;
  if (!view.event_column.empty()) cells.push_back(view.event_column);
  if (view.with_namespace) cells.emplace_back(NamespaceOf(*object));
  const Array* values = ArrayAt(row, {"cells"});
  bool is_name = true;  // the first column is the name
  for (std::size_t i = 0; i < columns.size() && values != nullptr && i < values->size(); ++i) {
    if (!IsShown(columns[i], view)) continue;
    cells.push_back((is_name ? view.kind_prefix : "") + CellText((*values)[i]));
    is_name = false;
  }
  for (const std::string& key : view.label_columns) cells.emplace_back(LabelOf(*object, key));
  if (view.show_labels) cells.push_back(LabelsText(*object));
  return cells;
}

}  // namespace

std::string TextTable::Print() {
  for (const std::vector<std::string>& row : rows_) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      if (i == widths_.size()) widths_.push_back(kMinWidth);
      widths_[i] = std::max(widths_[i], WidthOf(row[i]) + kGap);
    }
  }
  std::string text;
  for (const std::vector<std::string>& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths_[i] - WidthOf(row[i]), ' ');
    }
    text += '\n';
  }
  rows_.clear();
  return text;
}

std::string CellText(const Value& cell) {
  if (cell.is_null()) return "";
  if (!cell.is_string()) return ToJson(cell);
  const std::string_view text = View(cell.get_string());
  const std::size_t line_break = text.find_first_of("\f\n\r");
  if (line_break == std::string_view::npos) return std::string(text);
  return std::string(text.substr(0, line_break)) + "...";
}

void AddTableRows(const Value& table, const TableView& view, Array& columns, TextTable& out) {
  if (const Array* definitions = ArrayAt(table, {"columnDefinitions"});
      definitions != nullptr && columns.empty()) {
    columns = *definitions;
    if (view.headers && !columns.empty()) out.AddRow(Headings(view, columns));
  }
  const Array* rows = ArrayAt(table, {"rows"});
  if (rows == nullptr) return;
  for (const Value& row : *rows) out.AddRow(CellsOf(row, view, columns));
}

}  // namespace noizy::cli
