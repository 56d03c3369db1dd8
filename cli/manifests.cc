#include "cli/manifests.h"

#include <filesystem>
#include <iterator>

#include "machinery/meta/meta.h"
#include "machinery/os/files.h"
#include "machinery/value/json.h"
#include "machinery/value/yaml.h"

namespace noizy::cli {
namespace {

/// A user's own files may be larger than what one request may carry.
constexpr std::size_t kMaxManifestBytes = 32 * 1024 * 1024;

bool IsManifestName(std::string_view name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

bool IsFolder(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

Status CheckIdentity(const Manifest& manifest) {
  const auto fault = [&manifest](const std::string& why) {
    return BadRequest(manifest.origin + ": " + why);
  };
  if (!manifest.object.is_object())
    return fault("an object (apiVersion, kind, metadata) is wanted here");
  if (StringAt(manifest.object, {"apiVersion"}).empty())
    return fault("apiVersion is missing, such as noizy.dev/v1");
  if (StringAt(manifest.object, {"kind"}).empty()) return fault("kind is missing, such as Task");
  const Value* name = Find(manifest.object, {"metadata", "name"});
  if (name != nullptr && !name->is_string()) {
    return fault("metadata.name is " + ToJson(*name) + " and no text: put it in quotes");
  }
  return Status::Ok();
}

Status AddDocument(Value document, const std::string& origin, std::vector<Manifest>& manifests) {
  const bool is_list =
      StringAt(document, {"kind"}).ends_with("List") && ArrayAt(document, {"items"}) != nullptr;
  if (is_list) {
    for (Value& item : document.get_object()["items"].get_array()) {
      NOIZY_RETURN_IF_ERROR(AddDocument(std::move(item), origin, manifests));
    }
    return Status::Ok();
  }
  manifests.push_back({std::move(document), origin});
  return CheckIdentity(manifests.back());
}

Status AddText(const std::string& text, const std::string& name, std::vector<Manifest>& manifests) {
  Result<std::vector<YamlDocument>> documents = ParseYaml(text, {.max_bytes = kMaxManifestBytes});
  if (!documents.ok()) return documents.status().WithContext(name);
  for (YamlDocument& document : *documents) {
    const std::string origin = name + ":" + std::to_string(document.line);
    NOIZY_RETURN_IF_ERROR(AddDocument(std::move(document.value), origin, manifests));
  }
  return Status::Ok();
}

Status AddFile(const std::string& path, std::vector<Manifest>& manifests) {
  NOIZY_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxManifestBytes));
  return AddText(text, path, manifests);
}

Status AddFolder(const std::string& path, Recursion recursion, std::vector<Manifest>& manifests) {
  NOIZY_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListFolder(path));
  for (const std::string& name : names) {
    const std::string inner = path + (path.ends_with('/') ? "" : "/") + name;
    if (IsFolder(inner)) {
      if (recursion == Recursion::kFoldersBelow)
        NOIZY_RETURN_IF_ERROR(AddFolder(inner, recursion, manifests));
    } else if (IsManifestName(name)) {
      NOIZY_RETURN_IF_ERROR(AddFile(inner, manifests));
    }
  }
  return Status::Ok();
}

/// Where a kind stands in the order of creation; the smaller comes first.
int RankOf(const Value& object) {
  static constexpr std::string_view kFirst[] = {"Namespace",          "CustomResourceDefinition",
                                                "ServiceAccount",     "Role",
                                                "ClusterRole",        "RoleBinding",
                                                "ClusterRoleBinding", "Secret",
                                                "ConfigMap",          "Node",
                                                "Certificate",        "RoutingPolicy"};
  const std::string_view kind = StringAt(object, {"kind"});
  const auto* found = std::find(std::begin(kFirst), std::end(kFirst), kind);
  const auto rank = static_cast<int>(found - std::begin(kFirst));
  return kind == "Task" ? rank + 1 : rank;
}

}  // namespace

Result<std::vector<Manifest>> ReadManifests(const std::vector<std::string>& names,
                                            Recursion recursion, std::istream& in) {
  std::vector<Manifest> manifests;
  for (const std::string& name : names) {
    if (name == "-") {
      const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
      NOIZY_RETURN_IF_ERROR(AddText(text, "standard input", manifests));
    } else if (IsFolder(name)) {
      NOIZY_RETURN_IF_ERROR(AddFolder(name, recursion, manifests));
    } else {
      NOIZY_RETURN_IF_ERROR(AddFile(name, manifests));
    }
  }
  if (!manifests.empty()) return manifests;
  std::string shown;
  for (const std::string& name : names) shown += (shown.empty() ? "" : ", ") + name;
  return BadRequest("no objects were found in " + shown +
                    " (files named *.yaml, *.yml or *.json are read)");
}

Status CheckNamed(const Manifest& manifest) {
  if (!NameOf(manifest.object).empty()) return Status::Ok();
  std::string message = "metadata.name is missing: give the object a name";
  if (!StringAt(manifest.object, {"metadata", "generateName"}).empty())
    message += ", or create it: only that makes one of generateName";
  return BadRequest(std::move(message));
}

void SortForCreation(std::vector<Manifest>& manifests) {
  std::stable_sort(manifests.begin(), manifests.end(), [](const Manifest& a, const Manifest& b) {
    return RankOf(a.object) < RankOf(b.object);
  });
}

}  // namespace noizy::cli
