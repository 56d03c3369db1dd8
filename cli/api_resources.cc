#include "cli/commands.h"
#include "cli/table.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    {"output", 'o', FlagKind::kText, "FORMAT", "wide (verbs and categories, too) or name"},
    {"api-group", 0, FlagKind::kText, "GROUP", "only this group's; \"\" is the core group"},
    {"namespaced", 0, FlagKind::kSwitch, "",
     "only those in namespaces; --namespaced=false: only the others"},
    {"verbs", 0, FlagKind::kText, "VERBS", "only those that can all of these: list,watch"},
    {"no-headers", 0, FlagKind::kSwitch, "", "rows alone"}};

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

bool IsWanted(const ServedKind& kind, const FlagValues& flags) {
  if (flags.Has("api-group") && kind.resource.group != flags.Text("api-group")) return false;
  if (flags.Has("namespaced") && kind.resource.namespaced != flags.On("namespaced")) return false;
  std::string_view verbs = flags.Text("verbs");
  while (!verbs.empty()) {
    const std::size_t comma = std::min(verbs.find(','), verbs.size());
    if (!kind.HasVerb(verbs.substr(0, comma))) return false;
    verbs.remove_prefix(std::min(comma + 1, verbs.size()));
  }
  return true;
}

Result<int> RunApiResources(Invocation& invocation) {
  const FlagValues& flags = invocation.flags();
  const std::string_view output = flags.Text("output");
  if (output != "" && output != "wide" && output != "name")
    return WrongUsage("-o takes wide or name");
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(const ServedKinds* const discovery, session->discovery());
  TextTable table;
  std::vector<std::string> headings = {"NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"};
  if (output == "wide") headings.insert(headings.end(), {"VERBS", "CATEGORIES"});
  if (output != "name" && !flags.On("no-headers")) table.AddRow(std::move(headings));
  for (const ServedKind& kind : discovery->all()) {
    if (!IsWanted(kind, flags)) continue;
    if (output == "name") {
      table.AddRow({kind.resource.Resource()});
      continue;
    }
    std::vector<std::string> row = {kind.resource.plural, Joined(kind.short_names),
                                    kind.ApiVersion(), kind.resource.namespaced ? "true" : "false",
                                    kind.kind};
    if (output == "wide") row.insert(row.end(), {Joined(kind.verbs), Joined(kind.categories)});
    table.AddRow(std::move(row));
  }
  invocation.out() << table.Print();
  return kExitOk;
}

}  // namespace

const Command kApiResources = {.name = "api-resources",
                               .usage = "",
                               .summary = "List the kinds of objects that the server has",
                               .details = "",
                               .flags = kFlags,
                               .run = RunApiResources};

}  // namespace noizy::cli
