// What clients are told about the kinds: discovery documents, OpenAPI, Tables. All derived from a
// KindRegistry.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/schema/kind.h"
#include "machinery/value/value.h"

namespace noizy {

// Legacy discovery: /api, /apis, /apis/GROUP, /api/v1 and /apis/GROUP/VERSION. A null Value when
// the group (version) is unknown.
Value ApiVersionsDocument();
Value ApiGroupListDocument(const KindRegistry& registry);
Value ApiGroupDocument(const KindRegistry& registry, std::string_view group);
Value ApiResourceListDocument(const KindRegistry& registry, std::string_view group,
                              std::string_view version);

/// Every path of legacy discovery, from /api on, sorted.
std::vector<std::string> DiscoveryPaths(const KindRegistry& registry);

/// Aggregated discovery v2 (apidiscovery.k8s.io/v2 APIGroupDiscoveryList) for /api (core only) or
/// /apis (the rest).
enum class DiscoveryRoot : std::uint8_t { kApi, kApis };
Value AggregatedDiscoveryDocument(const KindRegistry& registry, DiscoveryRoot root);

/// /openapi/v2: the swagger document of every kind.
Value OpenApiV2Document(const KindRegistry& registry);
/// /openapi/v3: {paths: {"apis/noizy.dev/v1": {serverRelativeURL:
/// "/openapi/v3/apis/noizy.dev/v1?hash=…"}}}.
Value OpenApiV3Index(const KindRegistry& registry);
/// What the index calls a document's content by; `text` is the document as it is served.
std::string OpenApiHash(std::string_view text);
/// /openapi/v3/apis/GROUP/VERSION (or "api/v1"); a null Value when unknown. PATCH and POST
/// operations list fieldValidation, dryRun, fieldManager and force, and carry
/// x-kubernetes-group-version-kind and x-kubernetes-action, or kubectl falls back to v2.
Value OpenApiV3Document(const KindRegistry& registry, std::string_view group,
                        std::string_view version);

/// meta.k8s.io/v1 Table column definitions of a kind.
Array TableColumns(const Kind& kind);
/// One object's cells, in the columns' order: dates as ages relative to `now`.
Array TableCells(const Kind& kind, const Value& object, WallTime now);

/// What `json_path` (kubectl's JSONPath, the subset of printer columns: ".a.b", ".a[0]", ".a['b']",
/// ".conditions[?(@.type=="Ready")].status") selects in `object`. BadRequest quotes the expression.
Result<std::vector<const Value*>> EvaluateJsonPath(std::string_view json_path, const Value& object);

}  // namespace noizy
