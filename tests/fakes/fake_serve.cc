#include "tests/fakes/fake_serve.h"

#include <algorithm>
#include <vector>

#include "machinery/meta/status_object.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

std::vector<std::string> Segments(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    segments.push_back(PercentDecode(path.substr(0, end)).ValueOr(""));
    path.remove_prefix(end);
  }
  return segments;
}

std::string FieldAt(const Value& object, const std::string& path) {
  const Value* value = &object;
  for (std::size_t start = 0; start <= path.size();) {
    const auto end = std::min(path.find('.', start), path.size());
    value = noizy::Find(*value, {std::string_view(path).substr(start, end - start)});
    if (value == nullptr) return {};
    start = end + 1;
  }
  return value->is_string() ? std::string(View(value->get_string())) : ToJson(*value);
}

Result<Value> ListObjects(FakeStore& store, const FakeKind& kind, const FakeFilter& filter) {
  Array items;
  for (const auto& [key, object] : store.ObjectsOf(kind.resource)) {
    if (!filter.Matches(object)) continue;
    Value item = object;
    Remove(item, {"apiVersion"});  // as lists of core kinds come, so that clients must fill them in
    Remove(item, {"kind"});
    items.push_back(std::move(item));
  }
  const std::string api_version =
      GroupVersionKind{kind.resource.group, kind.resource.version, {}}.ApiVersion();
  Value list = Object{{"apiVersion", api_version}, {"kind", kind.kind + "List"}};
  Set(list, {"metadata", "resourceVersion"}, Value(std::to_string(store.revision())));
  Set(list, {"items"}, std::move(items));
  return list;
}

Result<Value> DeleteObjects(FakeStore& store, const FakeKind& kind, const FakeFilter& filter,
                            const Value& options) {
  std::vector<ObjectKey> keys;
  for (const auto& [key, object] : store.ObjectsOf(kind.resource)) {
    if (filter.Matches(object)) keys.push_back(key);
  }
  for (const ObjectKey& key : keys)
    NOIZY_RETURN_IF_ERROR(store.Delete(kind, key, options).status());
  return StatusToValue(Status::Ok());
}

Value DiscoveredResource(const FakeKind& kind) {
  Array subresources;
  if (kind.has_status) subresources.push_back(Object{{"subresource", "status"}});
  return Object{{"resource", kind.resource.plural},
                {"responseKind", Object{{"group", ""}, {"version", ""}, {"kind", kind.kind}}},
                {"scope", kind.resource.namespaced ? "Namespaced" : "Cluster"},
                {"singularResource", ""},
                {"verbs", Array{"create", "delete", "deletecollection", "get", "list", "patch",
                                "update", "watch"}},
                {"subresources", std::move(subresources)}};
}

// APIGroupDiscoveryList, for /api (the core group) or /apis (the others).
Value Discovery(const std::map<ResourceRef, FakeKind>& kinds, bool core) {
  std::map<std::string, std::map<std::string, Array>> groups;
  for (const auto& [resource, kind] : kinds) {
    if (resource.group.empty() == core) {
      groups[resource.group][resource.version].push_back(DiscoveredResource(kind));
    }
  }
  Array items;
  for (auto& [group, versions] : groups) {
    Array version_list;
    for (auto& [version, resources] : versions) {
      version_list.push_back(Object{
          {"version", version}, {"resources", std::move(resources)}, {"freshness", "Current"}});
    }
    items.push_back(
        Object{{"metadata", Object{{"name", group}}}, {"versions", std::move(version_list)}});
  }
  return Object{{"apiVersion", "apidiscovery.k8s.io/v2"},
                {"kind", "APIGroupDiscoveryList"},
                {"items", std::move(items)}};
}

Result<Value> ServeObject(FakeStore& store, const FakeKind& kind, const FakeTarget& target,
                          const HttpRequest& request, const Value& body) {
  const ObjectKey key{target.ns, target.name};
  const auto part = target.subresource == "status" || target.subresource == "approval"
                        ? FakeStore::Part::kStatus
                        : FakeStore::Part::kMain;
  if (request.method == "GET") return store.Get(kind, key);
  if (request.method == "PUT") return store.Update(kind, key, body, part);
  if (request.method == "PATCH") {
    return store.Patch(kind, key, FindHeader(request.headers, "Content-Type"), body, part);
  }
  if (request.method == "DELETE") return store.Delete(kind, key, body);
  return Status(StatusReason::kMethodNotAllowed, request.method + " is not supported");
}

}  // namespace

std::optional<FakeTarget> TargetOf(std::string_view path) {
  std::vector<std::string> parts = Segments(path);
  FakeTarget target;
  if (parts.size() >= 3 && parts[0] == "api") {
    target.resource.version = parts[1];
    parts.erase(parts.begin(), parts.begin() + 2);
  } else if (parts.size() >= 4 && parts[0] == "apis") {
    target.resource.group = parts[1];
    target.resource.version = parts[2];
    parts.erase(parts.begin(), parts.begin() + 3);
  } else {
    return std::nullopt;
  }
  // "namespaces/NAME/status" and "…/finalize" are the Namespace's own.
  if (parts.size() >= 3 && parts[0] == "namespaces" &&
      !(parts.size() == 3 && (parts[2] == "status" || parts[2] == "finalize"))) {
    target.ns = parts[1];
    parts.erase(parts.begin(), parts.begin() + 2);
  }
  parts.resize(3);
  target.resource.plural = parts[0];
  target.name = parts[1];
  target.subresource = parts[2];
  return target;
}

const FakeKind* KindAt(const std::map<ResourceRef, FakeKind>& kinds, const FakeTarget& target) {
  ResourceRef resource = target.resource;
  for (const bool namespaced : {true, false}) {
    resource.namespaced = namespaced;
    if (const auto found = kinds.find(resource); found != kinds.end()) return &found->second;
  }
  return nullptr;
}

bool FakeFilter::Matches(const Value& object) const {
  if (!ns.empty() && NamespaceOf(object) != ns) return false;
  KeyValues values;
  for (const Requirement& requirement : fields.requirements()) {
    values.emplace_back(requirement.key, FieldAt(object, requirement.key));
  }
  return labels.Matches(LabelsOf(object)) && fields.Matches(values);
}

Result<FakeFilter> FilterOf(const FakeTarget& target, const QueryParameters& query) {
  FakeFilter filter{target.ns, {}, {}};
  NOIZY_ASSIGN_OR_RETURN(filter.labels, ParseLabelSelector(FindParameter(query, "labelSelector")));
  NOIZY_ASSIGN_OR_RETURN(filter.fields, ParseFieldSelector(FindParameter(query, "fieldSelector")));
  return filter;
}

Result<Value> Serve(FakeStore& store, const HttpRequest& request) {
  if (request.path == "/api" || request.path == "/apis") {
    return Discovery(store.kinds(), request.path == "/api");
  }
  const auto target = TargetOf(request.path);
  const FakeKind* kind = target ? KindAt(store.kinds(), *target) : nullptr;
  if (kind == nullptr) {
    return Status(StatusReason::kNotFound, "the server could not find the requested resource");
  }
  Value body;
  if (!request.body.empty()) {
    NOIZY_ASSIGN_OR_RETURN(body, ParseJson(request.body));
  }
  if (!target->name.empty()) return ServeObject(store, *kind, *target, request, body);
  if (request.method == "POST") return store.Create(*kind, target->ns, std::move(body));
  NOIZY_ASSIGN_OR_RETURN(const QueryParameters query, ParseQuery(request.query));
  NOIZY_ASSIGN_OR_RETURN(const FakeFilter filter, FilterOf(*target, query));
  if (request.method == "GET") return ListObjects(store, *kind, filter);
  if (request.method == "DELETE") return DeleteObjects(store, *kind, filter, body);
  return Status(StatusReason::kMethodNotAllowed, request.method + " is not supported");
}

}  // namespace noizy
