// A kind, as its CustomResourceDefinition declares it. Built-in kinds and users' own take the same
// path.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/meta/meta.h"
#include "machinery/schema/schema.h"
#include "machinery/value/value.h"

namespace noizy {

enum class KindScope : std::uint8_t { kCluster, kNamespaced };

/// A column of Table replies (additionalPrinterColumns).
struct PrinterColumn {
  std::string name;
  std::string type;  // string, integer, number, boolean, date
  std::string format;
  std::string description;
  std::string json_path;      // ".status.phase"
  std::int32_t priority = 0;  // > 0: only with -o wide
};

/// A subresource that is neither status nor scale: a server brings it, and discovery names it.
struct OtherSubresource {
  std::string name;
  GroupVersionKind gvk;  // what it is written and read as
  std::vector<std::string> verbs;
};

/// Immutable.
struct Kind {
  GroupVersionKind gvk;
  std::string plural;
  std::string singular;
  std::string list_kind;  // "TaskList"
  std::vector<std::string> short_names;
  std::vector<std::string> categories;
  KindScope scope = KindScope::kNamespaced;
  bool has_status = false;  // the status subresource: main writes leave status alone, status writes
                            // change nothing else
  bool has_scale = false;
  /// False (the annotation noizy.dev/stored: "false"): a question, such as an access review. It is
  /// answered when it is created, and there is nothing to get, list or change.
  bool stored = true;
  /// Where the scale subresource reads and writes, when has_scale; as json_path of a column.
  std::string scale_spec_path, scale_status_path, scale_selector_path;
  /// From the annotation noizy.dev/subresources, a list of {name, verbs, and the group, version and
  /// kind where they are not the kind's own}.
  std::vector<OtherSubresource> other_subresources;
  std::vector<PrinterColumn> columns;
  std::vector<std::string> selectable_fields;  // paths without the leading dot, "spec.nodeName"
  /// The version that objects are stored as. Every version serves the same objects (conversion
  /// None).
  std::string storage_version;
  /// There are, or may have been, versions beside this one: stored objects may name another.
  bool has_other_versions = false;
  /// What users of a deprecated version are told; "" for others.
  std::string deprecation_warning;
  /// The definition is being deleted: nothing new is taken.
  bool terminating = false;
  std::shared_ptr<const Schema> schema;

  /// "tasks.noizy.dev", "namespaces": how errors, RBAC and the store name it.
  std::string Resource() const;
  bool namespaced() const { return scope == KindScope::kNamespaced; }
  /// Takes strategic merge patches: Kubernetes' own kinds, as its clients expect, and noizy's. Of
  /// others, stock clients know that they do not.
  bool TakesStrategicMerge() const;
  /// Namespaces are deleted one by one: all at once is never meant.
  bool DeletesCollections() const { return !gvk.group.empty() || plural != "namespaces"; }
};
using KindPtr = std::shared_ptr<const Kind>;

/// Reads a CustomResourceDefinition (every served version). Invalid names what is wrong, field by
/// field. Core kinds are written the same way with `group: ""`.
Result<std::vector<KindPtr>> KindsOfDefinition(const Value& custom_resource_definition);

/// The kinds a server knows. Copies are cheap snapshots. Immutable: With… return a new registry.
class KindRegistry {
 public:
  /// From CRD texts (YAML, one or more documents each, or JSON). Errors name the text by its index.
  static Result<KindRegistry> FromYaml(const std::vector<std::string_view>& texts);

  KindPtr FindByResource(std::string_view group, std::string_view version,
                         std::string_view plural) const;
  KindPtr FindByKind(const GroupVersionKind& gvk) const;
  /// A name a person types: plural, singular, short name or kind, optionally with ".group" or
  /// ".version.group".
  KindPtr FindByName(std::string_view name) const;
  /// Sorted by group, version, plural.
  const std::vector<KindPtr>& kinds() const { return kinds_; }

  KindRegistry With(const std::vector<KindPtr>& more) const;
  KindRegistry Without(std::string_view group, std::string_view plural) const;

 private:
  std::vector<KindPtr> kinds_;
};

/// The schemas compiled into the binary (schemas/*.yaml), as JSON, which is read in a fraction of
/// the time.
const std::vector<std::string_view>& EmbeddedSchemas();
/// A registry of EmbeddedSchemas(). Built once; aborts at start-up if they do not compile, which a
/// test excludes.
const KindRegistry& BuiltinKinds();

}  // namespace noizy
