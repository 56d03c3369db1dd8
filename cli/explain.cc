#include "cli/commands.h"
#include "cli/explain_text.h"
#include "cli/kinds.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    {"recursive", 0, FlagKind::kSwitch, "", "the fields of all levels, without descriptions"},
    {"api-version", 0, FlagKind::kText, "GROUP/VERSION", "this version of the kind's API"}};

std::vector<std::string> FieldsOf(std::string_view path) {
  std::vector<std::string> fields;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('.'), path.size());
    if (end > 0) fields.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return fields;
}

/// "tasks.noizy.dev.spec": the longest part that names a kind, and the fields behind it.
Result<std::pair<ServedKind, std::vector<std::string>>> KindAndFields(const ServedKinds& discovery,
                                                                      std::string_view word) {
  for (std::size_t end = word.size(); end != std::string_view::npos && end > 0;
       end = word.rfind('.', end - 1)) {
    if (const ServedKind* kind = discovery.FindByWord(word.substr(0, end)))
      return std::pair(*kind, FieldsOf(word.substr(end)));
  }
  return KindByWord(discovery, word.substr(0, word.find('.'))).status();
}

Result<int> RunExplain(Invocation& invocation) {
  if (invocation.words().size() != 1) return WrongUsage("say what to explain: task or task.spec");
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(const ServedKinds* const discovery, session->discovery());
  NOIZY_ASSIGN_OR_RETURN(const auto found, KindAndFields(*discovery, invocation.words().front()));
  const auto& [kind, fields] = found;
  std::string api_version(invocation.flags().Text("api-version"));
  if (api_version.empty()) api_version = kind.ApiVersion();
  const std::size_t slash = api_version.find('/');
  const bool core = slash == std::string::npos;
  const Explained explained{.group = core ? "" : api_version.substr(0, slash),
                            .version = core ? api_version : api_version.substr(slash + 1),
                            .kind = kind.kind,
                            .fields = fields};
  NOIZY_ASSIGN_OR_RETURN(
      const Value document,
      session->GetValue((core ? "/openapi/v3/api/" : "/openapi/v3/apis/") + api_version));
  const Depth depth = invocation.flags().On("recursive") ? Depth::kAllLevels : Depth::kOneLevel;
  NOIZY_ASSIGN_OR_RETURN(const std::string text, ExplainField(document, explained, depth));
  invocation.out() << text;
  return kExitOk;
}

}  // namespace

const Command kExplain = {.name = "explain",
                          .usage = "TYPE[.FIELD…] [--recursive]",
                          .summary = "Tell what the fields of a kind mean",
                          .details = "noizy explain task.spec.retry",
                          .flags = kFlags,
                          .run = RunExplain};

}  // namespace noizy::cli
