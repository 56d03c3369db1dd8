#include "machinery/client/kubeconfig.h"

#include <map>
#include <optional>

#include "machinery/os/files.h"
#include "machinery/value/base64.h"
#include "machinery/value/value.h"
#include "machinery/value/yaml.h"

namespace noizy {
namespace {

std::string FolderOf(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::vector<std::string> SplitList(std::string_view list) {
  std::vector<std::string> items;
  while (!list.empty()) {
    const auto end = std::min(list.find(':'), list.size());
    if (end > 0) items.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return items;
}

Result<Value> ReadDocument(const std::string& file) {
  NOIZY_ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  Result<std::vector<YamlDocument>> documents = ParseYaml(text);
  if (!documents.ok()) return documents.status().WithContext("kubeconfig " + file);
  if (documents->empty()) return Value(Object());
  Value& document = documents->front().value;
  if (!document.is_object()) return BadRequest("kubeconfig " + file + ": not a mapping");
  return std::move(document);
}

// A named cluster, user or context, and the file it came from.
struct Entry {
  Value value;
  std::string file;

  Status Fault(std::string_view what) const {
    return BadRequest("kubeconfig " + file + ": " + std::string(what));
  }
};

// All files in one.
struct Merged {
  std::map<std::string, Entry, std::less<>> clusters;
  std::map<std::string, Entry, std::less<>> users;
  std::map<std::string, Entry, std::less<>> contexts;
  std::string current;
  std::string files;  // those read, for messages
};

void MergeList(const Value& document, const std::string& file, std::string_view list,
               std::string_view member, std::map<std::string, Entry, std::less<>>& into) {
  const Array* entries = ArrayAt(document, {list});
  if (entries == nullptr) return;
  for (const Value& entry : *entries) {
    const Value* value = Find(entry, {member});
    into.try_emplace(std::string(StringAt(entry, {"name"})),
                     Entry{value == nullptr ? Value(Object()) : *value, file});
  }
}

Result<Merged> MergeFiles(const std::vector<std::string>& files) {
  Merged merged;
  std::string missing;
  for (const std::string& file : files) {
    if (!FileExists(file)) {
      missing += (missing.empty() ? "" : ", ") + file;
      continue;
    }
    NOIZY_ASSIGN_OR_RETURN(const Value document, ReadDocument(file));
    merged.files += (merged.files.empty() ? "" : ", ") + file;
    MergeList(document, file, "clusters", "cluster", merged.clusters);
    MergeList(document, file, "users", "user", merged.users);
    MergeList(document, file, "contexts", "context", merged.contexts);
    if (merged.current.empty()) merged.current = StringAt(document, {"current-context"});
  }
  if (!merged.files.empty()) return merged;
  if (missing.empty()) return Status(StatusReason::kNotFound, "no kubeconfig is given");
  return Status(StatusReason::kNotFound, "no kubeconfig at " + missing);
}

Result<Entry> FindEntry(const std::map<std::string, Entry, std::less<>>& entries,
                        std::string_view what, std::string_view name, const std::string& files) {
  if (const auto found = entries.find(name); found != entries.end()) return found->second;
  std::string known;
  for (const auto& [each, entry] : entries) known += (known.empty() ? "" : ", ") + each;
  return Status(StatusReason::kNotFound, "kubeconfig " + files + ": no " + std::string(what) +
                                             " \"" + std::string(name) + "\"" +
                                             (known.empty() ? "" : "; there are: " + known));
}

// `member`-data (base64) wins over `member` (a path, relative to the kubeconfig).
Result<std::string> ReadMaterial(const Entry& entry, const std::string& member) {
  if (const std::string_view inline_text = StringAt(entry.value, {member + "-data"});
      !inline_text.empty()) {
    Result<std::string> bytes = DecodeBase64(inline_text);
    if (!bytes.ok()) return entry.Fault(member + "-data: " + bytes.status().message());
    return bytes;
  }
  std::string path(StringAt(entry.value, {member}));
  if (path.empty()) return std::string();
  if (path[0] != '/') path = FolderOf(entry.file) + "/" + path;
  Result<std::string> bytes = ReadFile(path);
  if (!bytes.ok()) return entry.Fault(member + ": " + bytes.status().message());
  return bytes;
}

Status ReadCluster(const Entry& cluster, HttpClientOptions& http) {
  http.base_url = StringAt(cluster.value, {"server"});
  if (http.base_url.empty()) return cluster.Fault("a cluster without a server");
  if (!StringAt(cluster.value, {"proxy-url"}).empty())
    return cluster.Fault("proxy-url is not supported");
  http.server_name = StringAt(cluster.value, {"tls-server-name"});
  http.insecure_skip_verify = BoolAt(cluster.value, {"insecure-skip-tls-verify"});
  NOIZY_ASSIGN_OR_RETURN(http.tls.ca_pem, ReadMaterial(cluster, "certificate-authority"));
  return Status::Ok();
}

Status ReadUser(const Entry& user, HttpClientOptions& http) {
  for (const std::string_view unsupported : {"exec", "auth-provider", "username", "as"}) {
    if (Find(user.value, {unsupported}) == nullptr) continue;
    return user.Fault("users." + std::string(unsupported) +
                      " is not supported; use a client certificate or a token");
  }
  NOIZY_ASSIGN_OR_RETURN(http.tls.certificate_pem, ReadMaterial(user, "client-certificate"));
  NOIZY_ASSIGN_OR_RETURN(http.tls.private_key_pem, ReadMaterial(user, "client-key"));
  if (http.tls.certificate_pem.empty() != http.tls.private_key_pem.empty()) {
    return user.Fault("client-certificate and client-key belong together; one of them is missing");
  }
  http.bearer_token = StringAt(user.value, {"token"});
  if (!http.bearer_token.empty()) return Status::Ok();
  NOIZY_ASSIGN_OR_RETURN(http.bearer_token, ReadMaterial(user, "tokenFile"));
  while (http.bearer_token.ends_with('\n')) http.bearer_token.pop_back();
  return Status::Ok();
}

Value NamedEntry(std::string_view name, std::string_view member, Value value) {
  return Object{{"name", name}, {member, std::move(value)}};
}

// Replaces the entry of that name, or adds it.
void PutNamed(Value& document, std::string_view list, std::string_view member,
              std::string_view name, Value value) {
  Value& entries = Ensure(document, {list});
  if (!entries.is_array()) entries = Array();
  for (Value& entry : entries.get_array()) {
    if (StringAt(entry, {"name"}) != name) continue;
    entry = NamedEntry(name, member, std::move(value));
    return;
  }
  entries.get_array().push_back(NamedEntry(name, member, std::move(value)));
}

void PutContext(Value& document, std::string_view name, std::string_view server_url,
                const TlsIdentity& identity) {
  Object cluster{{"server", server_url}};
  if (!identity.ca_pem.empty())
    cluster["certificate-authority-data"] = EncodeBase64(identity.ca_pem);
  PutNamed(document, "clusters", "cluster", name, std::move(cluster));
  Object user;
  if (!identity.certificate_pem.empty()) {
    user["client-certificate-data"] = EncodeBase64(identity.certificate_pem);
    user["client-key-data"] = EncodeBase64(identity.private_key_pem);
  }
  PutNamed(document, "users", "user", name, std::move(user));
  PutNamed(document, "contexts", "context", name, Object{{"cluster", name}, {"user", name}});
}

}  // namespace

std::vector<std::string> KubeconfigFiles(const KubeconfigPlaces& places) {
  if (!places.flag.empty()) return {places.flag};
  if (!places.noizyconfig.empty()) return SplitList(places.noizyconfig);
  if (!places.kubeconfig.empty()) return SplitList(places.kubeconfig);
  if (!places.home.empty()) return {places.home + "/.noizy/kubeconfig"};
  return {};
}

Result<KubeconfigContext> LoadKubeconfig(const std::vector<std::string>& files,
                                         std::string_view context) {
  NOIZY_ASSIGN_OR_RETURN(const Merged merged, MergeFiles(files));
  KubeconfigContext resolved;
  resolved.name = context.empty() ? std::string_view(merged.current) : context;
  if (resolved.name.empty()) {
    return Status(StatusReason::kNotFound,
                  "kubeconfig " + merged.files + ": no current-context is set");
  }
  NOIZY_ASSIGN_OR_RETURN(const Entry chosen,
                         FindEntry(merged.contexts, "context", resolved.name, merged.files));
  resolved.ns = StringAt(chosen.value, {"namespace"});
  resolved.cluster = StringAt(chosen.value, {"cluster"});
  resolved.user = StringAt(chosen.value, {"user"});
  NOIZY_ASSIGN_OR_RETURN(const Entry cluster,
                         FindEntry(merged.clusters, "cluster", resolved.cluster, merged.files));
  NOIZY_RETURN_IF_ERROR(ReadCluster(cluster, resolved.http));
  if (resolved.user.empty()) return resolved;
  NOIZY_ASSIGN_OR_RETURN(const Entry user,
                         FindEntry(merged.users, "user", resolved.user, merged.files));
  NOIZY_RETURN_IF_ERROR(ReadUser(user, resolved.http));
  return resolved;
}

Status WriteKubeconfig(const std::string& path, std::string_view name, std::string_view server_url,
                       const TlsIdentity& identity) {
  Value document = Object{{"apiVersion", "v1"}, {"kind", "Config"}};
  PutContext(document, name, server_url, identity);
  Set(document, {"current-context"}, Value(name));
  return WriteFileAtomically(path, ToYaml(document));
}

Status AddToKubeconfig(const std::string& path, std::string_view name, std::string_view server_url,
                       const TlsIdentity& identity) {
  if (!FileExists(path)) {
    NOIZY_RETURN_IF_ERROR(MakeFolders(FolderOf(path)));
    return WriteKubeconfig(path, name, server_url, identity);
  }
  NOIZY_ASSIGN_OR_RETURN(Value document, ReadDocument(path));
  PutContext(document, name, server_url, identity);
  if (StringAt(document, {"current-context"}).empty())
    Set(document, {"current-context"}, Value(name));
  for (const auto& [member, value] : {std::pair("apiVersion", "v1"), std::pair("kind", "Config")}) {
    if (StringAt(document, {member}).empty()) Set(document, {member}, value);
  }
  return WriteFileAtomically(path, ToYaml(document));
}

}  // namespace noizy
