#include "machinery/schema/discovery.h"

#include <algorithm>
#include <array>

#include "machinery/schema/read_only.h"
#include "machinery/schema/version_order.h"
#include "machinery/value/string_array.h"

namespace noizy {
namespace {

constexpr std::array<std::string_view, 8> kVerbs{"create", "delete", "deletecollection", "get",
                                                 "list",   "patch",  "update",           "watch"};
constexpr std::array<std::string_view, 1> kQuestionVerbs{"create"};
constexpr std::array<std::string_view, 3> kReadVerbs{"get", "list", "watch"};
constexpr std::array<std::string_view, 3> kSubresourceVerbs{"get", "patch", "update"};

template <typename Texts>
Array ToArray(const Texts& texts) {
  Array out;
  for (const auto& text : texts) out.emplace_back(std::string_view(text));
  return out;
}

Array VerbsOf(const Kind& kind) {
  if (!kind.stored) return ToArray(kQuestionVerbs);
  if (IsReadOnly(kind)) return ToArray(kReadVerbs);
  Array verbs = ToArray(kVerbs);
  if (!kind.DeletesCollections()) verbs.erase(std::ranges::find(verbs, Value("deletecollection")));
  return verbs;
}

// The groups in their order, each with its versions, the preferred one first.
struct Group {
  std::string name;
  std::vector<std::string> versions;
};

std::vector<Group> GroupsOf(const KindRegistry& registry) {
  std::vector<Group> groups;
  for (const KindPtr& kind : registry.kinds()) {  // sorted by group and version
    if (groups.empty() || groups.back().name != kind->gvk.group)
      groups.push_back({kind->gvk.group, {}});
    std::vector<std::string>& versions = groups.back().versions;
    if (versions.empty() || versions.back() != kind->gvk.version)
      versions.push_back(kind->gvk.version);
  }
  for (Group& group : groups)
    std::sort(group.versions.begin(), group.versions.end(), IsPreferredVersion);
  return groups;
}

Object VersionReference(const std::string& group, const std::string& version) {
  Object out;
  out.emplace("groupVersion", group + "/" + version);
  out.emplace("version", version);
  return out;
}

void AddGroup(Object& out, const Group& group) {
  Array versions;
  for (const std::string& version : group.versions)
    versions.emplace_back(VersionReference(group.name, version));
  out.emplace("name", group.name);
  out.emplace("versions", std::move(versions));
  out.emplace("preferredVersion", VersionReference(group.name, group.versions.front()));
}

// A document's first two members.
Object Header(std::string_view kind, std::string_view api_version) {
  Object out;
  out.emplace("kind", kind);
  out.emplace("apiVersion", api_version);
  return out;
}

Object ResourceEntry(const Kind& kind) {
  Object out;
  out.emplace("name", kind.plural);
  out.emplace("singularName", kind.singular);
  out.emplace("namespaced", kind.namespaced());
  out.emplace("kind", kind.gvk.kind);
  out.emplace("verbs", VerbsOf(kind));
  if (!kind.short_names.empty()) out.emplace("shortNames", ToArray(kind.short_names));
  if (!kind.categories.empty()) out.emplace("categories", ToArray(kind.categories));
  return out;
}

// By name, as Kubernetes lists them.
std::vector<OtherSubresource> SubresourcesOf(const Kind& kind) {
  const std::vector<std::string> verbs(kSubresourceVerbs.begin(), kSubresourceVerbs.end());
  std::vector<OtherSubresource> all = kind.other_subresources;
  if (kind.has_scale) all.push_back({"scale", {"autoscaling", "v1", "Scale"}, verbs});
  if (kind.has_status) all.push_back({"status", kind.gvk, verbs});
  std::ranges::sort(all, {}, &OtherSubresource::name);
  return all;
}

Object SubresourceEntry(const Kind& kind, const OtherSubresource& subresource) {
  const GroupVersionKind& gvk = subresource.gvk;
  Object out;
  out.emplace("name", kind.plural + "/" + subresource.name);
  out.emplace("singularName", "");
  out.emplace("namespaced", kind.namespaced());
  if (gvk != kind.gvk) {
    out.emplace("group", gvk.group);
    out.emplace("version", gvk.version);
  }
  out.emplace("kind", gvk.kind);
  out.emplace("verbs", StringArray(subresource.verbs));
  return out;
}

Object ResponseKind(const GroupVersionKind& gvk) {
  Object out;
  out.emplace("group", gvk.group);
  out.emplace("version", gvk.version);
  out.emplace("kind", gvk.kind);
  return out;
}

Object AggregatedResource(const Kind& kind) {
  Object out;
  out.emplace("resource", kind.plural);
  out.emplace("responseKind", ResponseKind(kind.gvk));
  out.emplace("scope", kind.namespaced() ? "Namespaced" : "Cluster");
  out.emplace("singularResource", kind.singular);
  out.emplace("verbs", VerbsOf(kind));
  if (!kind.short_names.empty()) out.emplace("shortNames", ToArray(kind.short_names));
  if (!kind.categories.empty()) out.emplace("categories", ToArray(kind.categories));
  Array subresources;
  for (const OtherSubresource& subresource : SubresourcesOf(kind)) {
    Object entry;
    entry.emplace("subresource", subresource.name);
    entry.emplace("responseKind", ResponseKind(subresource.gvk));
    entry.emplace("verbs", StringArray(subresource.verbs));
    subresources.push_back(std::move(entry));
  }
  if (!subresources.empty()) out.emplace("subresources", std::move(subresources));
  return out;
}

Object AggregatedGroup(const KindRegistry& registry, const Group& group) {
  Array versions;
  for (const std::string& version : group.versions) {
    Array resources;
    for (const KindPtr& kind : registry.kinds()) {
      if (kind->gvk.group == group.name && kind->gvk.version == version) {
        resources.push_back(AggregatedResource(*kind));
      }
    }
    Object entry;
    entry.emplace("version", version);
    entry.emplace("resources", std::move(resources));
    entry.emplace("freshness", "Current");
    versions.push_back(std::move(entry));
  }
  Object metadata;
  if (!group.name.empty()) metadata.emplace("name", group.name);
  metadata.emplace("creationTimestamp", nullptr);
  Object out;
  out.emplace("metadata", std::move(metadata));
  out.emplace("versions", std::move(versions));
  return out;
}

}  // namespace

Value ApiVersionsDocument() {
  Object address;
  address.emplace("clientCIDR", "0.0.0.0/0");
  address.emplace("serverAddress", "");
  Object out;
  out.emplace("kind", "APIVersions");
  out.emplace("versions", Array{"v1"});
  out.emplace("serverAddressByClientCIDRs", Array{std::move(address)});
  return out;
}

Value ApiGroupListDocument(const KindRegistry& registry) {
  Array groups;
  for (const Group& group : GroupsOf(registry)) {
    if (group.name.empty()) continue;  // the core group has /api of its own
    Object entry;
    AddGroup(entry, group);
    groups.push_back(std::move(entry));
  }
  Object out = Header("APIGroupList", "v1");
  out.emplace("groups", std::move(groups));
  return out;
}

Value ApiGroupDocument(const KindRegistry& registry, std::string_view group) {
  for (const Group& known : GroupsOf(registry)) {
    if (known.name != group || group.empty()) continue;
    Object out = Header("APIGroup", "v1");
    AddGroup(out, known);
    return out;
  }
  return nullptr;
}

Value ApiResourceListDocument(const KindRegistry& registry, std::string_view group,
                              std::string_view version) {
  Array resources;
  for (const KindPtr& kind : registry.kinds()) {
    if (kind->gvk.group != group || kind->gvk.version != version) continue;
    resources.push_back(ResourceEntry(*kind));
    for (const OtherSubresource& subresource : SubresourcesOf(*kind)) {
      resources.push_back(SubresourceEntry(*kind, subresource));
    }
  }
  if (resources.empty()) return nullptr;
  Object out = Header("APIResourceList", "v1");
  out.emplace("groupVersion",
              GroupVersionKind{std::string(group), std::string(version), ""}.ApiVersion());
  out.emplace("resources", std::move(resources));
  return out;
}

std::vector<std::string> DiscoveryPaths(const KindRegistry& registry) {
  std::vector<std::string> paths{"/api", "/apis"};
  for (const Group& group : GroupsOf(registry)) {
    const std::string root = group.name.empty() ? "/api" : "/apis/" + group.name;
    if (!group.name.empty()) paths.push_back(root);
    for (const std::string& version : group.versions) paths.push_back(root + "/" + version);
  }
  std::ranges::sort(paths);
  return paths;
}

Value AggregatedDiscoveryDocument(const KindRegistry& registry, DiscoveryRoot root) {
  Array items;
  for (const Group& group : GroupsOf(registry)) {
    if (group.name.empty() == (root == DiscoveryRoot::kApi))
      items.push_back(AggregatedGroup(registry, group));
  }
  Object out = Header("APIGroupDiscoveryList", "apidiscovery.k8s.io/v2");
  out.emplace("metadata", Object());
  out.emplace("items", std::move(items));
  return out;
}

}  // namespace noizy
