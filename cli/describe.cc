#include "cli/describe.h"

#include "cli/commands.h"
#include "cli/elements.h"
#include "cli/event_lines.h"
#include "cli/table.h"
#include "cli/table_source.h"
#include "cli/three_way_merge.h"
#include "machinery/meta/meta.h"
#include "machinery/value/yaml.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    kFilenameFlag,
    kRecursiveFlag,
    kSelectorFlag,
    kFieldSelectorFlag,
    kAllNamespacesFlag,
    {"show-events", 0, FlagKind::kSwitch, "", "what happened to it (the default)"}};

/// Values of the paragraph at the top stand in one column.
constexpr std::size_t kHeadingWidth = 14;

std::string Indented(std::string_view text) {
  std::string indented;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) indented += "  " + std::string(text.substr(0, end));
    indented += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return indented;
}

void AddLine(std::string& out, std::string_view heading, std::string_view value) {
  std::string line = heading.empty() ? "" : std::string(heading) + ":";
  line.resize(std::max(kHeadingWidth, line.size() + 1), ' ');
  out += line + std::string(value) + "\n";
}

/// "key=value" lines under one heading; kubectl's own bookkeeping is left out.
void AddPairs(std::string& out, std::string_view heading, const Object* pairs) {
  static const Object kNone;
  std::string_view shown_heading = heading;
  for (const auto& [key, value] : pairs == nullptr ? kNone : *pairs) {
    if (key == kLastAppliedAnnotation || !value.is_string()) continue;
    AddLine(out, shown_heading, std::string(key) + "=" + CellText(value));
    shown_heading = "";
  }
  if (!shown_heading.empty()) AddLine(out, heading, "<none>");
}

std::string TimeText(std::string_view time, WallTime now) {
  return std::string(time) + " (" + AgeText(time, now) + " ago)";
}

std::string Top(const Value& object, WallTime now) {
  std::string out;
  AddLine(out, "Name", NameOf(object));
  if (!NamespaceOf(object).empty()) AddLine(out, "Namespace", NamespaceOf(object));
  AddLine(out, "Kind",
          std::string(StringAt(object, {"kind"})) + " (" +
              std::string(StringAt(object, {"apiVersion"})) + ")");
  AddPairs(out, "Labels", ObjectAt(object, {"metadata", "labels"}));
  AddPairs(out, "Annotations", ObjectAt(object, {"metadata", "annotations"}));
  AddLine(out, "Created", TimeText(StringAt(object, {"metadata", "creationTimestamp"}), now));
  for (const Value& owner : ElementsAt(object, {"metadata", "ownerReferences"})) {
    AddLine(out, "Owned by",
            std::string(StringAt(owner, {"kind"})) + "/" + std::string(StringAt(owner, {"name"})));
  }
  if (IsBeingDeleted(object)) {
    std::string text = TimeText(StringAt(object, {"metadata", "deletionTimestamp"}), now);
    for (const std::string& finalizer : FinalizersOf(object)) text += ", waits for " + finalizer;
    AddLine(out, "Deleting", text);
  }
  return out;
}

std::string Conditions(const Array& conditions, WallTime now) {
  TextTable table;
  table.AddRow({"TYPE", "STATUS", "AGE", "REASON", "MESSAGE"});
  for (const Value& condition : conditions) {
    table.AddRow({std::string(StringAt(condition, {"type"})),
                  std::string(StringAt(condition, {"status"})),
                  AgeText(StringAt(condition, {"lastTransitionTime"}), now),
                  std::string(StringAt(condition, {"reason"})),
                  CellText(boost::json::string(StringAt(condition, {"message"})))});
  }
  return "\nConditions:\n" + Indented(table.Print());
}

std::string Events(const std::vector<Value>& events, WallTime now) {
  if (events.empty()) return "\nEvents:  <none>\n";
  TextTable table;
  table.AddRow({"TYPE", "REASON", "AGE", "FROM", "MESSAGE"});
  for (const Value& event : events) {
    table.AddRow({std::string(StringAt(event, {"type"})), std::string(StringAt(event, {"reason"})),
                  WhenText(event, now), std::string(SourceOf(event)),
                  CellText(boost::json::string(StringAt(event, {"message"})))});
  }
  return "\nEvents:\n" + Indented(table.Print());
}

/// A Secret's values are told by their size: a description is made to be shown around.
Value WithoutSecrets(const Value& object) {
  Value shown = object;
  if (StringAt(object, {"kind"}) != "Secret") return shown;
  for (const char* member : {"data", "stringData"}) {
    Value* data = Find(shown, {member});
    if (data == nullptr || !data->is_object()) continue;
    for (auto& [key, value] : data->get_object()) {
      // Base64 writes three bytes as four characters.
      const std::size_t size = value.is_string() ? value.get_string().size() : 0;
      const bool encoded = std::string_view(member) == "data";
      value = boost::json::string(std::to_string(encoded ? size / 4 * 3 : size) + " bytes");
    }
  }
  return shown;
}

/// Spec, Status, Data…: every member but those told at the top.
std::string Body(const Value& object) {
  std::string out;
  for (const auto& [key, value] : object.get_object()) {
    if (key == "apiVersion" || key == "kind" || key == "metadata") continue;
    Value shown = value;
    Remove(shown, {"conditions"});
    if (shown.is_object() && shown.get_object().empty()) continue;
    std::string heading(key);
    if (heading[0] >= 'a' && heading[0] <= 'z')
      heading[0] = static_cast<char>(heading[0] - 'a' + 'A');
    out += "\n" + heading + ":";
    out += shown.is_structured() ? "\n" + Indented(ToYaml(shown)) : "  " + CellText(shown) + "\n";
  }
  return out;
}

Result<int> RunDescribe(Invocation& invocation) {
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Target> named, NamedTargets(invocation));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  const WallTime now = invocation.environment().clock.Now();
  const bool with_events = invocation.flags().On("show-events", true);
  bool first = true;
  for (const Target& target : named) {
    NOIZY_ASSIGN_OR_RETURN(const std::vector<Value> objects,
                           FetchObjects(*session, target, QueryOf(invocation.flags())));
    for (const Value& object : objects) {
      const Target one{target.kind, std::string(NamespaceOf(object)), std::string(NameOf(object))};
      std::vector<Value> events;
      if (with_events) {
        // Events of cluster-scoped objects are kept in the default namespace.
        Result<ObjectList> found = FetchEvents(*session, one.ns.empty() ? "default" : one.ns, &one);
        if (found.ok()) events = std::move(found->items);
      }
      invocation.out() << (first ? "" : "\n\n") << DescribeObject(object, events, now);
      first = false;
    }
  }
  if (first) invocation.err() << "No resources found\n";
  return kExitOk;
}

}  // namespace

std::string DescribeObject(const Value& object, const std::vector<Value>& events, WallTime now) {
  const Value shown = WithoutSecrets(object);
  std::string out = Top(shown, now) + Body(shown);
  if (const Array* conditions = ArrayAt(shown, {"status", "conditions"});
      conditions != nullptr && !conditions->empty()) {
    out += Conditions(*conditions, now);
  }
  return out + Events(events, now);
}

const Command kDescribe = {.name = "describe",
                           .usage = "TYPE [NAME…] | TYPE/NAME… | -f FILE",
                           .summary = "Tell about an object in full, with what happened to it",
                           .details = "",
                           .flags = kFlags,
                           .run = RunDescribe};

}  // namespace noizy::cli
