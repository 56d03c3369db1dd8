#include "cli/table_source.h"

#include "cli/elements.h"
#include "machinery/meta/meta.h"

namespace noizy::cli {
namespace {

constexpr std::string_view kTableType =
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/"
    "json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
constexpr std::string_view kPageSize = "500";

std::string QueryText(const ListQuery& query) {
  std::string text;
  AddParameter(text, "labelSelector", query.label_selector);
  AddParameter(text, "fieldSelector", query.field_selector);
  return text;
}

/// A list that is no Table, as one: names and creation times, which any object has.
Value PlainTable(const Value& reply) {
  Array rows;
  const auto add = [&rows](const Value& object) {
    Object row;
    row["cells"] = Array{boost::json::string(NameOf(object)),
                         boost::json::string(StringAt(object, {"metadata", "creationTimestamp"}))};
    row["object"] = object;
    rows.push_back(std::move(row));
  };
  const Array* items = ArrayAt(reply, {"items"});
  if (items == nullptr) add(reply);
  for (const Value& item : ElementsAt(reply, {"items"})) add(item);
  const Value* metadata = Find(reply, {"metadata"});
  return Object{{"kind", "Table"},
                {"metadata", items != nullptr && metadata != nullptr ? *metadata : Value(Object())},
                {"columnDefinitions", Array{Object{{"name", "Name"}}, Object{{"name", "Created"}}}},
                {"rows", std::move(rows)}};
}

/// What one watch after another needs: where it stands, and how events are shown.
class Watcher {
 public:
  Watcher(Session& session, const Target& target, const WatchOptions& options, std::ostream& out)
      : session_(session), target_(target), options_(options), out_(out) {
    if (!target.name.empty()) options_.query.field_selector = "metadata.name=" + target.name;
  }

  Status Begin() {
    Target all = target_;
    all.name.clear();
    NOIZY_ASSIGN_OR_RETURN(const Value table, FetchTable(session_, all, options_.query));
    resource_version_ = StringAt(table, {"metadata", "resourceVersion"});
    if (!target_.name.empty() && TableIsEmpty(table)) {
      // The watch would be silent for ever: the error of a get says what is wrong.
      NOIZY_RETURN_IF_ERROR(session_.client().Get(target_.kind.resource, target_.Key()).status());
    }
    if (options_.only_changes) return Status::Ok();
    if (options_.format.is_table()) {
      if (!TableIsEmpty(table)) ShowTable(table, "ADDED");
      return Status::Ok();
    }
    NOIZY_ASSIGN_OR_RETURN(const std::vector<Value> objects,
                           FetchObjects(session_, all, options_.query));
    for (const Value& object : objects) ShowObject(object, "ADDED");
    return Status::Ok();
  }

  Status WatchOnce() {
    std::string query = QueryText(options_.query);
    AddParameter(query, "watch", "true");
    AddParameter(query, "allowWatchBookmarks", "true");
    AddParameter(query, "resourceVersion", resource_version_);
    const std::string path = WithQuery(target_.kind.resource.Path(target_.ns, ""), query);
    const WatchFeed feed{.on_event = [this](std::string_view type,
                                            const Value& object) { return Take(type, object); },
                         .cancelled = [] { return false; }};
    return WatchPath(session_, path, options_.format.is_table() ? kTableType : "application/json",
                     feed);
  }

 private:
  bool Take(std::string_view type, const Value& object) {
    NoteVersion(object);
    if (type == "BOOKMARK") return true;
    if (options_.format.is_table()) {
      ShowTable(ArrayAt(object, {"rows"}) == nullptr ? PlainTable(object) : object, type);
    } else {
      ShowObject(object, type);
    }
    return !out_.fail();
  }

  void NoteVersion(const Value& object) {
    std::string_view version = StringAt(object, {"metadata", "resourceVersion"});
    const Array* rows = ArrayAt(object, {"rows"});
    if (version.empty() && rows != nullptr && !rows->empty()) {
      version = StringAt(rows->back(), {"object", "metadata", "resourceVersion"});
    }
    if (!version.empty()) resource_version_ = version;
  }

  void ShowTable(const Value& table, std::string_view type) {
    TableView view = options_.view;
    if (options_.tell_events) view.event_column = type;
    AddTableRows(table, view, columns_, text_);
    out_ << text_.Print() << std::flush;
  }

  void ShowObject(Value object, std::string_view type) {
    if (!options_.keep_managed_fields) DropManagedFields(object);
    if (options_.tell_events)
      object = Object{{"type", boost::json::string(type)}, {"object", std::move(object)}};
    if (options_.format.kind == OutputFormat::Kind::kYaml) out_ << "---\n";
    out_ << PrintObject(options_.format, object) << std::flush;
  }

  Session& session_;
  const Target& target_;
  WatchOptions options_;
  std::ostream& out_;
  std::string resource_version_;
  Array columns_;
  TextTable text_;
};

}  // namespace

Result<Value> FetchTable(Session& session, const Target& target, const ListQuery& query,
                         RowObjects objects) {
  const std::string path = target.Path();
  Value whole;
  std::string next;
  do {
    std::string text = QueryText(query);
    if (target.name.empty()) AddParameter(text, "limit", kPageSize);
    AddParameter(text, "continue", next);
    if (objects == RowObjects::kWhole) AddParameter(text, "includeObject", "Object");
    NOIZY_ASSIGN_OR_RETURN(Value page, session.GetValue(WithQuery(path, text), kTableType));
    if (StringAt(page, {"kind"}) != "Table") page = PlainTable(page);
    next = StringAt(page, {"metadata", "continue"});
    if (whole.is_null()) {
      whole = std::move(page);
      continue;
    }
    Value& rows = Ensure(whole, {"rows"});
    const Array* more = ArrayAt(page, {"rows"});
    if (!rows.is_array() || more == nullptr) continue;
    for (const Value& row : *more) rows.get_array().push_back(row);
  } while (!next.empty());
  return whole;
}

bool TableIsEmpty(const Value& table) {
  const Array* rows = ArrayAt(table, {"rows"});
  return rows == nullptr || rows->empty();
}

Result<std::vector<Value>> FetchObjects(Session& session, const Target& target,
                                        const ListQuery& query) {
  std::vector<Value> objects;
  if (!target.name.empty()) {
    NOIZY_ASSIGN_OR_RETURN(Value object, session.GetValue(target.Path()));
    objects.push_back(std::move(object));
    return objects;
  }
  ListQuery page = query;
  page.limit = 500;
  do {
    NOIZY_ASSIGN_OR_RETURN(ObjectList list,
                           session.client().List(target.kind.resource, target.ns, page));
    for (Value& object : list.items) objects.push_back(std::move(object));
    page.continue_token = list.continue_token;
  } while (!page.continue_token.empty());
  return objects;
}

Status WatchTarget(Session& session, const Target& target, const WatchOptions& options,
                   std::ostream& out) {
  Watcher watcher(session, target, options, out);
  NOIZY_RETURN_IF_ERROR(watcher.Begin());
  while (!out.fail()) {
    const Status watched = watcher.WatchOnce();
    // The server's history does not reach back to where the last watch ended: what there is now is
    // shown again.
    const bool outdated =
        watched.reason() == StatusReason::kExpired || watched.reason() == StatusReason::kGone;
    NOIZY_RETURN_IF_ERROR(outdated ? watcher.Begin() : watched);
  }
  return Status::Ok();
}

}  // namespace noizy::cli
