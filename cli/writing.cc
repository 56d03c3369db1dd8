#include "cli/writing.h"

#include "cli/kinds.h"

namespace noizy::cli {
namespace {

Result<DryRun> ParseDryRun(const FlagValues& flags) {
  if (!flags.Has("dry-run")) return DryRun::kNone;
  const std::string_view text = flags.Text("dry-run");
  if (text == "server") return DryRun::kServer;
  if (text == "client" || text.empty()) return DryRun::kClient;
  if (text == "none") return DryRun::kNone;
  return WrongUsage("flag --dry-run wants server, client or none");
}

Result<std::string> ParseValidation(const FlagValues& flags) {
  const std::string_view text = flags.Text("validate");
  if (text.empty() || text == "strict" || text == "true") return std::string("Strict");
  if (text == "warn") return std::string("Warn");
  if (text == "ignore" || text == "false") return std::string("Ignore");
  return WrongUsage("flag --validate wants strict, warn or ignore");
}

}  // namespace

Result<Writing> Writing::Parse(const FlagValues& flags, std::string_view default_manager) {
  Writing writing;
  NOIZY_ASSIGN_OR_RETURN(writing.dry_run, ParseDryRun(flags));
  NOIZY_ASSIGN_OR_RETURN(writing.options.field_validation, ParseValidation(flags));
  writing.options.field_manager =
      flags.Has("field-manager") ? flags.Text("field-manager") : default_manager;
  writing.options.dry_run = writing.dry_run == DryRun::kServer;
  Result<OutputFormat> format = OutputFormat::Parse(flags.Text("output"));
  if (!format.ok()) return WrongUsage(format.status().message());
  writing.format = *std::move(format);
  return writing;
}

void Writing::Tell(Invocation& invocation, const ServedKind& kind, const Value& object,
                   std::string_view what) const {
  if (!format.is_table()) {
    Value shown = object;
    DropManagedFields(shown);
    if (format.kind == OutputFormat::Kind::kYaml) invocation.out() << "---\n";
    invocation.out() << PrintObject(format, shown);
    return;
  }
  // An answered question has no name.
  const std::string_view name = NameOf(object);
  invocation.out() << Shown(kind, name.empty() ? "<unknown>" : name) << " " << what;
  if (dry_run == DryRun::kServer) invocation.out() << " (server dry run)";
  if (dry_run == DryRun::kClient) invocation.out() << " (dry run)";
  invocation.out() << std::endl;
}

Value WithNamespace(Value object, const std::string& ns) {
  if (!ns.empty()) Set(object, {"metadata", "namespace"}, boost::json::string(ns));
  return object;
}

}  // namespace noizy::cli
