#include "machinery/client/discovery.h"

#include <algorithm>

#include "machinery/value/json.h"
#include "machinery/value/string_array.h"

namespace noizy {
namespace {

constexpr std::string_view kAggregated =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

DiscoveredResource ReadResource(const Value& value, std::string_view group,
                                std::string_view version) {
  DiscoveredResource found;
  found.resource = {std::string(group), std::string(version),
                    std::string(StringAt(value, {"resource"})),
                    StringAt(value, {"scope"}) == "Namespaced"};
  found.kind = StringAt(value, {"responseKind", "kind"});
  found.verbs = StringsAt(value, {"verbs"});
  return found;
}

Status ReadGroup(const Value& group, std::vector<DiscoveredResource>& out) {
  const std::string_view name = StringAt(group, {"metadata", "name"});
  const Array* versions = ArrayAt(group, {"versions"});
  if (versions == nullptr) return Status::Ok();
  for (const Value& version : *versions) {
    if (StringAt(version, {"freshness"}) == "Stale") {
      return Unavailable("the server cannot tell the resources of " + std::string(name) + " now");
    }
    const Array* resources = ArrayAt(version, {"resources"});
    if (resources == nullptr) continue;
    for (const Value& resource : *resources) {
      out.push_back(ReadResource(resource, name, StringAt(version, {"version"})));
    }
  }
  return Status::Ok();
}

Status ReadRoot(const Client& client, std::string_view path, std::vector<DiscoveredResource>& out) {
  NOIZY_ASSIGN_OR_RETURN(const std::string text, client.GetRaw(path, kAggregated));
  NOIZY_ASSIGN_OR_RETURN(const Value document, ParseJson(text));
  const Array* groups = ArrayAt(document, {"items"});
  if (StringAt(document, {"kind"}) != "APIGroupDiscoveryList" || groups == nullptr) {
    return Internal("the server's " + std::string(path) + " is no aggregated discovery document");
  }
  for (const Value& group : *groups) NOIZY_RETURN_IF_ERROR(ReadGroup(group, out));
  return Status::Ok();
}

}  // namespace

std::string DiscoveredResource::ApiVersion() const {
  return GroupVersionKind{resource.group, resource.version, {}}.ApiVersion();
}

bool DiscoveredResource::HasVerb(std::string_view verb) const {
  return std::ranges::find(verbs, verb) != verbs.end();
}

Result<Discovery> Discovery::Fetch(const Client& client) {
  std::vector<DiscoveredResource> resources;
  NOIZY_RETURN_IF_ERROR(ReadRoot(client, "/api", resources));
  NOIZY_RETURN_IF_ERROR(ReadRoot(client, "/apis", resources));
  return Discovery(std::move(resources));
}

const DiscoveredResource* Discovery::FindByKind(std::string_view api_version,
                                                std::string_view kind) const {
  const auto found = std::ranges::find_if(resources_, [&](const DiscoveredResource& each) {
    return each.kind == kind && each.ApiVersion() == api_version;
  });
  return found == resources_.end() ? nullptr : &*found;
}

}  // namespace noizy
