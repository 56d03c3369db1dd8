#include "machinery/schema/openapi.h"

#include <array>
#include <cstdio>
#include <set>

#include "machinery/schema/discovery.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

Object DocumentInfo() {
  Object out;
  out.emplace("title", "Noizy");
  out.emplace("version", "v1");
  return out;
}

}  // namespace

// FNV-1a, 64 bits: tells one version of a document from the next; guards nothing.
std::string OpenApiHash(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  std::array<char, 17> hex;
  std::snprintf(hex.data(), hex.size(), "%016llx", static_cast<unsigned long long>(hash));
  return hex.data();
}

Value OpenApiV2Document(const KindRegistry& registry) {
  Object paths;
  Object definitions;
  AddMetaDefinitions(OpenApiDialect::kV2, definitions);
  for (const KindPtr& kind : registry.kinds()) {
    AddDefinitions(OpenApiDialect::kV2, *kind, definitions);
    AddPaths(OpenApiDialect::kV2, *kind, paths);
  }
  Object out;
  out.emplace("swagger", "2.0");
  out.emplace("info", DocumentInfo());
  out.emplace("paths", std::move(paths));
  out.emplace("definitions", std::move(definitions));
  return out;
}

Value OpenApiV3Document(const KindRegistry& registry, std::string_view group,
                        std::string_view version) {
  Object paths;
  Object definitions;
  for (const KindPtr& kind : registry.kinds()) {
    if (kind->gvk.group != group || kind->gvk.version != version) continue;
    AddDefinitions(OpenApiDialect::kV3, *kind, definitions);
    AddPaths(OpenApiDialect::kV3, *kind, paths);
  }
  if (definitions.empty()) return nullptr;
  AddMetaDefinitions(OpenApiDialect::kV3, definitions);
  Object components;
  components.emplace("schemas", std::move(definitions));
  Object out;
  out.emplace("openapi", "3.0.0");
  out.emplace("info", DocumentInfo());
  out.emplace("paths", std::move(paths));
  out.emplace("components", std::move(components));
  return out;
}

Value OpenApiV3Index(const KindRegistry& registry) {
  std::set<std::pair<std::string, std::string>> versions;
  for (const KindPtr& kind : registry.kinds()) versions.emplace(kind->gvk.group, kind->gvk.version);
  Object paths;
  for (const auto& [group, version] : versions) {
    const std::string path = group.empty() ? "api/" + version : "apis/" + group + "/" + version;
    const std::string hash = OpenApiHash(ToJson(OpenApiV3Document(registry, group, version)));
    Object entry;
    entry.emplace("serverRelativeURL", "/openapi/v3/" + path + "?hash=" + hash);
    paths.emplace(path, std::move(entry));
  }
  Object out;
  out.emplace("paths", std::move(paths));
  return out;
}

}  // namespace noizy
