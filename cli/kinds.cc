#include "cli/kinds.h"

#include "cli/printer.h"

namespace noizy::cli {

Result<ServedKind> KindByWord(const ServedKinds& discovery, std::string_view word) {
  if (const ServedKind* kind = discovery.FindByWord(word)) return *kind;
  return Status(StatusReason::kNotFound, "the server has no resource type \"" + std::string(word) +
                                             "\"; noizy api-resources lists those it has");
}

Result<ServedKind> KindOfObject(const ServedKinds& discovery, const Value& object) {
  const std::string_view api_version = StringAt(object, {"apiVersion"});
  const std::string_view kind = StringAt(object, {"kind"});
  if (const ServedKind* found = discovery.FindByKind(api_version, kind)) return *found;
  return Status(StatusReason::kNotFound,
                "the server has no kind \"" + std::string(kind) + "\" in \"" +
                    std::string(api_version) +
                    "\"; mend kind or apiVersion, or apply its CustomResourceDefinition first");
}

Result<std::vector<ServedKind>> KindsByWords(const ServedKinds& discovery, std::string_view words) {
  std::vector<ServedKind> kinds;
  for (std::size_t at = 0; at <= words.size();) {
    const std::size_t comma = std::min(words.find(',', at), words.size());
    const std::string_view word = words.substr(at, comma - at);
    at = comma + 1;
    const std::size_t before = kinds.size();
    for (const ServedKind& kind : discovery.all()) {
      const bool member =
          std::find(kind.categories.begin(), kind.categories.end(), word) != kind.categories.end();
      if (member && kind.HasVerb("list")) kinds.push_back(kind);
    }
    if (kinds.size() > before) continue;
    NOIZY_ASSIGN_OR_RETURN(ServedKind kind, KindByWord(discovery, word));
    kinds.push_back(std::move(kind));
  }
  return kinds;
}

std::string Shown(const ServedKind& kind, std::string_view name) {
  return ObjectName(kind.singular, kind.resource.group, name);
}

}  // namespace noizy::cli
