#include "cli/served_kinds.h"

#include "cli/printer.h"
#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

constexpr std::string_view kAggregated =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

std::vector<std::string> Strings(const Value& value, ValuePath path) {
  std::vector<std::string> strings;
  if (const Array* array = ArrayAt(value, path)) {
    for (const Value& element : *array) {
      if (element.is_string()) strings.emplace_back(View(element.get_string()));
    }
  }
  return strings;
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

/// An APIGroupDiscoveryList's kinds.
void AddAggregated(const Value& document, std::vector<ServedKind>& kinds) {
  const Array* groups = ArrayAt(document, {"items"});
  if (groups == nullptr) return;
  for (const Value& group : *groups) {
    const Array* versions = ArrayAt(group, {"versions"});
    for (const Value& version : versions == nullptr ? Array() : *versions) {
      const Array* resources = ArrayAt(version, {"resources"});
      for (const Value& resource : resources == nullptr ? Array() : *resources) {
        ServedKind kind;
        kind.resource = {std::string(NameOf(group)), std::string(StringAt(version, {"version"})),
                         std::string(StringAt(resource, {"resource"})),
                         StringAt(resource, {"scope"}) == "Namespaced"};
        kind.kind = StringAt(resource, {"responseKind", "kind"});
        kind.singular = StringAt(resource, {"singularResource"});
        kind.short_names = Strings(resource, {"shortNames"});
        kind.categories = Strings(resource, {"categories"});
        kind.verbs = Strings(resource, {"verbs"});
        if (kind.singular.empty()) kind.singular = LowerCase(kind.kind);
        kinds.push_back(std::move(kind));
      }
    }
  }
}

/// An APIResourceList's kinds; subresources ("tasks/status") are no kinds.
void AddLegacy(const Value& document, std::vector<ServedKind>& kinds) {
  const std::string_view group_version = StringAt(document, {"groupVersion"});
  const std::size_t slash = group_version.find('/');
  const bool core = slash == std::string_view::npos;
  const Array* resources = ArrayAt(document, {"resources"});
  for (const Value& resource : resources == nullptr ? Array() : *resources) {
    const std::string_view plural = StringAt(resource, {"name"});
    if (plural.find('/') != std::string_view::npos) continue;
    ServedKind kind;
    kind.resource = {std::string(core ? "" : group_version.substr(0, slash)),
                     std::string(core ? group_version : group_version.substr(slash + 1)),
                     std::string(plural), BoolAt(resource, {"namespaced"})};
    kind.kind = StringAt(resource, {"kind"});
    kind.singular = StringAt(resource, {"singularName"});
    kind.short_names = Strings(resource, {"shortNames"});
    kind.categories = Strings(resource, {"categories"});
    kind.verbs = Strings(resource, {"verbs"});
    if (kind.singular.empty()) kind.singular = LowerCase(kind.kind);
    kinds.push_back(std::move(kind));
  }
}

Result<Value> GetDocument(const Client& client, std::string_view path, std::string_view accept) {
  NOIZY_ASSIGN_OR_RETURN(const std::string text, client.GetRaw(path, accept));
  return ParseJson(text);
}

/// The paths of a legacy root's group versions: "/api/v1", "/apis/noizy.dev/v1".
std::vector<std::string> GroupVersionPaths(const Value& document) {
  std::vector<std::string> paths;
  for (const std::string& version : Strings(document, {"versions"}))
    paths.push_back("/api/" + version);
  const Array* groups = ArrayAt(document, {"groups"});
  for (const Value& group : groups == nullptr ? Array() : *groups) {
    const Array* versions = ArrayAt(group, {"versions"});
    for (const Value& version : versions == nullptr ? Array() : *versions) {
      paths.push_back("/apis/" + std::string(StringAt(version, {"groupVersion"})));
    }
  }
  return paths;
}

Status AddRoot(const Client& client, std::string_view root, std::vector<ServedKind>& kinds) {
  NOIZY_ASSIGN_OR_RETURN(const Value document, GetDocument(client, root, kAggregated));
  if (StringAt(document, {"kind"}) == "APIGroupDiscoveryList") {
    AddAggregated(document, kinds);
    return Status::Ok();
  }
  for (const std::string& path : GroupVersionPaths(document)) {
    NOIZY_ASSIGN_OR_RETURN(const Value resources, GetDocument(client, path, "application/json"));
    AddLegacy(resources, kinds);
  }
  return Status::Ok();
}

bool Contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Whether a word without dots names the kind.
bool Names(const ServedKind& kind, std::string_view word) {
  return kind.resource.plural == word || kind.singular == word || Contains(kind.short_names, word);
}

}  // namespace

bool ServedKind::Can(std::string_view verb) const {
  return Contains(verbs, verb);
}

std::string ServedKind::Shown(std::string_view name) const {
  return ObjectName(singular, resource.group, name);
}

Result<ServedKinds> ServedKinds::Discover(const Client& client) {
  std::vector<ServedKind> kinds;
  NOIZY_RETURN_IF_ERROR(AddRoot(client, "/api", kinds));
  NOIZY_RETURN_IF_ERROR(AddRoot(client, "/apis", kinds));
  return ServedKinds(std::move(kinds));
}

Result<ServedKind> ServedKinds::ByWord(std::string_view word) const {
  const std::string lower = LowerCase(word);
  const std::size_t dot = lower.find('.');
  const std::string_view name = std::string_view(lower).substr(0, dot);
  const std::string_view rest =
      dot == std::string::npos ? std::string_view() : std::string_view(lower).substr(dot + 1);
  for (const ServedKind& kind : kinds_) {
    if (!Names(kind, name)) continue;
    const ResourceRef& resource = kind.resource;
    const bool fits = rest.empty() || rest == resource.group ||
                      rest == resource.version + "." + resource.group ||
                      (resource.group.empty() && rest == resource.version);
    if (fits) return kind;
  }
  return Status(StatusReason::kNotFound, "the server has no resource type \"" + std::string(word) +
                                             "\"; noizy api-resources lists those it has");
}

Result<ServedKind> ServedKinds::ByGroupVersionKind(const GroupVersionKind& wanted) const {
  for (const ServedKind& kind : kinds_) {
    if (kind.kind == wanted.kind && kind.resource.group == wanted.group &&
        kind.resource.version == wanted.version) {
      return kind;
    }
  }
  return Status(StatusReason::kNotFound,
                "the server has no kind \"" + wanted.kind + "\" in \"" + wanted.ApiVersion() +
                    "\"; apply its CustomResourceDefinition first, or mend apiVersion");
}

std::vector<ServedKind> ServedKinds::ByCategory(std::string_view category) const {
  std::vector<ServedKind> members;
  for (const ServedKind& kind : kinds_) {
    if (Contains(kind.categories, category) && kind.Can("list")) members.push_back(kind);
  }
  return members;
}

}  // namespace noizy::cli
