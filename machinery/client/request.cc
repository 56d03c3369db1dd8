#include "machinery/client/request.h"

#include "machinery/transport/url.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

void AddSelection(QueryBuilder& builder, const ListQuery& query) {
  builder.Add("labelSelector", query.label_selector)
      .Add("fieldSelector", query.field_selector)
      .Add("resourceVersion", query.resource_version);
}

}  // namespace

QueryBuilder& QueryBuilder::Add(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  if (!query_.empty()) query_ += '&';
  query_ += name;
  query_ += '=';
  query_ += PercentEncode(value);
  return *this;
}

QueryBuilder& QueryBuilder::Add(std::string_view name, std::int64_t value) {
  return value == 0 ? *this : Add(name, std::to_string(value));
}

QueryBuilder& QueryBuilder::AddFlag(std::string_view name, bool value) {
  return value ? Add(name, "true") : *this;
}

std::string QueryOf(const WriteOptions& options) {
  return QueryBuilder()
      .Add("dryRun", options.dry_run ? "All" : "")
      .Add("fieldManager", options.field_manager)
      .Add("fieldValidation", options.field_validation)
      .AddFlag("force", options.force)
      .Take();
}

std::string QueryOf(const ListQuery& query) {
  QueryBuilder builder;
  AddSelection(builder, query);
  return builder.Add("limit", query.limit).Add("continue", query.continue_token).Take();
}

std::string WatchQueryOf(const ListQuery& query) {
  QueryBuilder builder;
  AddSelection(builder, query);
  return builder.AddFlag("watch", true)
      .AddFlag("allowWatchBookmarks", true)
      .Add("timeoutSeconds", query.timeout_seconds)
      .Take();
}

std::string BodyOf(const DeleteOptions& options) {
  Value body = Object{{"kind", "DeleteOptions"}, {"apiVersion", "v1"}};
  if (!options.uid.empty()) Set(body, {"preconditions", "uid"}, Value(options.uid));
  if (!options.resource_version.empty()) {
    Set(body, {"preconditions", "resourceVersion"}, Value(options.resource_version));
  }
  if (!options.propagation_policy.empty()) {
    Set(body, {"propagationPolicy"}, Value(options.propagation_policy));
  }
  if (options.grace_period_seconds) {
    Set(body, {"gracePeriodSeconds"}, Value(*options.grace_period_seconds));
  }
  if (options.dry_run) Set(body, {"dryRun"}, Array{"All"});
  return ToJson(body);
}

std::string_view ContentTypeOf(PatchType type) {
  switch (type) {
    case PatchType::kJson:
      return "application/json-patch+json";
    case PatchType::kMerge:
      return "application/merge-patch+json";
    case PatchType::kStrategicMerge:
      return "application/strategic-merge-patch+json";
    case PatchType::kApply:
      return "application/apply-patch+yaml";  // JSON is YAML
  }
  return kJsonType;
}

std::string AcceptOf(const ListQuery& query) {
  if (!query.metadata_only) return std::string(kJsonType);
  // Plain JSON second: a server that knows no such rendering sends the objects whole, which reads
  // the same.
  return "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
}

HttpRequest MakeRequest(std::string_view method, std::string path, std::string query) {
  HttpRequest request;
  request.method = method;
  request.path = std::move(path);
  request.query = std::move(query);
  request.headers.emplace_back("Accept", kJsonType);
  return request;
}

HttpRequest MakeRequest(std::string_view method, std::string path, std::string query,
                        std::string body, std::string_view content_type) {
  HttpRequest request = MakeRequest(method, std::move(path), std::move(query));
  request.headers.emplace_back("Content-Type", content_type);
  request.body = std::move(body);
  return request;
}

Result<ObjectList> ListOfReply(const HttpReply& reply) {
  NOIZY_ASSIGN_OR_RETURN(Value body, ParseJson(reply.BodyText()));
  Value* items = Find(body, {"items"});
  if (items == nullptr || !(items->is_array() || items->is_null())) {
    return Internal("the server's reply is no list");
  }
  ObjectList list;
  list.resource_version = StringAt(body, {"metadata", "resourceVersion"});
  list.continue_token = StringAt(body, {"metadata", "continue"});
  list.remaining_item_count = IntAt(body, {"metadata", "remainingItemCount"}).value_or(0);
  const std::string api_version(StringAt(body, {"apiVersion"}));
  std::string kind(StringAt(body, {"kind"}));
  if (kind.ends_with("List")) kind.resize(kind.size() - std::string_view("List").size());
  if (items->is_null()) return list;
  for (Value& item : items->get_array()) {
    if (StringAt(item, {"kind"}).empty()) {
      Set(item, {"apiVersion"}, Value(api_version));
      Set(item, {"kind"}, Value(kind));
    }
    list.items.push_back(std::move(item));
  }
  return list;
}

}  // namespace noizy
