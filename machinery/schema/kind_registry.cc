#include <algorithm>
#include <tuple>

#include "machinery/schema/kind.h"
#include "machinery/value/json.h"
#include "machinery/value/yaml.h"

namespace noizy {
namespace {

auto SortKey(const Kind& kind) {
  return std::tuple<std::string_view, std::string_view, std::string_view>(
      kind.gvk.group, kind.gvk.version, kind.plural);
}

bool Before(const KindPtr& a, const KindPtr& b) {
  return SortKey(*a) < SortKey(*b);
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return out;
}

bool IsCalled(const Kind& kind, const std::string& name) {
  return kind.plural == name || kind.singular == name || Lower(kind.gvk.kind) == name ||
         std::find(kind.short_names.begin(), kind.short_names.end(), name) !=
             kind.short_names.end();
}

// Whether what follows the name's first dot is this kind's group, or its version and group.
bool IsQualifiedBy(const Kind& kind, std::string_view suffix) {
  if (suffix.empty() || suffix == kind.gvk.group) return true;
  if (!suffix.starts_with(kind.gvk.version)) return false;
  suffix.remove_prefix(kind.gvk.version.size());
  if (suffix.starts_with('.')) return suffix.substr(1) == kind.gvk.group;
  return suffix.empty() && kind.gvk.group.empty();
}

// What is JSON, as the embedded schemas are, is read a hundred times faster as such.
Result<std::vector<YamlDocument>> ReadDocuments(std::string_view text) {
  if (text.starts_with('{')) {
    if (auto value = ParseJson(text)) return std::vector<YamlDocument>{{*std::move(value), 1}};
  }
  return ParseYaml(text);
}

}  // namespace

Result<KindRegistry> KindRegistry::FromYaml(const std::vector<std::string_view>& texts) {
  std::vector<KindPtr> kinds;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string context = "schema " + std::to_string(i);
    auto documents = ReadDocuments(texts[i]);
    if (!documents) return documents.status().WithContext(context);
    for (const YamlDocument& document : *documents) {
      auto defined = KindsOfDefinition(document.value);
      if (!defined) return defined.status().WithContext(context);
      kinds.insert(kinds.end(), defined->begin(), defined->end());
    }
  }
  return KindRegistry().With(kinds);
}

KindPtr KindRegistry::FindByResource(std::string_view group, std::string_view version,
                                     std::string_view plural) const {
  const std::tuple<std::string_view, std::string_view, std::string_view> wanted(group, version,
                                                                                plural);
  const auto found =
      std::lower_bound(kinds_.begin(), kinds_.end(), wanted,
                       [](const KindPtr& kind, const auto& key) { return SortKey(*kind) < key; });
  return found != kinds_.end() && SortKey(**found) == wanted ? *found : nullptr;
}

KindPtr KindRegistry::FindByKind(const GroupVersionKind& gvk) const {
  const auto found = std::find_if(kinds_.begin(), kinds_.end(),
                                  [&](const KindPtr& kind) { return kind->gvk == gvk; });
  return found == kinds_.end() ? nullptr : *found;
}

KindPtr KindRegistry::FindByName(std::string_view name) const {
  const std::size_t dot = name.find('.');
  const std::string base = Lower(name.substr(0, dot));
  const std::string_view suffix = dot == std::string_view::npos ? "" : name.substr(dot + 1);
  // A plural wins over another kind's short name.
  for (const bool plural_only : {true, false}) {
    for (const KindPtr& kind : kinds_) {
      const bool called = plural_only ? kind->plural == base : IsCalled(*kind, base);
      if (called && IsQualifiedBy(*kind, suffix)) return kind;
    }
  }
  return nullptr;
}

KindRegistry KindRegistry::With(const std::vector<KindPtr>& more) const {
  KindRegistry out;
  out.kinds_ = more;
  std::stable_sort(out.kinds_.begin(), out.kinds_.end(), Before);
  // The newer definition of a resource comes first, so that it is the one that stays.
  std::vector<KindPtr> merged;
  std::merge(out.kinds_.begin(), out.kinds_.end(), kinds_.begin(), kinds_.end(),
             std::back_inserter(merged), Before);
  merged.erase(
      std::unique(merged.begin(), merged.end(),
                  [](const KindPtr& a, const KindPtr& b) { return SortKey(*a) == SortKey(*b); }),
      merged.end());
  out.kinds_ = std::move(merged);
  return out;
}

KindRegistry KindRegistry::Without(std::string_view group, std::string_view plural) const {
  KindRegistry out;
  std::copy_if(
      kinds_.begin(), kinds_.end(), std::back_inserter(out.kinds_),
      [&](const KindPtr& kind) { return kind->gvk.group != group || kind->plural != plural; });
  return out;
}

}  // namespace noizy
