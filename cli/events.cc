#include "cli/commands.h"
#include "cli/event_lines.h"
#include "cli/printer.h"
#include "cli/table.h"
#include "cli/text.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    {"for", 0, FlagKind::kText, "TYPE/NAME", "only what happened to this object"},
    {"types", 0, FlagKind::kText, "TYPES", "only these: Normal, Warning"},
    {"no-headers", 0, FlagKind::kSwitch, "", "rows alone"},
    {"output", 'o', FlagKind::kText, "FORMAT", "json, yaml, name, jsonpath=…, custom-columns=…"},
    kAllNamespacesFlag};

Result<std::optional<Target>> About(Invocation& invocation, Session& session) {
  if (!invocation.flags().Has("for")) return std::optional<Target>();
  const std::string word(invocation.flags().Text("for"));
  if (word.find('/') == std::string::npos)
    return WrongUsage("flag --for wants TYPE/NAME, such as task/a");
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Target> targets, NamedTargets(invocation, {word}));
  Target target = targets.front();
  if (target.kind.resource.namespaced) target.ns = session.ns();
  return std::optional(std::move(target));
}

bool IsWantedType(const Value& event, std::string_view types) {
  if (types.empty()) return true;
  const std::string wanted = "," + LowerCase(types) + ",";
  return wanted.find("," + LowerCase(StringAt(event, {"type"})) + ",") != std::string::npos;
}

std::string ObjectOf(const Value& event) {
  return LowerCase(StringAt(event, {"involvedObject", "kind"})) + "/" +
         std::string(StringAt(event, {"involvedObject", "name"}));
}

Result<int> RunEvents(Invocation& invocation) {
  const FlagValues& flags = invocation.flags();
  if (!invocation.words().empty())
    return WrongUsage("events takes no words; --for TYPE/NAME picks an object");
  Result<OutputFormat> format = OutputFormat::Parse(flags.Text("output"));
  if (!format.ok()) return WrongUsage(format.status().message());
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(const std::optional<Target> about, About(invocation, *session));
  const bool everywhere = flags.On("all-namespaces");
  NOIZY_ASSIGN_OR_RETURN(
      std::vector<Value> events,
      FetchEvents(*session, everywhere ? "" : session->ns(), about ? &*about : nullptr));
  std::erase_if(events,
                [&](const Value& event) { return !IsWantedType(event, flags.Text("types")); });
  if (!format->is_table()) {
    invocation.out() << PrintObject(*format, ListOf(std::move(events)));
    return kExitOk;
  }
  if (events.empty()) {
    invocation.err() << (everywhere ? "No events found.\n"
                                    : "No events found in " + session->ns() + " namespace.\n");
    return kExitOk;
  }
  TextTable table;
  std::vector<std::string> headings = {"LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"};
  if (everywhere) headings.insert(headings.begin(), "NAMESPACE");
  if (!flags.On("no-headers")) table.AddRow(std::move(headings));
  const WallTime now = invocation.environment().clock.Now();
  for (const Value& event : events) {
    std::vector<std::string> row = {WhenText(event, now), std::string(StringAt(event, {"type"})),
                                    std::string(StringAt(event, {"reason"})), ObjectOf(event),
                                    CellText(boost::json::string(StringAt(event, {"message"})))};
    if (everywhere) row.insert(row.begin(), std::string(NamespaceOf(event)));
    table.AddRow(std::move(row));
  }
  invocation.out() << table.Print();
  return kExitOk;
}

}  // namespace

const Command kEvents = {.name = "events",
                         .usage = "[--for TYPE/NAME]",
                         .summary = "List what happened, oldest first",
                         .details = "",
                         .flags = kFlags,
                         .run = RunEvents};

}  // namespace noizy::cli
