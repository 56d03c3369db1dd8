#include "apiserver/resources/render.h"

#include "apiserver/resources/encode.h"
#include "apiserver/resources/stored_form.h"
#include "machinery/meta/status_object.h"
#include "machinery/schema/discovery.h"
#include "machinery/value/json.h"
#include "machinery/value/yaml.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kMetaVersion = "meta.k8s.io/v1";

Object PartialMetadata(const Value& object) {
  const Value* metadata = Find(object, {"metadata"});
  return {{"kind", "PartialObjectMetadata"},
          {"apiVersion", kMetaVersion},
          {"metadata", metadata == nullptr ? Value(Object()) : *metadata}};
}

Object TableRow(const Kind& kind, const Value& object, RowObject row_object, WallTime now) {
  Object row{{"cells", TableCells(kind, object, now)}};
  if (row_object == RowObject::kMetadata) row.emplace("object", PartialMetadata(object));
  if (row_object == RowObject::kObject) row.emplace("object", object);
  return row;
}

Result<Object> TableOf(const Kind& kind, const std::vector<StoredObjectPtr>& objects,
                       const Object& metadata, const ReplyFormat& format, WallTime now) {
  Array rows;
  rows.reserve(objects.size());
  for (const StoredObjectPtr& stored : objects) {
    NOIZY_ASSIGN_OR_RETURN(const Value object, DecodeAs(kind, *stored));
    rows.emplace_back(TableRow(kind, object, format.row_object, now));
  }
  return Object{{"kind", "Table"},
                {"apiVersion", kMetaVersion},
                {"metadata", metadata},
                {"columnDefinitions", TableColumns(kind)},
                {"rows", std::move(rows)}};
}

// One object in a form that needs its tree.
Result<Value> TreeOf(const Kind& kind, const StoredObjectPtr& object, const ReplyFormat& format,
                     WallTime now) {
  if (format.form == ReplyForm::kTable) {
    const Object metadata{{"resourceVersion", std::to_string(object->revision)}};
    NOIZY_ASSIGN_OR_RETURN(Object table, TableOf(kind, {object}, metadata, format, now));
    return Value(std::move(table));
  }
  NOIZY_ASSIGN_OR_RETURN(Value tree, DecodeAs(kind, *object));
  if (format.form == ReplyForm::kPartialMetadata) return Value(PartialMetadata(tree));
  return tree;
}

std::string TextOf(const Value& tree, ReplyEncoding encoding) {
  return encoding == ReplyEncoding::kYaml ? ToYaml(tree) : ToJson(tree);
}

bool IsStoredForm(const ReplyFormat& format) {
  return format.form == ReplyForm::kObject && format.encoding == ReplyEncoding::kJson;
}

Object ListMetadata(const ListPage& page) {
  Object metadata{{"resourceVersion", std::to_string(page.revision)}};
  if (page.continue_token.empty()) return metadata;
  metadata.emplace("continue", page.continue_token);
  if (page.remaining > 0) metadata.emplace("remainingItemCount", page.remaining);
  return metadata;
}

std::string ListHead(const Kind& kind, const ListPage& page) {
  std::string head = "{\"kind\":";
  AppendJsonString(head, kind.list_kind);
  head += ",\"apiVersion\":";
  AppendJsonString(head, kind.gvk.ApiVersion());
  head += ",\"metadata\":";
  AppendJson(head, ListMetadata(page));
  head += ",\"items\":[";
  return head;
}

// A list in its stored form shares the objects' bytes; only the head and the commas are its own.
std::vector<SharedBytes> StoredList(const Kind& kind, const ListPage& page) {
  std::vector<SharedBytes> pieces;
  pieces.reserve(2 * page.items.size() + 2);
  pieces.emplace_back(ListHead(kind, page));
  for (std::size_t i = 0; i < page.items.size(); ++i) {
    if (i > 0) pieces.push_back(SharedBytes::Static(","));
    AppendStored(pieces, kind, page.items[i]);
  }
  pieces.push_back(SharedBytes::Static("]}\n"));
  return pieces;
}

Result<Value> ListTree(const Kind& kind, const ListPage& page, const ReplyFormat& format,
                       WallTime now) {
  if (format.form == ReplyForm::kTable) {
    NOIZY_ASSIGN_OR_RETURN(Object table,
                           TableOf(kind, page.items, ListMetadata(page), format, now));
    return Value(std::move(table));
  }
  const bool partial = format.form == ReplyForm::kPartialMetadata;
  Array items;
  items.reserve(page.items.size());
  for (const StoredObjectPtr& stored : page.items) {
    NOIZY_ASSIGN_OR_RETURN(Value item, DecodeAs(kind, *stored));
    if (partial) item = PartialMetadata(item);
    items.push_back(std::move(item));
  }
  return Value(
      Object{{"kind", partial ? "PartialObjectMetadataList" : std::string_view(kind.list_kind)},
             {"apiVersion", partial ? std::string(kMetaVersion) : kind.gvk.ApiVersion()},
             {"metadata", ListMetadata(page)},
             {"items", std::move(items)}});
}

}  // namespace

std::string_view ContentTypeOf(const ReplyFormat& format) {
  return format.encoding == ReplyEncoding::kYaml ? "application/yaml" : "application/json";
}

// An object that is stored in another version gets this kind's apiVersion in front of the rest of
// its bytes.
void AppendStored(std::vector<SharedBytes>& pieces, const Kind& kind,
                  const StoredObjectPtr& object) {
  if (IsRenamed(kind)) {
    const Result<Value> tree = DecodeAs(kind, *object);
    pieces.emplace_back(tree.ok() ? ToJson(*tree) : object->bytes);
    return;
  }
  if (!kind.has_other_versions || IsOfVersion(*object, kind.gvk.ApiVersion())) {
    pieces.emplace_back(object, object->bytes);
    return;
  }
  pieces.emplace_back("{\"apiVersion\":\"" + kind.gvk.ApiVersion());
  pieces.emplace_back(object, BehindVersion(*object));
}

Result<std::string> ObjectText(const Kind& kind, const StoredObjectPtr& object,
                               const ReplyFormat& format, WallTime now) {
  NOIZY_ASSIGN_OR_RETURN(const Value tree, TreeOf(kind, object, format, now));
  return TextOf(tree, format.encoding);
}

Result<std::vector<SharedBytes>> RenderObject(const Kind& kind, const StoredObjectPtr& object,
                                              const ReplyFormat& format, WallTime now) {
  std::vector<SharedBytes> pieces;
  if (IsStoredForm(format)) {
    AppendStored(pieces, kind, object);
  } else {
    NOIZY_ASSIGN_OR_RETURN(std::string text, ObjectText(kind, object, format, now));
    pieces.emplace_back(std::move(text));
  }
  if (format.encoding == ReplyEncoding::kJson) pieces.push_back(SharedBytes::Static("\n"));
  return pieces;
}

Result<std::vector<SharedBytes>> RenderList(const Kind& kind, const ListPage& page,
                                            const ReplyFormat& format, WallTime now) {
  if (IsStoredForm(format)) return StoredList(kind, page);
  NOIZY_ASSIGN_OR_RETURN(const Value tree, ListTree(kind, page, format, now));
  std::vector<SharedBytes> pieces;
  pieces.emplace_back(TextOf(tree, format.encoding));
  return pieces;
}

std::string RenderBookmark(const Kind& kind, std::int64_t revision, bool initial_events_end,
                           ReplyForm form) {
  Object metadata{{"resourceVersion", std::to_string(revision)}, {"creationTimestamp", nullptr}};
  if (initial_events_end)
    metadata.emplace("annotations", Object{{"k8s.io/initial-events-end", "true"}});
  const bool own = form == ReplyForm::kObject;
  Object object{{"kind", own                         ? std::string_view(kind.gvk.kind)
                         : form == ReplyForm::kTable ? "Table"
                                                     : "PartialObjectMetadata"},
                {"apiVersion", own ? kind.gvk.ApiVersion() : std::string(kMetaVersion)},
                {"metadata", std::move(metadata)}};
  if (form == ReplyForm::kTable) object.emplace("rows", Array());
  return ToJson(Object{{"type", "BOOKMARK"}, {"object", std::move(object)}}) + "\n";
}

std::string RenderErrorEvent(const Status& status) {
  return ToJson(Object{{"type", "ERROR"}, {"object", StatusToValue(status)}}) + "\n";
}

void AddWarnings(HttpHeaders& headers, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    std::string text;
    AppendJsonString(text, warning);  // a quoted-string with the same escapes for '"' and '\\'
    headers.emplace_back("Warning", "299 - " + text);
  }
}

void AddDeprecation(HttpHeaders& headers, const Kind& kind) {
  if (!kind.deprecation_warning.empty()) AddWarnings(headers, {kind.deprecation_warning});
}

void ReplyObject(const RequestContext& context, int code, const StoredObjectPtr& object,
                 WallTime now, const std::vector<std::string>& warnings) {
  const Result<ReplyFormat> format = NegotiateReply(context);
  if (!format.ok()) return ReplyStatus(context, format.status());
  Result<std::vector<SharedBytes>> body = RenderObject(*context.kind, object, *format, now);
  if (!body.ok()) return ReplyStatus(context, body.status());
  HttpReply reply{code, {{"Content-Type", std::string(ContentTypeOf(*format))}}, *std::move(body)};
  AddWarnings(reply.headers, warnings);
  AddDeprecation(reply.headers, *context.kind);
  MakePretty(context, reply);
  context.exchange->Reply(std::move(reply));
}

}  // namespace noizy::apiserver
