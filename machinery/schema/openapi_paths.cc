#include <array>
#include <span>
#include <utility>

#include "machinery/schema/openapi.h"
#include "machinery/schema/openapi_meta.h"
#include "machinery/schema/read_only.h"

namespace noizy {
namespace {

struct QueryParameter {
  std::string_view name;
  std::string_view type;
  std::string_view description;
};

constexpr QueryParameter kPretty{"pretty", "string", "If 'true', the reply is indented."};
constexpr QueryParameter kDryRun{"dryRun", "string", "All: go through every step but the last."};
constexpr QueryParameter kFieldManager{"fieldManager", "string",
                                       "Who makes the change, at most 128 characters."};
constexpr QueryParameter kFieldValidation{
    "fieldValidation", "string",
    "What happens on unknown and duplicate fields: Ignore, Warn or Strict."};
constexpr QueryParameter kForce{"force", "boolean",
                                "Take over fields that other managers hold. For Apply only."};
constexpr std::array<QueryParameter, 10> kListParameters{
    {{"allowWatchBookmarks", "boolean", "Ask for BOOKMARK events in a watch."},
     {"continue", "string", "Goes on where an earlier list with limit ended."},
     {"fieldSelector", "string", "Only objects whose fields match."},
     {"labelSelector", "string", "Only objects whose labels match."},
     {"limit", "integer", "The most objects to return."},
     {"resourceVersion", "string", "The version to list or watch from."},
     {"resourceVersionMatch", "string", "How resourceVersion is meant: Exact or NotOlderThan."},
     {"sendInitialEvents", "boolean",
      "Start a watch with an ADDED event for each object there is."},
     {"timeoutSeconds", "integer", "How long the request may take in seconds."},
     {"watch", "boolean", "Stream changes rather than list."}}};
constexpr std::array<QueryParameter, 4> kDeleteParameters{
    {kDryRun,
     {"gracePeriodSeconds", "integer", "How long the object may take to stop in seconds."},
     {"orphanDependents", "boolean", "Replaced by propagationPolicy."},
     {"propagationPolicy", "string", "Orphan, Background or Foreground."}}};
// The last is listed only for kinds that take it: kubectl computes such patches where it is.
constexpr std::array<std::string_view, 4> kPatchMediaTypes{
    "application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml",
    "application/strategic-merge-patch+json"};

class PathWriter {
 public:
  PathWriter(OpenApiDialect dialect, const Kind& kind, Object& paths)
      : dialect_(dialect), kind_(kind), paths_(paths) {
    root_ = kind.gvk.group.empty() ? "/api/" + kind.gvk.version : "/apis/" + kind.gvk.ApiVersion();
    list_ = DefinitionName({kind.gvk.group, kind.gvk.version, kind.list_kind});
  }

  void Write() {
    const std::string base =
        root_ + (kind_.namespaced() ? "/namespaces/{namespace}/" : "/") + kind_.plural;
    if (!kind_.stored) return WriteQuestion(base);
    paths_.emplace(base, Collection());
    paths_.emplace(base + "/{name}", Single("", true));
    if (kind_.has_status) paths_.emplace(base + "/{name}/status", Single("Status", false));
    if (kind_.has_scale) paths_.emplace(base + "/{name}/scale", Single("Scale", false));
    if (!kind_.namespaced()) return;
    Object everywhere;
    everywhere.emplace("get", ListOperation("ForAllNamespaces"));
    paths_.emplace(root_ + "/" + kind_.plural, std::move(everywhere));
  }

 private:
  bool IsV2() const { return dialect_ == OpenApiDialect::kV2; }

  Object Parameter(const QueryParameter& parameter, std::string_view in) const {
    Object out;
    out.emplace("name", parameter.name);
    out.emplace("in", in);
    out.emplace("description", parameter.description);
    if (in == "path") out.emplace("required", true);
    if (IsV2()) {
      out.emplace("type", parameter.type);
      out.emplace("uniqueItems", true);
    } else {
      Object schema;
      schema.emplace("type", parameter.type);
      schema.emplace("uniqueItems", true);
      out.emplace("schema", std::move(schema));
    }
    return out;
  }

  Array PathParameters(bool with_name) const {
    Array out;
    if (with_name) out.push_back(Parameter({"name", "string", "The object's name."}, "path"));
    if (kind_.namespaced())
      out.push_back(Parameter({"namespace", "string", "The object's namespace."}, "path"));
    out.push_back(Parameter(kPretty, "query"));
    return out;
  }

  template <typename Parameters>
  Array QueryParameters(const Parameters& parameters) const {
    Array out;
    for (const QueryParameter& parameter : parameters) out.push_back(Parameter(parameter, "query"));
    return out;
  }

  Object Response(std::string_view definition, std::string_view description) const {
    Object out;
    out.emplace("description", description);
    Object schema = DefinitionReference(dialect_, definition);
    if (IsV2()) {
      out.emplace("schema", std::move(schema));
    } else {
      out.emplace("content", Content("application/json", std::move(schema)));
    }
    return out;
  }

  static Object Content(std::string_view media_type, Object schema) {
    Object body;
    body.emplace("schema", std::move(schema));
    Object out;
    out.emplace(media_type, std::move(body));
    return out;
  }

  // "listNoizyDevV1Task", "patchCoreV1SecretStatus".
  std::string OperationId(std::string_view verb, std::string_view suffix) const {
    std::string out(verb);
    bool start = true;
    for (const char c :
         (kind_.gvk.group.empty() ? "core" : kind_.gvk.group) + "." + kind_.gvk.version) {
      if (c == '.' || c == '-') {
        start = true;
        continue;
      }
      out += start && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      start = false;
    }
    if (kind_.namespaced() && suffix != "ForAllNamespaces") out += "Namespaced";
    return out + kind_.gvk.kind + std::string(suffix);
  }

  Object Operation(std::string_view verb, std::string_view action, std::string_view suffix,
                   Array parameters, std::string_view reply) const {
    Object responses;
    responses.emplace("200", Response(reply, "OK"));
    responses.emplace("401", Object{{"description", "Unauthorized"}});
    Object gvk;
    gvk.emplace("group", kind_.gvk.group);
    gvk.emplace("kind", kind_.gvk.kind);
    gvk.emplace("version", kind_.gvk.version);
    Object out;
    out.emplace("description", std::string(action) + " " + kind_.Resource());
    out.emplace("operationId", OperationId(verb, suffix));
    out.emplace("parameters", std::move(parameters));
    out.emplace("responses", std::move(responses));
    out.emplace("x-kubernetes-action", action);
    out.emplace("x-kubernetes-group-version-kind", std::move(gvk));
    return out;
  }

  template <typename MediaTypes>
  void AddBody(Object& operation, const MediaTypes& media_types,
               std::string_view definition) const {
    if (IsV2()) {
      Array consumes;
      for (const std::string_view media_type : media_types) consumes.emplace_back(media_type);
      operation.emplace("consumes", std::move(consumes));
      Object body;
      body.emplace("name", "body");
      body.emplace("in", "body");
      body.emplace("required", true);
      body.emplace("schema", DefinitionReference(dialect_, definition));
      operation["parameters"].as_array().push_back(std::move(body));
      return;
    }
    Object content;
    for (const std::string_view media_type : media_types) {
      Object schema;
      schema.emplace("schema", DefinitionReference(dialect_, definition));
      content.emplace(media_type, std::move(schema));
    }
    Object body;
    body.emplace("required", true);
    body.emplace("content", std::move(content));
    operation.emplace("requestBody", std::move(body));
  }

  Object ListOperation(std::string_view suffix) const {
    return Operation("list", "list", suffix, QueryParameters(kListParameters), list_);
  }

  Object WriteOperation(std::string_view verb, std::string_view action,
                        std::string_view suffix) const {
    const std::string definition = DefinitionName(kind_.gvk);
    const std::array<QueryParameter, 3> parameters{kDryRun, kFieldManager, kFieldValidation};
    Object out = Operation(verb, action, suffix, QueryParameters(parameters), definition);
    AddBody(out, std::array<std::string_view, 1>{IsV2() ? "application/json" : "*/*"}, definition);
    return out;
  }

  Object PatchOperation(std::string_view suffix) const {
    const std::array<QueryParameter, 4> parameters{kDryRun, kFieldManager, kFieldValidation,
                                                   kForce};
    Object out =
        Operation("patch", "patch", suffix, QueryParameters(parameters), DefinitionName(kind_.gvk));
    const std::size_t types = kPatchMediaTypes.size() - (kind_.TakesStrategicMerge() ? 0 : 1);
    AddBody(out, std::span(kPatchMediaTypes).first(types), kPatchDefinition);
    return out;
  }

  Object DeleteOperation(std::string_view verb, std::string_view action) const {
    Object out = Operation(verb, action, "", QueryParameters(kDeleteParameters), kStatusDefinition);
    AddBody(out, std::array<std::string_view, 1>{IsV2() ? "application/json" : "*/*"},
            kDeleteOptionsDefinition);
    return out;
  }

  // What is answered and not kept can be created only.
  void WriteQuestion(const std::string& path) {
    Object operations;
    operations.emplace("post", WriteOperation("create", "post", ""));
    operations.emplace("parameters", PathParameters(false));
    paths_.emplace(path, std::move(operations));
  }

  Object Collection() const {
    Object out;
    out.emplace("get", ListOperation(""));
    if (!IsReadOnly(kind_)) AddCollectionWrites(out);
    out.emplace("parameters", PathParameters(false));
    return out;
  }

  void AddCollectionWrites(Object& out) const {
    out.emplace("post", WriteOperation("create", "post", ""));
    if (kind_.DeletesCollections())
      out.emplace("delete", DeleteOperation("deleteCollection", "deletecollection"));
  }

  Object Single(std::string_view suffix, bool can_delete) const {
    Object out;
    out.emplace("get", Operation("read", "get", suffix, Array(), DefinitionName(kind_.gvk)));
    out.emplace("parameters", PathParameters(true));
    if (IsReadOnly(kind_)) return out;
    out.emplace("put", WriteOperation("replace", "put", suffix));
    out.emplace("patch", PatchOperation(suffix));
    if (can_delete) out.emplace("delete", DeleteOperation("delete", "delete"));
    return out;
  }

  OpenApiDialect dialect_;
  const Kind& kind_;
  Object& paths_;
  std::string root_;
  std::string list_;
};

}  // namespace

void AddPaths(OpenApiDialect dialect, const Kind& kind, Object& paths) {
  PathWriter(dialect, kind, paths).Write();
}

}  // namespace noizy
