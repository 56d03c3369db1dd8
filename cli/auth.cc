// auth can-i and auth whoami: what the server thinks of the caller.
#include "cli/commands.h"
#include "cli/elements.h"
#include "cli/kinds.h"
#include "cli/printer.h"
#include "cli/table.h"

namespace noizy::cli {
namespace {

constexpr std::string_view kAuthorization = "authorization.k8s.io";
constexpr std::string_view kAuthentication = "authentication.k8s.io";

/// Asks by creating an object that is answered and not kept.
Result<Value> Review(const Session& session, std::string_view group, std::string_view kind,
                     std::string_view plural, Value spec) {
  const ResourceRef resource{std::string(group), "v1", std::string(plural), false};
  Value review = Object{{"apiVersion", std::string(group) + "/v1"}, {"kind", kind}};
  if (!spec.is_null()) Set(review, {"spec"}, std::move(spec));
  return session.client().Create(resource, "", review);
}

constexpr Flag kCanIFlags[] = {
    {"list", 0, FlagKind::kSwitch, "", "all that is allowed in the namespace"},
    {"subresource", 0, FlagKind::kText, "NAME", "status, scale, log"},
    {"quiet", 'q', FlagKind::kSwitch, "", "only the exit code answers"},
    {"no-headers", 0, FlagKind::kSwitch, "", "with --list: rows alone"},
    {"all-namespaces", 'A', FlagKind::kSwitch, "", "in every namespace"}};

/// "tasks", "task/a", "tasks.noizy.dev": what is asked about, and where. A word that discovery does
/// not know is asked about as it stands, as rules may speak of it.
Result<Value> ResourceAttributes(Invocation& invocation, Session& session, std::string_view word) {
  const std::size_t slash = word.find('/');
  const std::string_view type = word.substr(0, slash);
  NOIZY_ASSIGN_OR_RETURN(const ServedKinds* const discovery, session.discovery());
  const ServedKind* kind = discovery->FindByWord(type);
  if (kind == nullptr && type != "*") {
    invocation.err() << "Warning: the server doesn't have a resource type '" << type << "'\n";
  }
  const std::size_t dot = std::min(type.find('.'), type.size());
  Value attributes = Object{
      {"resource", kind == nullptr ? type.substr(0, dot) : std::string_view(kind->resource.plural)},
      {"group", kind == nullptr ? type.substr(std::min(dot + 1, type.size()))
                                : std::string_view(kind->resource.group)}};
  if (type == "*") Set(attributes, {"group"}, "*");
  if (slash != std::string_view::npos)
    Set(attributes, {"name"}, boost::json::string(word.substr(slash + 1)));
  const bool everywhere =
      invocation.flags().On("all-namespaces") || (kind != nullptr && !kind->resource.namespaced);
  if (!everywhere) Set(attributes, {"namespace"}, boost::json::string(session.ns()));
  const std::string_view subresource = invocation.flags().Text("subresource");
  if (!subresource.empty()) Set(attributes, {"subresource"}, boost::json::string(subresource));
  return attributes;
}

Result<Value> QuestionOf(Invocation& invocation, Session& session) {
  const std::vector<std::string>& words = invocation.words();
  Value spec;
  if (words[1].starts_with('/')) {
    Set(spec, {"nonResourceAttributes"}, Object{{"path", words[1]}, {"verb", words[0]}});
    return spec;
  }
  NOIZY_ASSIGN_OR_RETURN(Value attributes, ResourceAttributes(invocation, session, words[1]));
  Set(attributes, {"verb"}, boost::json::string(words[0]));
  Set(spec, {"resourceAttributes"}, std::move(attributes));
  return spec;
}

std::string Words(const Value& rule, std::string_view member) {
  std::string text;
  for (const Value& word : ElementsAt(rule, {member}))
    text += (text.empty() ? "" : " ") + BareText(word);
  return "[" + text + "]";
}

/// "tasks.noizy.dev": a rule's resource with each of its groups.
std::vector<std::string> ResourcesOf(const Value& rule) {
  std::vector<std::string> names;
  for (const Value& group : ElementsAt(rule, {"apiGroups"})) {
    for (const Value& resource : ElementsAt(rule, {"resources"})) {
      const std::string suffix = BareText(group);
      names.push_back(BareText(resource) + (suffix.empty() ? "" : "." + suffix));
    }
  }
  return names;
}

Result<int> ListRules(Invocation& invocation, Session& session) {
  NOIZY_ASSIGN_OR_RETURN(const Value review,
                         Review(session, kAuthorization, "SelfSubjectRulesReview",
                                "selfsubjectrulesreviews", Object{{"namespace", session.ns()}}));
  TextTable table;
  if (!invocation.flags().On("no-headers"))
    table.AddRow({"Resources", "Non-Resource URLs", "Resource Names", "Verbs"});
  for (const Value& rule : ElementsAt(review, {"status", "resourceRules"})) {
    for (std::string& name : ResourcesOf(rule))
      table.AddRow({std::move(name), "[]", Words(rule, "resourceNames"), Words(rule, "verbs")});
  }
  for (const Value& rule : ElementsAt(review, {"status", "nonResourceRules"}))
    table.AddRow({"", Words(rule, "nonResourceURLs"), "[]", Words(rule, "verbs")});
  invocation.out() << table.Print();
  return kExitOk;
}

Result<int> RunCanI(Invocation& invocation) {
  const bool list = invocation.flags().On("list");
  if (invocation.words().size() != (list ? 0U : 2U))
    return WrongUsage("say what you want to do: VERB TYPE[/NAME], VERB /PATH, or --list");
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  if (list) return ListRules(invocation, *session);
  NOIZY_ASSIGN_OR_RETURN(Value question, QuestionOf(invocation, *session));
  NOIZY_ASSIGN_OR_RETURN(const Value review,
                         Review(*session, kAuthorization, "SelfSubjectAccessReview",
                                "selfsubjectaccessreviews", std::move(question)));
  const bool allowed = BoolAt(review, {"status", "allowed"});
  const std::string_view reason = StringAt(review, {"status", "reason"});
  if (!invocation.flags().On("quiet")) {
    invocation.out() << (allowed ? "yes" : "no");
    if (!allowed && !reason.empty()) invocation.out() << " - " << reason;
    invocation.out() << "\n";
  }
  return allowed ? kExitOk : kExitFailed;
}

constexpr Flag kWhoAmIFlags[] = {
    {"output", 'o', FlagKind::kText, "FORMAT", "json, yaml, name, jsonpath=…"}};

Result<int> RunWhoAmI(Invocation& invocation) {
  Result<OutputFormat> format = OutputFormat::Parse(invocation.flags().Text("output"));
  if (!format.ok()) return WrongUsage(format.status().message());
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(const Value review, Review(*session, kAuthentication, "SelfSubjectReview",
                                                    "selfsubjectreviews", nullptr));
  if (!format->is_table()) {
    invocation.out() << PrintObject(*format, review);
    return kExitOk;
  }
  const Value* user = Find(review, {"status", "userInfo"});
  if (user == nullptr) return Internal("the server does not say who you are");
  TextTable table;
  table.AddRow({"ATTRIBUTE", "VALUE"});
  table.AddRow({"Username", std::string(StringAt(*user, {"username"}))});
  if (!StringAt(*user, {"uid"}).empty())
    table.AddRow({"UID", std::string(StringAt(*user, {"uid"}))});
  if (!ElementsAt(*user, {"groups"}).empty()) table.AddRow({"Groups", Words(*user, "groups")});
  invocation.out() << table.Print();
  return kExitOk;
}

}  // namespace

const Command kAuthCanI = {.name = "auth can-i",
                           .usage = "VERB TYPE[/NAME] | VERB /PATH | --list",
                           .summary = "Ask whether you may do something (exit code 1: no)",
                           .details = "noizy auth can-i create tasks -n team",
                           .flags = kCanIFlags,
                           .run = RunCanI};

const Command kAuthWhoAmI = {.name = "auth whoami",
                             .usage = "",
                             .summary = "Say whom the server takes you for",
                             .details = "",
                             .flags = kWhoAmIFlags,
                             .run = RunWhoAmI};

}  // namespace noizy::cli
