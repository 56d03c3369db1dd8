#include "cli/printer.h"

#include <map>

#include "cli/table.h"
#include "cli/text.h"
#include "machinery/meta/meta.h"
#include "machinery/value/json.h"
#include "machinery/value/yaml.h"

namespace noizy::cli {
namespace {

Result<std::vector<CustomColumn>> ParseColumns(std::string_view text) {
  std::vector<CustomColumn> columns;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view column = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t colon = column.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      return BadRequest("custom-columns wants HEADING:.json.path pairs, not \"" +
                        std::string(column) + "\"");
    }
    NOIZY_ASSIGN_OR_RETURN(JsonPath path, ParseJsonPath(column.substr(colon + 1)));
    columns.push_back({std::string(column.substr(0, colon)), std::move(path)});
  }
  if (columns.empty()) return BadRequest("custom-columns wants HEADING:.json.path pairs");
  return columns;
}

/// The objects of a List, or the object itself.
std::vector<const Value*> ObjectsOf(const Value& object) {
  const Array* items = ArrayAt(object, {"items"});
  if (items == nullptr || !StringAt(object, {"kind"}).ends_with("List")) return {&object};
  std::vector<const Value*> objects;
  for (const Value& item : *items) objects.push_back(&item);
  return objects;
}

/// Members in the order of their names, as kubectl prints them.
Value InOrder(const Value& value) {
  if (const Array* array = value.if_array()) {
    Array ordered;
    for (const Value& element : *array) ordered.push_back(InOrder(element));
    return ordered;
  }
  const Object* object = value.if_object();
  if (object == nullptr) return value;
  std::map<std::string_view, const Value*> members;
  for (const auto& [key, member] : *object) members[{key.data(), key.size()}] = &member;
  Object ordered;
  for (const auto& [key, member] : members) ordered[key] = InOrder(*member);
  return ordered;
}

std::string PrintNames(const Value& object) {
  std::string text;
  for (const Value* one : ObjectsOf(object)) text += ObjectName(*one) + "\n";
  return text;
}

std::string PrintColumns(const std::vector<CustomColumn>& columns, const Value& object) {
  TextTable table;
  std::vector<std::string> headings;
  for (const CustomColumn& column : columns) headings.push_back(column.heading);
  table.AddRow(std::move(headings));
  for (const Value* one : ObjectsOf(object)) {
    std::vector<std::string> cells;
    for (const CustomColumn& column : columns) {
      std::string cell;
      for (const Value* value : SelectByPath(column.path, *one))
        cell += (cell.empty() ? "" : ",") + BareText(*value);
      cells.push_back(cell.empty() ? "<none>" : std::move(cell));
    }
    table.AddRow(std::move(cells));
  }
  return table.Print();
}

}  // namespace

Result<OutputFormat> OutputFormat::Parse(std::string_view text) {
  static constexpr std::pair<std::string_view, Kind> kPlain[] = {
      {"", Kind::kTable},    {"table", Kind::kTable}, {"wide", Kind::kWide},
      {"json", Kind::kJson}, {"yaml", Kind::kYaml},   {"name", Kind::kName}};
  OutputFormat format;
  for (const auto& [name, kind] : kPlain) {
    if (name != text) continue;
    format.kind = kind;
    return format;
  }
  if (text.starts_with("jsonpath=")) {
    format.kind = Kind::kJsonPath;
    NOIZY_ASSIGN_OR_RETURN(format.jsonpath, JsonPathTemplate::Parse(text.substr(9)));
    return format;
  }
  if (text.starts_with("custom-columns=")) {
    format.kind = Kind::kCustomColumns;
    NOIZY_ASSIGN_OR_RETURN(format.columns, ParseColumns(text.substr(15)));
    return format;
  }
  return BadRequest("unknown output format \"" + std::string(text) +
                    "\": -o takes table, wide, json, yaml, name, jsonpath=TEMPLATE or "
                    "custom-columns=HEADING:.path,…");
}

std::string ObjectName(std::string_view singular, std::string_view group, std::string_view name) {
  std::string text(singular);
  if (!group.empty()) text += "." + std::string(group);
  return text + "/" + std::string(name);
}

std::string ObjectName(const Value& object) {
  const std::string_view api_version = StringAt(object, {"apiVersion"});
  const std::size_t slash = api_version.find('/');
  const std::string_view group =
      slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
  return ObjectName(LowerCase(StringAt(object, {"kind"})), group, NameOf(object));
}

std::string PrintObject(const OutputFormat& format, const Value& object) {
  switch (format.kind) {
    case OutputFormat::Kind::kJson:
      return ToPrettyJson(InOrder(object)) + "\n";
    case OutputFormat::Kind::kYaml:
      return ToYaml(InOrder(object));
    case OutputFormat::Kind::kJsonPath:
      return format.jsonpath.Render(object);
    case OutputFormat::Kind::kCustomColumns:
      return PrintColumns(format.columns, object);
    case OutputFormat::Kind::kName:
    case OutputFormat::Kind::kTable:
    case OutputFormat::Kind::kWide:
      return PrintNames(object);
  }
  return "";
}

Value ListOf(std::vector<Value> items) {
  Array array;
  for (Value& item : items) array.push_back(std::move(item));
  return Object{{"apiVersion", "v1"},
                {"items", std::move(array)},
                {"kind", "List"},
                {"metadata", Object{{"resourceVersion", ""}}}};
}

void DropManagedFields(Value& object) {
  Remove(object, {"metadata", "managedFields"});
  if (Value* items = Find(object, {"items"}); items != nullptr && items->is_array()) {
    for (Value& item : items->get_array()) Remove(item, {"metadata", "managedFields"});
  }
}

}  // namespace noizy::cli
