#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <string>

#include "machinery/meta/time.h"
#include "machinery/schema/discovery.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

constexpr std::string_view kNameDescription =
    "Name must be unique within a namespace. Is required when creating resources, although some "
    "resources may "
    "allow a client to request the generation of an appropriate name automatically.";

// A format of our own: how many members or items the path selects, 0 where there is nothing.
constexpr std::string_view kCount = "count";
// Formats of our own, for columns over the status of a quota.
constexpr std::string_view kUsedOfHard = "used/hard";
constexpr std::string_view kUsedOfHardLimits = "used/hard limits";
// A format of our own, for a reference to an object.
constexpr std::string_view kKindAndName = "kind/name";
// Formats of our own, for when an Event came last and how often: its series, where it has one,
// knows better than its other fields.
constexpr std::string_view kLastOfSeries = "last of series";
constexpr std::string_view kCountOfSeries = "count of series";
// Kubernetes' format of the column that names the object: first, unless the kind has one elsewhere.
constexpr std::string_view kName = "name";

Object ColumnDefinition(std::string_view name, std::string_view type, std::string_view format,
                        std::string_view description, std::int32_t priority) {
  Object out;
  out.emplace("name", name);
  out.emplace("type", type);
  out.emplace("format", format);
  out.emplace("description", description);
  out.emplace("priority", priority);
  return out;
}

Value DateCell(const Value& value, WallTime now) {
  if (!value.is_string()) return nullptr;
  const auto time = ParseTime(View(value.get_string()));
  if (!time) return "<invalid>";
  return Value(std::string_view(HumanDuration(now - *time)));
}

Value CountCell(const std::vector<const Value*>& values) {
  std::size_t count = 0;
  for (const Value* value : values) {
    if (value->is_array()) count += value->get_array().size();
    if (value->is_object()) count += value->get_object().size();
  }
  return count;
}

Value IntegerCell(const Value& value) {
  if (value.is_double()) return static_cast<std::int64_t>(value.get_double());
  return value.is_number() ? value : Value();
}

std::string Text(const Value& value) {
  return value.is_string() ? std::string(View(value.get_string())) : ToJson(value);
}

Value TextCell(const Value& value) {
  return value.is_string() ? value : Value(std::string_view(ToJson(value)));
}

// "cpu: 500m/8, tasks: 3/20": what is used of what may be, of limits or of all else; so kubectl
// shows a ResourceQuota.
std::string UsedOfHard(const Value& status, bool limits) {
  std::map<std::string, std::string> parts;  // the order in which kubectl shows them
  const Object* hard = ObjectAt(status, {"hard"});
  for (const auto& [key, bound] : hard == nullptr ? Object() : *hard) {
    const std::string_view resource(key.data(), key.size());
    if (resource.starts_with("limits.") != limits) continue;
    const Value* used = Find(status, {"used", resource});
    parts[std::string(resource)] = Text(used == nullptr ? Value("0") : *used) + "/" + Text(bound);
  }
  std::string out;
  for (const auto& [resource, share] : parts)
    out.append(out.empty() ? "" : ", ").append(resource).append(": ").append(share);
  return out;
}

// "task/a": how kubectl names what an Event is about.
std::string KindAndName(const Value& reference) {
  std::string out(StringAt(reference, {"kind"}));
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::string_view name = StringAt(reference, {"name"});
  return name.empty() ? out : out.append("/").append(name);
}

// What a series says in its `member`, or `value` itself where it is no series.
Value OfSeries(const Value& value, std::string_view member) {
  if (!value.is_object()) return value;
  const Value* told = Find(value, {member});
  return told == nullptr ? Value() : *told;
}

// An Event that does not say how often it came came once.
Value CountOfSeries(const Value& value) {
  const Value count = IntegerCell(OfSeries(value, "count"));
  return count.is_null() || Equal(count, Value(0)) ? Value(1) : count;
}

// Of several that a path selects, the first that is there.
Value FirstOf(const std::vector<const Value*>& values) {
  const auto there = [](const Value* value) { return !value->is_null(); };
  const auto found = std::ranges::find_if(values, there);
  return found == values.end() ? Value() : **found;
}

// What does not have the column's type is left empty, as the API server of Kubernetes does for
// custom resources.
Value CellOf(const PrinterColumn& column, const Value& value, WallTime now) {
  if (column.format == kCountOfSeries) return CountOfSeries(value);
  if (value.is_null()) return nullptr;
  if (column.format == kKindAndName) return Value(KindAndName(value));
  if (column.format == kLastOfSeries) return DateCell(OfSeries(value, "lastObservedTime"), now);
  if (column.format == kUsedOfHard || column.format == kUsedOfHardLimits)
    return Value(UsedOfHard(value, column.format == kUsedOfHardLimits));
  if (column.type == "date") return DateCell(value, now);
  if (column.type == "integer") return IntegerCell(value);
  if (column.type == "number") return value.is_number() ? value : Value();
  if (column.type == "boolean") return value.is_bool() ? value : Value();
  return TextCell(value);
}

bool NamesItself(const Kind& kind) {
  return std::ranges::find(kind.columns, kName, &PrinterColumn::format) != kind.columns.end();
}

}  // namespace

Array TableColumns(const Kind& kind) {
  Array out;
  if (!NamesItself(kind))
    out.push_back(ColumnDefinition("Name", "string", kName, kNameDescription, 0));
  for (const PrinterColumn& column : kind.columns) {
    out.push_back(ColumnDefinition(column.name, column.type, column.format, column.description,
                                   column.priority));
  }
  return out;
}

Array TableCells(const Kind& kind, const Value& object, WallTime now) {
  Array out;
  out.reserve(kind.columns.size() + 1);
  if (!NamesItself(kind)) out.emplace_back(NameOf(object));
  for (const PrinterColumn& column : kind.columns) {
    const auto found = EvaluateJsonPath(column.json_path, object);
    if (found.ok() && column.format == kCount) {
      out.push_back(CountCell(*found));
      continue;
    }
    out.push_back(found.ok() ? CellOf(column, FirstOf(*found), now) : Value());
  }
  return out;
}

}  // namespace noizy
