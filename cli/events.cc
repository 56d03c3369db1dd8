#include "cli/commands.h"
#include "cli/event_lines.h"
#include "cli/printer.h"
#include "cli/table.h"
#include "cli/text.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    {"for", 0, FlagKind::kText, "TYPE/NAME", "only what happened to this object"},
    {"watch", 'w', FlagKind::kSwitch, "", "go on with every event that comes"},
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

/// One run of events.
class Eventing {
 public:
  Eventing(Invocation& invocation, Session& session, OutputFormat format,
           std::optional<Target> about)
      : invocation_(invocation),
        session_(session),
        format_(std::move(format)),
        about_(std::move(about)),
        everywhere_(invocation.flags().On("all-namespaces")),
        ns_(everywhere_ ? "" : session.ns()) {}

  Result<int> Run() {
    const bool watch = invocation_.flags().On("watch");
    NOIZY_ASSIGN_OR_RETURN(ObjectList list, Fetch());
    std::erase_if(list.items, [this](const Value& event) { return !IsWanted(event); });
    if (list.items.empty() && format_.is_table() && !watch) {
      invocation_.err() << (everywhere_ ? "No events found.\n"
                                        : "No events found in " + ns_ + " namespace.\n");
      return kExitOk;
    }
    if (format_.is_table()) {
      AddHeadings();
      ShowRows(list.items);
    } else if (!watch) {
      invocation_.out() << PrintObject(format_, ListOf(std::move(list.items)));
    } else {
      for (const Value& event : list.items) Show(event);
    }
    if (watch) NOIZY_RETURN_IF_ERROR(Follow(list.resource_version));
    return kExitOk;
  }

 private:
  Result<ObjectList> Fetch() { return FetchEvents(session_, ns_, about_ ? &*about_ : nullptr); }

  bool IsWanted(const Value& event) const {
    return IsWantedType(event, invocation_.flags().Text("types"));
  }

  void AddHeadings() {
    if (invocation_.flags().On("no-headers")) return;
    std::vector<std::string> headings = {"LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"};
    if (everywhere_) headings.insert(headings.begin(), "NAMESPACE");
    table_.AddRow(std::move(headings));
  }

  void ShowRows(const std::vector<Value>& events) {
    const WallTime now = invocation_.environment().clock.Now();
    for (const Value& event : events) {
      std::vector<std::string> row = {WhenText(event, now), std::string(StringAt(event, {"type"})),
                                      std::string(StringAt(event, {"reason"})), ObjectOf(event),
                                      CellText(boost::json::string(StringAt(event, {"message"})))};
      if (everywhere_) row.insert(row.begin(), std::string(NamespaceOf(event)));
      table_.AddRow(std::move(row));
    }
    invocation_.out() << table_.Print() << std::flush;
  }

  void Show(const Value& event) {
    if (format_.is_table()) return ShowRows({event});
    invocation_.out() << PrintObject(format_, event) << std::flush;
  }

  /// Every event that comes or comes again, until the program is ended. Watches that the server
  /// ends are begun anew; where its history does not reach back, from what there is then.
  Status Follow(std::string version) {
    NOIZY_ASSIGN_OR_RETURN(const ServedKinds* const discovery, session_.discovery());
    NOIZY_ASSIGN_OR_RETURN(const ServedKind kind, KindByWord(*discovery, "events"));
    const WatchFeed feed{.on_event =
                             [&](std::string_view type, const Value& event) {
                               version = StringAt(event, {"metadata", "resourceVersion"});
                               const bool news = type == "ADDED" || type == "MODIFIED";
                               if (news && IsWanted(event)) Show(event);
                               return !invocation_.out().fail();
                             },
                         .cancelled = [] { return false; }};
    while (!invocation_.out().fail()) {
      std::string query;
      AddParameter(query, "fieldSelector", EventSelector(about_ ? &*about_ : nullptr));
      AddParameter(query, "watch", "true");
      AddParameter(query, "allowWatchBookmarks", "true");
      AddParameter(query, "resourceVersion", version);
      const Status watched = WatchPath(session_, WithQuery(kind.resource.Path(ns_, ""), query),
                                       "application/json", feed);
      if (watched.reason() == StatusReason::kExpired) {
        NOIZY_ASSIGN_OR_RETURN(const ObjectList list, Fetch());
        version = list.resource_version;
      } else {
        NOIZY_RETURN_IF_ERROR(watched);
      }
    }
    return Status::Ok();
  }

  Invocation& invocation_;
  Session& session_;
  OutputFormat format_;
  std::optional<Target> about_;
  bool everywhere_;
  std::string ns_;
  TextTable table_;
};

Result<int> RunEvents(Invocation& invocation) {
  if (!invocation.words().empty())
    return WrongUsage("events takes no words; --for TYPE/NAME picks an object");
  Result<OutputFormat> format = OutputFormat::Parse(invocation.flags().Text("output"));
  if (!format.ok()) return WrongUsage(format.status().message());
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(std::optional<Target> about, About(invocation, *session));
  return Eventing(invocation, *session, *std::move(format), std::move(about)).Run();
}

}  // namespace

const Command kEvents = {.name = "events",
                         .usage = "[--for TYPE/NAME] [-w]",
                         .summary = "List what happened, oldest first",
                         .details = "",
                         .flags = kFlags,
                         .run = RunEvents};

}  // namespace noizy::cli
