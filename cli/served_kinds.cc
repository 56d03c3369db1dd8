#include "cli/served_kinds.h"

#include "cli/elements.h"
#include "cli/text.h"
#include "machinery/meta/meta.h"
#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

constexpr std::string_view kAggregated =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

std::vector<std::string> Strings(const Value& value, ValuePath path) {
  std::vector<std::string> strings;
  for (const Value& element : ElementsAt(value, path)) {
    if (element.is_string()) strings.emplace_back(View(element.get_string()));
  }
  return strings;
}

/// An APIGroupDiscoveryList's kinds.
void AddAggregated(const Value& document, std::vector<ServedKind>& kinds) {
  for (const Value& group : ElementsAt(document, {"items"})) {
    for (const Value& version : ElementsAt(group, {"versions"})) {
      for (const Value& resource : ElementsAt(version, {"resources"})) {
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
  for (const Value& resource : ElementsAt(document, {"resources"})) {
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
  for (const Value& group : ElementsAt(document, {"groups"})) {
    for (const Value& version : ElementsAt(group, {"versions"})) {
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

std::string ServedKind::ApiVersion() const {
  return resource.group.empty() ? resource.version : resource.group + "/" + resource.version;
}

bool ServedKind::HasVerb(std::string_view verb) const {
  return Contains(verbs, verb);
}

Result<ServedKinds> ServedKinds::Discover(const Client& client) {
  std::vector<ServedKind> kinds;
  NOIZY_RETURN_IF_ERROR(AddRoot(client, "/api", kinds));
  NOIZY_RETURN_IF_ERROR(AddRoot(client, "/apis", kinds));
  return ServedKinds(std::move(kinds));
}

const ServedKind* ServedKinds::FindByWord(std::string_view word) const {
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
    if (fits) return &kind;
  }
  return nullptr;
}

const ServedKind* ServedKinds::FindByKind(std::string_view api_version,
                                          std::string_view kind) const {
  for (const ServedKind& served : kinds_) {
    if (served.kind == kind && served.ApiVersion() == api_version) return &served;
  }
  return nullptr;
}

}  // namespace noizy::cli
