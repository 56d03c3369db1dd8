#include "cli/commands.h"
#include "cli/printer.h"
#include "cli/sorting.h"
#include "cli/table.h"
#include "cli/table_source.h"
#include "cli/targets.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    {"output", 'o', FlagKind::kText, "FORMAT",
     "table, wide, json, yaml, name, jsonpath=TEMPLATE, custom-columns=HEADING:.path,…"},
    {"watch", 'w', FlagKind::kSwitch, "", "go on with every change"},
    {"watch-only", 0, FlagKind::kSwitch, "", "only the changes from now on"},
    {"output-watch-events", 0, FlagKind::kSwitch, "",
     "with -w: what happened (ADDED, MODIFIED, DELETED), first"},
    kAllNamespacesFlag,
    kSelectorFlag,
    kFieldSelectorFlag,
    kFilenameFlag,
    kRecursiveFlag,
    {"label-columns", 'L', FlagKind::kList, "KEY", "a column with this label"},
    {"show-labels", 0, FlagKind::kSwitch, "", "a last column with all labels"},
    {"show-kind", 0, FlagKind::kSwitch, "", "names with their kind"},
    {"show-managed-fields", 0, FlagKind::kSwitch, "",
     "keep metadata.managedFields in json and yaml"},
    {"sort-by", 0, FlagKind::kText, "PATH", "in the order of this field, such as .status.phase"},
    {"subresource", 0, FlagKind::kText, "NAME", "status or scale instead of the object"},
    {"no-headers", 0, FlagKind::kSwitch, "", "rows alone"},
    {"ignore-not-found", 0, FlagKind::kSwitch, "", "an object that is not there is no error"}};

/// One run of get: what was asked for, and what all its targets share.
class Getting {
 public:
  Getting(Invocation& invocation, Session& session, OutputFormat format,
          std::vector<Target> targets, std::optional<SortOrder> order)
      : invocation_(invocation),
        session_(session),
        format_(std::move(format)),
        targets_(std::move(targets)),
        order_(std::move(order)) {}

  Result<int> Run() {
    if (invocation_.flags().On("watch-only") || invocation_.flags().On("watch")) return Watch();
    return format_.is_table() ? PrintTables() : PrintObjects();
  }

 private:
  const FlagValues& flags() const { return invocation_.flags(); }

  TableView ViewOf(const Target& target) const {
    TableView view;
    view.wide = format_.kind == OutputFormat::Kind::kWide;
    view.with_namespace = flags().On("all-namespaces") && target.kind.resource.namespaced;
    view.show_labels = flags().On("show-labels");
    view.headers = !flags().On("no-headers");
    view.label_columns = flags().List("label-columns");
    if (flags().On("show-kind") || SeveralKinds())
      view.kind_prefix = target.Shown().substr(0, target.Shown().find('/') + 1);
    return view;
  }

  bool SeveralKinds() const {
    return std::any_of(targets_.begin(), targets_.end(), [this](const Target& target) {
      return target.kind.resource != targets_.front().kind.resource;
    });
  }

  bool MayBeMissing(const Status& failure) const {
    return failure.reason() == StatusReason::kNotFound && flags().On("ignore-not-found");
  }

  /// Targets of one kind share a table; kinds are set apart by an empty line.
  Result<int> PrintTables() {
    int code = kExitOk;
    bool printed_any = false;
    for (std::size_t i = 0; i < targets_.size();) {
      TextTable table;
      Array columns;
      const Target& first = targets_[i];
      for (; i < targets_.size() && targets_[i].kind.resource == first.kind.resource; ++i) {
        const Result<Value> fetched = Table(targets_[i]);
        if (fetched.ok() && TableIsEmpty(*fetched)) continue;
        if (fetched.ok()) {
          AddTableRows(*fetched, ViewOf(targets_[i]), columns, table);
        } else if (!MayBeMissing(fetched.status())) {
          invocation_.Say(fetched.status());
          code = kExitFailed;
        }
      }
      if (table.empty()) continue;
      if (printed_any) invocation_.out() << "\n";
      invocation_.out() << table.Print();
      printed_any = true;
    }
    if (!printed_any && code == kExitOk) SayNothingFound();
    return code;
  }

  Result<Value> Table(const Target& target) const {
    if (!order_) return FetchTable(session_, target, QueryOf(flags()));
    NOIZY_ASSIGN_OR_RETURN(Value table,
                           FetchTable(session_, target, QueryOf(flags()), RowObjects::kWhole));
    order_->SortRows(table);
    return table;
  }

  void SayNothingFound() const {
    if (flags().On("ignore-not-found")) return;
    const bool scoped = !targets_.front().ns.empty();
    invocation_.err() << "No resources found"
                      << (scoped ? " in " + targets_.front().ns + " namespace." : ".") << "\n";
  }

  Result<int> PrintObjects() {
    std::vector<Value> objects;
    for (const Target& target : targets_) {
      Result<std::vector<Value>> some = FetchObjects(session_, target, QueryOf(flags()));
      if (!some.ok() && MayBeMissing(some.status())) continue;
      if (!some.ok()) return some.status();
      for (Value& object : *some) objects.push_back(std::move(object));
    }
    if (order_) order_->Sort(objects);
    const bool single = targets_.size() == 1 && !targets_.front().name.empty();
    if (objects.empty() && single) return kExitOk;
    Value result = single ? std::move(objects.front()) : ListOf(std::move(objects));
    if (!flags().On("show-managed-fields")) DropManagedFields(result);
    invocation_.out() << PrintObject(format_, result);
    return kExitOk;
  }

  Result<int> Watch() {
    if (targets_.size() != 1)
      return WrongUsage("a watch follows one kind or one object: get TYPE [NAME] -w");
    const Target& target = targets_.front();
    WatchOptions options;
    options.query = QueryOf(flags());
    options.format = format_;
    options.view = ViewOf(target);
    options.only_changes = flags().On("watch-only");
    options.tell_events = flags().On("output-watch-events");
    options.keep_managed_fields = flags().On("show-managed-fields");
    NOIZY_RETURN_IF_ERROR(WatchTarget(session_, target, options, invocation_.out()));
    return kExitOk;
  }

  Invocation& invocation_;
  Session& session_;
  OutputFormat format_;
  std::vector<Target> targets_;
  std::optional<SortOrder> order_;
};

Result<std::optional<SortOrder>> OrderOf(const FlagValues& flags) {
  if (!flags.Has("sort-by")) return std::optional<SortOrder>();
  if (flags.On("watch") || flags.On("watch-only"))
    return WrongUsage("a watch comes in the order of what happens: leave out --sort-by");
  NOIZY_ASSIGN_OR_RETURN(SortOrder order, SortOrder::Parse(flags.Text("sort-by")));
  return std::optional(std::move(order));
}

/// --subresource is of objects with names.
Status NameSubresource(const FlagValues& flags, std::vector<Target>& targets) {
  const std::string subresource(flags.Text("subresource"));
  if (subresource.empty()) return Status::Ok();
  if (flags.On("watch") || flags.On("watch-only"))
    return WrongUsage("a subresource cannot be watched: leave out -w or --subresource");
  for (Target& target : targets) {
    if (target.name.empty()) return WrongUsage("--subresource needs names: TYPE NAME");
    target.subresource = subresource;
  }
  return Status::Ok();
}

Result<int> RunGet(Invocation& invocation) {
  Result<OutputFormat> format = OutputFormat::Parse(invocation.flags().Text("output"));
  if (!format.ok()) return WrongUsage(format.status().message());
  NOIZY_ASSIGN_OR_RETURN(std::vector<Target> targets, NamedTargets(invocation));
  const ListQuery query = QueryOf(invocation.flags());
  for (const Target& target : targets) {
    if (target.name.empty()) continue;
    if (!query.label_selector.empty() || !query.field_selector.empty())
      return WrongUsage("give names or a selector, not both");
    if (invocation.flags().On("all-namespaces"))
      return WrongUsage("a name is of one namespace: leave out -A");
  }
  NOIZY_RETURN_IF_ERROR(NameSubresource(invocation.flags(), targets));
  NOIZY_ASSIGN_OR_RETURN(std::optional<SortOrder> order, OrderOf(invocation.flags()));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  return Getting(invocation, *session, *std::move(format), std::move(targets), std::move(order))
      .Run();
}

}  // namespace

const Command kGet = {.name = "get",
                      .usage = "TYPE [NAME…] | TYPE/NAME… | -f FILE",
                      .summary = "Show objects: as a table, or whole",
                      .details =
                          "TYPE is a plural, singular or short name (noizy api-resources), several "
                          "with commas, or \"all\".",
                      .flags = kFlags,
                      .run = RunGet};

}  // namespace noizy::cli
